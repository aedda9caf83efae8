import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'

/**
 * An app that knows nothing of klaxon; worker.ts, hono.ts and node.ts each add it in their own way.
 */
export const routes = new Hono()

const users: Record<string, { id: string; name: string }> = { '1': { id: '1', name: 'Ada' } }

routes.get('/', (c) => c.text('klaxon example: try /api/hello, /api/users/42, /api/boom'))

routes.get('/api/hello', (c) => c.json({ message: 'Hello', from: 'klaxon' }))

routes.get('/api/users/:id', (c) => {
  const user = users[c.req.param('id')]
  return user ? c.json(user) : c.json({ message: 'No such user' }, 404)
})

routes.post('/api/orders', async (c) => {
  const order: unknown = await c.req.json().catch(() => null)
  const valid = typeof order === 'object' && order !== null && 'item' in order
  return valid ? c.body(null, 201) : c.json({ message: 'An order needs an item' }, 400)
})

routes.get('/api/boom', () => {
  throw new Error('Payment failed', { cause: new Error('The card processor timed out') })
})

routes.get('/api/unavailable', (c) => c.json({ message: 'Back in five minutes' }, 503))

routes.get('/page', (c) => c.html('<!doctype html><title>klaxon</title><h1>A page</h1>'))

routes.get('/api/stream', (c) =>
  streamSSE(c, async (stream) => {
    for (const tick of ['1', '2', '3']) {
      await stream.writeSSE({ event: 'tick', data: tick })
      await stream.sleep(100)
    }
  }),
)
