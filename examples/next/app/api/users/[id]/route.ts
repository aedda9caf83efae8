import { route } from '../../../../klaxon'

type Context = { params: Promise<{ id: string }> }

export const GET = route('/api/users/:id', async (_request, { params }: Context) => {
  await params
  return Response.json({ message: 'No such user' }, { status: 404 })
})
