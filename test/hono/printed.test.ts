import fc from 'fast-check'
import { Context, Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { etag } from 'hono/etag'
import { describe, expect, test, vi } from 'vitest'
import { klaxon } from '../../src/hono/middleware.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { recording } from '../support/recording.ts'

/**
 * The response for a plain handler with the same text. It goes through the general code, which
 * reads the body.
 */
async function generally(response: () => Response): Promise<Response> {
  const run = createKlaxon({ log: false }).wrap(async () => response()) as unknown as (
    request: Request,
  ) => Promise<Response>
  return run(new Request('http://x/api/x'))
}

async function shown(response: Response) {
  const headers = [...response.headers].filter(([name]) => name !== 'x-error-id')
  return { status: response.status, headers, body: await response.text() }
}

const surfaces: Record<string, (app: Hono) => Hono['fetch']> = {
  wrapper: (app) => createKlaxon({ log: false }).wrap(app).fetch,
  middleware: (app) => app.fetch,
}

const middlewares: Record<string, MiddlewareHandler[]> = {
  none: [],
  cors: [cors()],
  'a header set afterwards': [
    async (c, next) => {
      await next()
      c.header('x-after', '1')
    },
  ],
  'a header set in place': [
    async (c, next) => {
      await next()
      c.res.headers.set('x-after', '1')
    },
  ],
  etag: [etag()],
}

const members = fc.dictionary(
  fc.constantFrom('message', 'success', 'result', 'a', 'b"', '__proto__', 'ü'),
  fc.jsonValue(),
)
const values = fc.oneof(members, fc.jsonValue(), fc.constant(new Date(0)), fc.constant(undefined))
const statuses = fc.constantFrom(200, 201, 202, 400, 404, 418, 500, 503)
const headers = fc.constantFrom<Record<string, string>>(
  {},
  { 'x-a': '1' },
  { 'content-type': 'application/json; charset=UTF-8' },
  { 'content-type': 'application/vnd.api+json' },
  { 'cache-control': 'no-transform' },
  { etag: '"v1"' },
  { digest: 'sha-256=x' },
)

describe.each(Object.keys(surfaces))('c.json under the %s', (way) => {
  test.each(Object.keys(middlewares))(
    'goes out with the bytes of the general way, with %s',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(values, statuses, headers, async (value, status, given) => {
          const build = (app: Hono): Hono => {
            for (const each of middlewares[name]!) app.use(each)
            return app.get('/api/x', (c) => c.json(value as never, status as 200, given))
          }
          const first = new Hono()
          if (way === 'middleware') first.use(klaxon({ log: false }))
          const fast = await surfaces[way]!(build(first))(new Request('http://x/api/x'))
          const bare = await build(new Hono()).fetch(new Request('http://x/api/x'))
          expect(await shown(fast)).toEqual(await shown(await generally(() => bare)))
        }),
        { numRuns: 60 },
      )
    },
  )

  test('is enveloped without a body being read', async () => {
    const read = vi.spyOn(Response.prototype, 'arrayBuffer')
    const reader = vi.spyOn(ReadableStream.prototype, 'getReader')
    const app = new Hono()
    if (way === 'middleware') app.use(klaxon({ log: false }))
    app.get('/api/ok', (c) => c.json({ message: 'hi', n: 1 }))
    app.get('/api/no', (c) => c.text('no such thing', 404))
    const fetch = surfaces[way]!(app)
    const responses = [
      await fetch(new Request('http://x/api/ok')),
      await fetch(new Request('http://x/api/no')),
    ]
    expect(read).not.toHaveBeenCalled()
    expect(reader).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    expect(await Promise.all(responses.map((each) => each.text()))).toEqual([
      '{"success":true,"result":{"n":1},"message":"hi"}',
      '{"success":false,"result":null,"message":"no such thing"}',
    ])
  })

  test('whose body someone has read fails as it does bare', async () => {
    const app = new Hono()
    if (way === 'middleware') app.use(klaxon({ log: false }))
    app.use(async (c, next) => {
      await next()
      await c.res.text()
    })
    app.get('/api/x', (c) => c.json({ a: 1 }))
    const response = await surfaces[way]!(app)(new Request('http://x/api/x'))
    expect(response.bodyUsed).toBe(true)
  })
})

test('the middleware asks for the execution context of a failure only', async () => {
  const asked = vi.spyOn(Context.prototype, 'executionCtx', 'get')
  const app = new Hono().use(klaxon({ log: false }))
  app.get('/x', (c) => c.text('fine')).get('/no', (c) => c.text('no', 400))
  await app.request('/x')
  expect(asked).not.toHaveBeenCalled()
  await app.request('/no')
  expect(asked).toHaveBeenCalled()
  vi.restoreAllMocks()
})

test('the message of a returned failure is in the row, whoever has made the body', async () => {
  const { klaxon: instance, recorded } = recording()
  const app = new Hono()
    .get('/api/json', (c) => c.json({ message: 'No such user', id: 7 }, 404))
    .get('/api/text', (c) => c.text('gone for good', 410))
    .get('/api/own', () =>
      Response.json({ message: 'Bearer abcdefghijklmnop1234' }, { status: 401 }),
    )
    .get('/api/object', (c) => c.json({ error: { code: 1 } }, 400))
  const wrapped = instance.wrap(app)
  for (const path of ['json', 'text', 'own', 'object']) await wrapped.request(`/api/${path}`)
  const run = instance.wrap(async () => new Response('teapot', { status: 418 })) as unknown as (
    request: Request,
  ) => Promise<Response>
  await run(new Request('http://x/api/plain'))
  expect((await recorded()).map(({ errorMessage }) => errorMessage)).toEqual([
    'No such user',
    'gone for good',
    'Bearer [Filtered]',
    null,
    'teapot',
  ])
})
