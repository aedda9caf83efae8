import { Elysia, sse } from 'elysia'
import { address, onStop, setUp } from './_setup.ts'

const patterns = new WeakMap<Request, string>()

const app = new Elysia()
  .onTransform(({ request, route }) => void patterns.set(request, route))
  // Elysia would answer with the error's own message; what is thrown here reaches klaxon. Its other
  // codes (NOT_FOUND, VALIDATION, PARSE …) are answers, recorded as their status.
  .onError(({ code, error }) => {
    if (code === 'UNKNOWN') throw error
  })
  .get('/', () => 'klaxon example, Elysia')
  .get('/page', ({ set }) => {
    set.headers['content-type'] = 'text/html; charset=utf-8'
    return '<!doctype html><title>klaxon</title><h1>A page</h1>'
  })
  .get('/api/hello', () => ({ message: 'Hello', from: 'klaxon' }))
  .get('/api/users/:id', ({ status }) => status(404, { message: 'No such user' }))
  .get('/api/boom', () => {
    throw new Error('Payment failed', { cause: new Error('The card processor timed out') })
  })
  .get('/api/unavailable', ({ status }) => status(503, { message: 'Back in five minutes' }))
  .get('/api/stream', async function* () {
    for (const data of ['1', '2', '3']) yield sse({ event: 'tick', data })
  })
  .post(
    '/api/orders',
    async ({ request, status }) => {
      const order: unknown = await request.json().catch(() => null)
      const valid = typeof order === 'object' && order !== null && 'item' in order
      return valid
        ? new Response(null, { status: 201 })
        : status(400, { message: 'An order needs an item' })
    },
    { parse: 'none' },
  )

const klaxon = await setUp({ route: (request) => patterns.get(request) ?? null })

// Not `app.listen`, which serves the app itself.
const server = Bun.serve({ ...address, fetch: klaxon.wrap(app).fetch })

onStop(klaxon, () => server.stop())
