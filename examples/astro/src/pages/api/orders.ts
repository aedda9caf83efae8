import type { APIRoute } from 'astro'

export const POST: APIRoute = async ({ request }) => {
  const order: unknown = await request.json().catch(() => null)
  const valid = typeof order === 'object' && order !== null && 'item' in order
  return valid
    ? new Response(null, { status: 201 })
    : Response.json({ message: 'An order needs an item' }, { status: 400 })
}
