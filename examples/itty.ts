import { AutoRouter, html, type IRequest, json, status, text } from 'itty-router'
import { serve } from 'srvx'
import { address, onStop, setUp } from './_setup.ts'

/** itty-router keeps the pattern that matched on the request. */
const klaxon = await setUp({ route: (request) => (request as IRequest).route })

/**
 * AutoRouter's own `catch` makes a response of every throw, and klaxon would see its status alone:
 * throw it on.
 */
const router = AutoRouter({
  catch: (error: unknown) => {
    throw error
  },
})

router
  .get('/', () => text('klaxon example, itty-router'))
  .get('/page', () => html('<!doctype html><title>klaxon</title><h1>A page</h1>'))
  .get('/api/hello', () => ({ message: 'Hello', from: 'klaxon' }))
  .get('/api/users/:id', () => json({ message: 'No such user' }, { status: 404 }))
  .get('/api/boom', () => {
    throw new Error('Payment failed', { cause: new Error('The card processor timed out') })
  })
  .get('/api/unavailable', () => json({ message: 'Back in five minutes' }, { status: 503 }))
  .get('/api/stream', events)
  .post('/api/orders', async (request: IRequest) => {
    const order: unknown = await request.json().catch(() => null)
    const valid = typeof order === 'object' && order !== null && 'item' in order
    return valid ? status(201) : json({ message: 'An order needs an item' }, { status: 400 })
  })

function events(): Response {
  const headers = { 'content-type': 'text/event-stream' }
  return new Response('event: tick\ndata: 1\n\n', { headers })
}

const server = serve({ ...address, fetch: klaxon.wrap(router.fetch) })

onStop(klaxon, () => server.close())
