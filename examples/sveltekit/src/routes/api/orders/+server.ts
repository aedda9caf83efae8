import { json, type RequestHandler } from '@sveltejs/kit'

export const POST: RequestHandler = async ({ request }) => {
  const order: unknown = await request.json().catch(() => null)
  const valid = typeof order === 'object' && order !== null && 'item' in order
  return valid
    ? new Response(null, { status: 201 })
    : json({ message: 'An order needs an item' }, { status: 400 })
}
