import type { MiddlewareHandler } from 'hono'

const NAMES: Record<string, string> = { '42': 'ada', '7': 'grace', '99': 'linus' }

async function loadCart(id: string): Promise<{ id: string; lines: number }> {
  await new Promise((done) => setTimeout(done, 12))
  return { id, lines: 3 }
}

/** Who is buying, for the pages after it and for klaxon. */
export const withCustomer: MiddlewareHandler = async function withCustomer(c, next) {
  const id = c.req.header('x-customer') ?? '42'
  c.set('user', { id, name: NAMES[id] ?? 'guest' })
  const cart = await loadCart(c.req.path.split('/').at(-1) ?? '')
  c.get('klaxon').note(`cart ${cart.id} loaded`, { lines: cart.lines })
  await next()
}
