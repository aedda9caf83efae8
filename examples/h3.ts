import { H3, html, HTTPResponse, readBody } from 'h3'
import { serve } from 'srvx'
import { caught, ownPage, throwing } from './_caught.ts'
import { address, onStop, setUp } from './_setup.ts'

const patterns = new WeakMap<Request, string | undefined>()

const klaxon = await setUp({ onError: ownPage, route: (request) => patterns.get(request) ?? null })

const app = new H3({
  silent: true, // klaxon writes the line
  // An HTTPError that the app throws on purpose is an answer, recorded as its status.
  onError: (error, { req }) => void (error.unhandled && caught(klaxon, req, error.cause)),
  onResponse: (_, { req, context }) => void patterns.set(req, context.matchedRoute?.route),
})

app
  .get('/', () => 'klaxon example, h3')
  .get(
    '/page',
    () =>
      html`<!doctype html><title>klaxon</title>
        <h1>A page</h1>`,
  )
  .get('/api/hello', () => ({ message: 'Hello', from: 'klaxon' }))
  .get('/api/users/:id', () => answer(404, 'No such user'))
  .get('/api/boom', () => {
    throw new Error('Payment failed', { cause: new Error('The card processor timed out') })
  })
  .get('/api/unavailable', () => answer(503, 'Back in five minutes'))
  .get('/api/stream', events)
  .post('/api/orders', async (event) => {
    const order: unknown = await readBody(event).catch(() => null)
    const valid = typeof order === 'object' && order !== null && 'item' in order
    return valid ? new HTTPResponse(null, { status: 201 }) : answer(400, 'An order needs an item')
  })

function answer(status: number, message: string): Response {
  return Response.json({ message }, { status })
}

function events(): Response {
  const headers = { 'content-type': 'text/event-stream' }
  return new Response('event: tick\ndata: 1\n\n', { headers })
}

const handler = klaxon.wrap((request: Request) => throwing(request, () => app.fetch(request)))

const server = serve({ ...address, fetch: handler })

onStop(klaxon, () => server.close())
