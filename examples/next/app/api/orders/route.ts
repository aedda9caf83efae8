import { route } from '../../../klaxon'

export const POST = route('/api/orders', async (request) => {
  const order: unknown = await request.json().catch(() => null)
  const valid = typeof order === 'object' && order !== null && 'item' in order
  return valid
    ? new Response(null, { status: 201 })
    : Response.json({ message: 'An order needs an item' }, { status: 400 })
})
