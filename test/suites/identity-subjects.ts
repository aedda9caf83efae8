import type { Context, Hono, MiddlewareHandler } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { bearerAuth } from 'hono/bearer-auth'
import { bodyLimit } from 'hono/body-limit'
import { every, except, some } from 'hono/combine'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'
import { csrf } from 'hono/csrf'
import { etag } from 'hono/etag'
import { HTTPException } from 'hono/http-exception'
import { jwt, sign } from 'hono/jwt'
import { prettyJSON } from 'hono/pretty-json'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import { stream, streamSSE, streamText } from 'hono/streaming'
import { timeout } from 'hono/timeout'
import { setMetric, timing } from 'hono/timing'
import { trimTrailingSlash } from 'hono/trailing-slash'
import { header, type Ask, type Subject } from './identity.ts'

const LONG = 'klaxon '.repeat(400)

/**
 * The requests for every subject: a success, text, a returned failure, a throw, a throw that has a
 * response, no route.
 */
function routes(app: Hono, base: string): void {
  app.get(`${base}/json`, (c) => c.json({ message: 'Hello', from: ['klaxon', 1] }))
  app.post(`${base}/json`, async (c) => c.json({ got: await c.req.text() }, 201))
  app.get(`${base}/text`, (c) => c.text('plain'))
  app.get(`${base}/long`, (c) => c.json({ long: LONG }))
  app.get(`${base}/cookies`, (c) => {
    c.header('set-cookie', 'a=1')
    c.header('set-cookie', 'b=2', { append: true })
    return c.json([1, 2])
  })
  app.get(`${base}/missing`, (c) => c.json({ message: 'No such user' }, 404))
  app.get(`${base}/unavailable`, (c) => c.json({ message: 'Later', retry: true }, 503))
  app.get(`${base}/long-missing`, (c) => c.json({ long: LONG }, 404))
  app.get(`${base}/boom`, () => {
    throw new Error('Payment failed')
  })
  app.get(`${base}/teapot`, () => {
    throw new HTTPException(418, { message: 'short and stout' })
  })
}

const HEAD = { method: 'HEAD' }
const USUAL: readonly Ask[] = [
  { path: '/json', status: 200 },
  { path: '/json', init: HEAD, status: 200 },
  { path: '/json', init: { method: 'POST', body: 'tea' }, status: 201 },
  { path: '/text', status: 200 },
  { path: '/cookies', status: 200 },
  { path: '/missing', status: 404 },
  { path: '/missing', init: HEAD, status: 404 },
  { path: '/unavailable', status: 503 },
  { path: '/boom', status: 500, throws: true },
  { path: '/teapot', status: 418 },
  { path: '/no-such-route', status: 404 },
]

const withHeaders = (headers: Record<string, string>): Ask['init'] => ({ headers })

function subject(name: string, use: MiddlewareHandler[], asks = USUAL, mask?: Subject['mask']) {
  const build: Subject['build'] = (app, base) => {
    for (const each of use) app.use(each)
    routes(app, base)
  }
  return { name, build, asks, ...(mask && { mask }) }
}

/** The same requests with these headers, which let them in. */
function letIn(headers: Record<string, string>): Ask[] {
  return USUAL.map((ask) => ({ ...ask, init: { ...(ask.init as RequestInit), headers } }))
}

const ifSame = (path: string): Ask => ({
  path,
  status: 304,
  init: (sofar) => ({ headers: { 'if-none-match': header(sofar[0]!, 'etag')! } }),
})

const SECRET = 'a secret of at least thirty-two characters'
const token = await sign({ sub: '42', name: 'ada' }, SECRET, 'HS256')
const basic = { authorization: `Basic ${btoa('ada:lovelace')}` }
const origin = { origin: 'https://klaxon.example' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const login = basicAuth({ username: 'ada', password: 'lovelace' })

export const subjects: readonly Subject[] = [
  subject('no middleware', []),
  subject('etag', [etag()], [...USUAL, ifSame('/json'), { ...ifSame('/json'), path: '/json' }]),
  subject('etag, weak', [etag({ weak: true })], [...USUAL, ifSame('/json')]),
  subject('etag of the handler, which another middleware compares', [
    etag(),
    async (c, next) => {
      await next()
      if (c.res.ok) c.res.headers.set('etag', '"mine"')
    },
  ]),
  ...['gzip', 'deflate', 'identity'].map((encoding) =>
    subject(
      `compress, ${encoding}`,
      [compress({ threshold: 100 })],
      ['/long', '/long-missing', '/text', '/boom'].map((path) => ({
        path,
        init: withHeaders({ 'accept-encoding': encoding }),
        status: path === '/boom' ? 500 : path === '/long-missing' ? 404 : 200,
        ...(path === '/boom' && { throws: true as const }),
      })),
    ),
  ),
  subject(
    'cors',
    [cors({ origin: origin.origin, credentials: true, exposeHeaders: ['x-error-id'] })],
    [
      ...letIn(origin),
      {
        path: '/json',
        init: {
          method: 'OPTIONS',
          headers: { ...origin, 'access-control-request-method': 'POST' },
        },
        status: 204,
      },
    ],
  ),
  subject(
    'body-limit',
    [bodyLimit({ maxSize: 10 })],
    [
      ...USUAL,
      { path: '/json', init: { method: 'POST', body: 'more than ten' }, status: 413 },
      {
        path: '/json',
        init: {
          method: 'POST',
          body: new Blob(['streamed, and more than ten']),
          headers: { 'transfer-encoding': 'chunked' },
        },
        status: 413,
      },
    ],
  ),
  subject(
    'body-limit with an answer in JSON',
    [bodyLimit({ maxSize: 10, onError: (c) => c.json({ message: 'Too much' }, 413) })],
    [{ path: '/json', init: { method: 'POST', body: 'more than ten' }, status: 413 }],
  ),
  subject(
    'timing',
    [
      timing(),
      async (c, next) => {
        setMetric(c, 'region', 'europe')
        await next()
      },
    ],
    USUAL,
    ['server-timing', /(?<=dur=)[\d.]+/g],
  ),
  {
    name: 'streaming',
    build(app, base) {
      const write = async (into: { write(text: string): Promise<unknown> }) => {
        for (const part of ['{"message":', '"in parts"}']) await into.write(part)
      }
      app.get(`${base}/text`, (c) => streamText(c, write))
      app.get(`${base}/json`, (c) => {
        c.header('content-type', 'application/json')
        return stream(c, write)
      })
      app.get(`${base}/sse`, (c) =>
        streamSSE(c, async (events) => {
          for (const id of ['1', '2']) await events.writeSSE({ id, event: 'tick', data: id })
        }),
      )
      app.get(`${base}/broken`, (c) =>
        streamText(
          c,
          async (text) => {
            await text.write('as far as this')
            throw new Error('the source dried up')
          },
          async (_, text) => void (await text.write(', and no further')),
        ),
      )
    },
    asks: ['/text', '/json', '/sse', '/broken'].map((path) => ({ path, status: 200 })),
  },
  subject('basic-auth, refused', [login], refused(401)),
  subject('basic-auth, let in', [login], letIn(basic)),
  subject(
    'basic-auth, refused in JSON',
    [
      basicAuth({
        username: 'ada',
        password: 'lovelace',
        invalidUserMessage: { error: 'who?', message: 'Nobody' },
      }),
    ],
    refused(401),
  ),
  subject('bearer-auth, refused', [bearerAuth({ token: 'a-token' })], refused(401)),
  subject('bearer-auth, malformed', [bearerAuth({ token: 'a-token' })], refused(400, basic)),
  subject('jwt, without', [jwt({ secret: SECRET, alg: 'HS256' })], refused(401)),
  subject(
    'jwt, forged',
    [jwt({ secret: SECRET, alg: 'HS256' })],
    refused(401, { authorization: `Bearer ${token}x` }),
  ),
  subject(
    'jwt, let in',
    [jwt({ secret: SECRET, alg: 'HS256' })],
    letIn({ authorization: `Bearer ${token}` }),
  ),
  subject(
    'csrf',
    [csrf()],
    [
      ...USUAL.filter(({ init }) => init === undefined),
      { path: '/json', init: { method: 'POST', body: 'a=1', headers: form }, status: 403 },
      {
        path: '/json',
        init: {
          method: 'POST',
          body: 'a=1',
          headers: { ...form, origin: 'http://localhost' },
        },
        status: 201,
      },
    ],
  ),
  subject('secure-headers', [secureHeaders()]),
  subject('request-id', [requestId({ generator: () => 'request-7' })]),
  subject(
    'pretty-json',
    [prettyJSON()],
    [
      { path: '/text?pretty', status: 200 },
      { path: '/boom?pretty', status: 500, throws: true },
    ],
  ),
  subject(
    'trailing-slash',
    [trimTrailingSlash()],
    [
      { path: '/json/', status: 301 },
      { path: '/json', status: 200 },
    ],
  ),
  {
    name: 'timeout',
    build(app, base) {
      app.use(`${base}/slow`, timeout(5))
      app.use(
        `${base}/slow-json`,
        timeout(
          5,
          (c: Context) => new HTTPException(503, { res: c.json({ message: 'Slow' }, 503) }),
        ),
      )
      const never = () => new Promise<Response>(() => {})
      app.get(`${base}/slow`, never).get(`${base}/slow-json`, never)
      routes(app, base)
    },
    asks: [...USUAL, { path: '/slow', status: 504 }, { path: '/slow-json', status: 503 }],
  },
  subject('combine: some, every, except; let in', [combined()], letIn(basic)),
  subject(
    'combine: some, every, except; refused',
    [combined()],
    [...refused(401).filter(({ path }) => path !== '/text'), { path: '/text', status: 200 }],
  ),
  subject('all at once', [
    requestId({ generator: () => 'request-7' }),
    secureHeaders(),
    cors(),
    etag(),
    some(login, every(requestId({ generator: () => 'request-8' }))),
  ]),
]

function combined(): MiddlewareHandler {
  return except(['/text', '/api/text'], some(login, every(bearerAuth({ token: 'a-token' }))))
}

/** Every request gets this status, because none is let in. */
function refused(status: number, headers: Record<string, string> = {}): Ask[] {
  return USUAL.map(({ path, init }) => ({
    path,
    init: { ...(init as RequestInit), headers },
    status,
  }))
}
