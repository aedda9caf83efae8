import { Hono } from 'hono'
import { createKlaxon } from '../../src/klaxon.ts'
import { klaxon } from '../../src/hono/middleware.ts'
import { ok } from '../../src/envelope/index.ts'

/** Which subject this bundle is; a define of the bundler. */
declare const SUBJECT: string

export type Fetch = (request: Request, ...rest: unknown[]) => Response | Promise<Response>

const RECORDS = { '200': 2, '2k': 18, '20k': 180 }

function dataOf(size: keyof typeof RECORDS): object {
  const items = Array.from({ length: RECORDS[size] }, (_, id) => ({
    id,
    name: `Item ${id}`,
    tags: ['a', 'b', 'c'],
    price: id * 1.5,
    note: 'lorem ipsum dolor sit amet',
  }))
  return { items, page: 1 }
}

// As in kernels/: a line on the console costs more than most of what is compared.
console.error = console.warn = console.log = console.info = () => {}

const JSON_TYPE = { headers: { 'content-type': 'application/json' } }
const isOurs = SUBJECT === 'wrapper' || SUBJECT === 'middleware' || SUBJECT === 'ok'
const shared = createKlaxon({ log: false })

function routes(): Hono {
  const app = new Hono()
  if (SUBJECT === 'middleware') app.use(klaxon(shared))
  if (SUBJECT === 'empty') app.use(async (_, next) => next())
  if (SUBJECT === 'hand-middleware')
    app.use('/api/*', async (c, next) => {
      await next()
      const response = byHand(await c.res.json())
      c.res = undefined
      c.res = response
    })
  for (const size of Object.keys(RECORDS) as (keyof typeof RECORDS)[]) {
    const data = dataOf(size)
    app.get(`/api/json/${size}`, (c) => c.json(data))
    app.get(`/api/response/${size}`, () => Response.json(data))
    app.get(`/api/text/${size}`, () => new Response(JSON.stringify(data), JSON_TYPE))
    app.get(`/api/ok/${size}`, () => (isOurs ? ok(data) : byHand(data)))
    app.get(`/outside/${size}`, (c) => c.json(data))
  }
  app.get('/missing', (c) => c.json({ error: 'no such item' }, 404))
  app.get('/throws', () => {
    throw new Error('The order has no customer')
  })
  return app
}

function byHand(result: unknown): Response {
  return Response.json({ success: true, result, message: null })
}

function fetchOf(app: Hono): Fetch {
  const fetch = app.fetch as Fetch
  if (SUBJECT === 'wrapper') return shared.wrap(app).fetch as Fetch
  if (SUBJECT !== 'hand-wrapper') return fetch
  return async (request, ...rest) => {
    const response = await fetch(request, ...rest)
    return request.url.includes('/api/') ? byHand(await response.json()) : response
  }
}

// What a host does to `Response` must be done before the first one is made: hosts ask for this.
export const makeFetch = (): Fetch => fetchOf(routes())
