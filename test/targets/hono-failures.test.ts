import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { klaxon as honoMiddleware } from '../../src/hono/middleware.ts'
import { HonoScope } from '../../src/targets/hono-scope.ts'
import { recording } from '../support/recording.ts'

const ask = (path: string, init?: RequestInit) => new Request(`http://x${path}`, init)

const boom =
  (message = 'boom') =>
  (): never => {
    throw new TypeError(message)
  }
const later = (work: () => never) => async (): Promise<never> => work()
const empty: MiddlewareHandler = async (_, next) => {
  await next()
}
/** Middleware further out than the handler. It throws after the handler has been answered for. */
const onTheWayOut =
  (thrown: unknown): MiddlewareHandler =>
  async (_, next) => {
    await next()
    throw thrown
  }

/** The app under the wrapper, its recorded occurrences, and klaxon's warnings. */
function wrapped(app: Hono, options: KlaxonOptions = {}) {
  const warn = vi.fn()
  const { klaxon, recorded } = recording({ log: { error() {}, warn }, ...options })
  const { fetch } = klaxon.wrap(app)
  return { fetch: async (request: Request) => fetch(request), recorded, warn }
}

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a throw in a wrapped Hono app', () => {
  test.each([200, 400] as const)(
    'with the status %i has it, whether the handler throws or rejects',
    async (status) => {
      const refuse = (): never => {
        throw new HTTPException(status, { message: 'no such field' })
      }
      for (const handler of [refuse, later(refuse)]) {
        const { fetch, recorded } = wrapped(new Hono().get('/', handler))
        expect((await fetch(ask('/'))).status).toBe(status)
        expect(await recorded()).toMatchObject([
          { kind: 'thrown', status, errorMessage: 'no such field' },
        ])
      }
    },
  )

  test('has a row of its own, with its status, where another one follows', async () => {
    const app = new Hono().use(onTheWayOut(new RangeError('on the way out'))).get('/', () => {
      throw new HTTPException(403, { message: 'not yours' })
    })
    const { fetch, recorded } = wrapped(app)
    const response = await fetch(ask('/'))
    const rows = await recorded()
    expect(rows.map(({ status, errorMessage }) => [status, errorMessage])).toEqual([
      [403, 'not yours'],
      [500, 'on the way out'],
    ])
    expect(response.headers.get('x-error-id')).toBe(rows[1]!.id)
  })

  test('has a row of its own where something that is no Error is thrown later', async () => {
    const app = new Hono().use(onTheWayOut('no Error')).get('/', boom())
    const { fetch, recorded } = wrapped(app)
    expect((await fetch(ask('/'))).status).toBe(500)
    expect((await recorded()).map(({ errorMessage }) => errorMessage)).toEqual(['boom', 'no Error'])
  })

  test("of a sub-app is recorded with its onError's status, a success too", async () => {
    for (const status of [200, 418, 500] as const) {
      const sub = new Hono().get('/x', boom()).onError((_, c) => c.text('own', status))
      const { fetch, recorded } = wrapped(new Hono().use(empty).route('/sub', sub))
      expect((await fetch(ask('/sub/x'))).status).toBe(status)
      expect(await recorded()).toMatchObject([{ kind: 'thrown', status, errorMessage: 'boom' }])
    }
  })

  test("keeps its onError's answer, also when that says the same as Hono's default", async () => {
    const app = new Hono().get('/', boom())
    app.onError((_, c) => c.text('Internal Server Error', 500))
    const { fetch } = wrapped(app, { onError: () => new Response('klaxon', { status: 502 }) })
    const response = await fetch(ask('/'))
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
  })

  test.each([boom(), async () => boom()() as Response])(
    'whose onError does not answer is recorded, and goes out as it does bare',
    async (handler) => {
      const app = new Hono().get('/', handler)
      app.onError((() => undefined) as never)
      const { fetch, recorded, warn } = wrapped(app)
      expect(await fetch(ask('/'))).toBeUndefined()
      expect(await recorded()).toMatchObject([
        { kind: 'thrown', status: 500, errorMessage: 'boom', route: '/' },
      ])
      expect(warn).not.toHaveBeenCalled()
    },
  )

  test('is one failure where onError answers only for the error that Hono adds', async () => {
    const app = new Hono().use(empty).get('/', boom())
    app.onError(((error: Error, c: Context) =>
      error.message === 'boom' ? undefined : c.text('sorry', 500)) as never)
    const { fetch, recorded } = wrapped(app)
    expect((await fetch(ask('/'))).status).toBe(500)
    expect(await recorded()).toMatchObject([{ kind: 'thrown', errorMessage: 'boom' }])
  })

  test("goes out with onError's answer, although klaxon fails on it", async () => {
    const odd = { status: 500, headers: undefined }
    const app = new Hono().get('/', (c) => {
      const error = new Error('told twice')
      c.get('klaxon').report(error)
      throw error
    })
    app.onError(() => odd as never)
    const { fetch, warn } = wrapped(app)
    expect(await fetch(ask('/'))).toBe(odd)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('klaxon failed on a request'))
  })

  test.each(['/x', '/api/x'])('goes on to the host with `rethrow`: %s', async (path) => {
    for (const handler of [boom(), later(boom())]) {
      let answer: Response | undefined
      const app = new Hono()
      app.use(async (c, next) => {
        await next()
        answer = c.res
      })
      app.get(path, handler)
      const { fetch, recorded } = wrapped(app, { rethrow: true })
      await expect(fetch(ask(path))).rejects.toThrow(new TypeError('boom'))
      expect(await recorded()).toMatchObject([{ kind: 'thrown', status: 500 }])
      // No one reads Hono's answer any more.
      expect(answer!.bodyUsed).toBe(true)
      const single = wrapped(new Hono().get(path, handler), { rethrow: true })
      await expect(single.fetch(ask(path))).rejects.toThrow(new TypeError('boom'))
    }
  })

  test('goes on to the host with `rethrow` when it is no Error', async () => {
    const app = new Hono().get('/', () => {
      throw 'no Error'
    })
    const { fetch, recorded } = wrapped(app, { rethrow: true })
    await expect(fetch(ask('/'))).rejects.toBe('no Error')
    expect(await recorded()).toMatchObject([{ kind: 'thrown', errorMessage: 'no Error' }])
  })
})

describe('a handler of a wrapped Hono app', () => {
  test.each(['/x', '/api/x'])(
    'that forgets to return fails with the status of onError, and a success is none: %s',
    async (path) => {
      for (const [status, rows] of [
        [200, []],
        [400, [{ kind: 'thrown', status: 400 }]],
        [503, [{ kind: 'thrown', status: 503 }]],
      ] as const) {
        const app = new Hono().use(empty).get(path, (() => {}) as never)
        app.onError((_, c) => c.json({}, status))
        const { fetch, recorded } = wrapped(app)
        expect((await fetch(ask(path))).status).toBe(status)
        expect(await recorded()).toMatchObject(rows)
      }
    },
  )

  test('that answers with a failure has thrown nothing, behind middleware too', async () => {
    const { fetch, recorded } = wrapped(new Hono().use(empty).get('/', (c) => c.text('no', 409)))
    await fetch(ask('/'))
    expect(await recorded()).toMatchObject([{ kind: 'status', status: 409 }])
  })

  test.each([['text'], [7], [null]])('that answers with %j is left alone', async (value) => {
    for (const handler of [() => value, async () => value]) {
      const app = new Hono().get('/', handler as never)
      const bare = await app.fetch(ask('/'))
      const { fetch, recorded, warn } = wrapped(app)
      const answer: unknown = await fetch(ask('/'))
      if (value !== null) expect(answer).toBe(bare)
      expect(await recorded()).toHaveLength(value === null ? 1 : 0)
      expect(warn).not.toHaveBeenCalled()
    }
  })

  test('that answers with a thenable, such as a query, has it run once', async () => {
    const run = vi.fn()
    const query = {
      // oxlint-disable-next-line unicorn/no-thenable -- it is how query builders begin to run
      then(resolve: (response: Response) => void) {
        run()
        resolve(new Response('no rows', { status: 404 }))
      },
    }
    const { fetch, recorded } = wrapped(new Hono().get('/', () => query as never))
    expect((await fetch(ask('/'))).status).toBe(404)
    expect(run).toHaveBeenCalledOnce()
    expect(await recorded()).toMatchObject([{ kind: 'status', status: 404 }])
  })

  test('that answers with a promise of its own class, such as a query, has it run once', async () => {
    const run = vi.fn()
    class Query extends Promise<Response> {
      // oxlint-disable-next-line unicorn/no-thenable -- it is how query builders begin to run
      override then(...handlers: Parameters<Promise<Response>['then']>) {
        run()
        return super.then(...handlers) as never
      }
    }
    for (const status of [200, 404]) {
      run.mockClear()
      const query = () => new Query((resolve) => resolve(new Response('rows', { status })))
      const { fetch, recorded } = wrapped(new Hono().get('/', query))
      const bare = new Hono().get('/', query)
      expect((await bare.fetch(ask('/'))).status).toBe(status)
      const times = run.mock.calls.length
      run.mockClear()
      expect((await fetch(ask('/'))).status).toBe(status)
      expect(run).toHaveBeenCalledTimes(times)
      expect(await recorded()).toHaveLength(status === 404 ? 1 : 0)
    }
  })

  test.each([200, 504])('that never settles holds back no %i of a race', async (status) => {
    const app = new Hono().get('/', () => new Promise<Response>(() => {}))
    const { fetch: slow } = app
    app.fetch = (...args) =>
      Promise.race([slow(...args), Promise.resolve(new Response('stale', { status }))])
    const { fetch } = wrapped(app)
    expect((await fetch(ask('/'))).status).toBe(status)
  })

  test('that makes two bodies has the envelope around the one that goes out', async () => {
    const app = new Hono().get('/api/x', (c) => {
      c.json({ draft: true })
      return Response.json({ draft: false })
    })
    const { fetch } = wrapped(app)
    expect(await (await fetch(ask('/api/x'))).json()).toMatchObject({ result: { draft: false } })
  })

  test('that hands c.text a number has its text as the message', async () => {
    const app = new Hono().get('/api/x', (c) => c.text(42 as never, 404))
    const { fetch } = wrapped(app)
    expect(await (await fetch(ask('/api/x'))).json()).toMatchObject({ message: '42' })
  })

  test('is answered for as it does itself where `paths` throws, and klaxon warns', async () => {
    const app = new Hono().get('/', (c) => c.json({ a: 1 }))
    const { fetch, warn } = wrapped(app, { envelope: { paths: boom('no paths') } })
    expect(await (await fetch(ask('/'))).json()).toEqual({ a: 1 })
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('TypeError'))
  })

  test.each(['wrapper', 'middleware'])('is asked once about its path by the %s', async (by) => {
    const paths = vi.fn(() => true)
    const { klaxon: own } = recording({ envelope: { paths } })
    const app = new Hono()
    if (by === 'middleware') app.use(honoMiddleware(own))
    app.get('/', (c) => c.json({ a: 1 }))
    const response = await (by === 'wrapper' ? own.wrap(app) : app).request('/')
    expect(await response.json()).toEqual({ success: true, result: { a: 1 }, message: null })
    expect(paths).toHaveBeenCalledOnce()
  })

  test('reports with the waitUntil of the first request where middleware replaced that', async () => {
    const waitUntil = vi.fn()
    const app = new Hono()
    app.use(async (c, next) => {
      c.req.raw = new Request(c.req.raw)
      await next()
    })
    app.get('/', (c) => {
      c.get('klaxon').report(new Error('handled'))
      return c.text('ok')
    })
    const { fetch } = wrapped(app)
    await fetch(Object.assign(ask('/'), { waitUntil }))
    expect(waitUntil).toHaveBeenCalled()
  })

  test('reports with its route, which is that of the middleware where that reports', async () => {
    const app = new Hono()
    app.use('/guarded/*', async (c, _next) => {
      c.get('klaxon').report(new Error('no key'))
      return c.text('who?', 404)
    })
    const { fetch, recorded } = wrapped(app)
    await fetch(ask('/guarded/page'))
    expect(await recorded()).toMatchObject([
      { errorMessage: 'no key', route: '/guarded/*' },
      { status: 404, route: null },
    ])
  })
})

describe('a request that no route of a wrapped Hono app matches', () => {
  test('is recorded without a warning', async () => {
    const { fetch, recorded, warn } = wrapped(new Hono())
    expect((await fetch(ask('/none'))).status).toBe(404)
    expect(await recorded()).toMatchObject([{ kind: 'status', status: 404, route: null }])
    expect(warn).not.toHaveBeenCalled()
  })

  test("finds the app's router and error handler in place", async () => {
    const app = new Hono().get('/', (c) => c.text('ok'))
    const { router } = app
    const seen: unknown[] = []
    app.notFound((c) => {
      seen.push(app.router)
      return c.text('none', 404)
    })
    await wrapped(app).fetch(ask('/none'))
    expect(seen).toEqual([router])
  })
})

test('a wrapped Hono app that asks its router in getPath has its failures recorded', async () => {
  const app: Hono = new Hono({
    getPath(request) {
      app.router.match(request.method, '/api/x')
      return '/api/x'
    },
  })
    .use(empty)
    .get('/api/x', (c) => c.json({ message: 'no' }, 404))
  const { fetch, recorded, warn } = wrapped(app)
  const response = await fetch(ask('/'))
  const [row] = await recorded()
  expect([row!.status, row!.id]).toEqual([404, response.headers.get('x-error-id')])
  expect(warn).not.toHaveBeenCalled()
})

test('a wrapped Hono app may ask its router in getPath, and keep what it gets', async () => {
  const handler = vi.fn((c: Context) => c.text('ok'))
  const kept: { router: Hono['router']; match: ReturnType<Hono['router']['match']> }[] = []
  const app: Hono = new Hono({
    router: new RegExpRouter(),
    getPath(request) {
      kept.push({ router: app.router, match: app.router.match(request.method, '/x') })
      return '/x'
    },
  }).get('/x', handler)
  const { fetch } = wrapped(app)
  expect(await (await fetch(ask('/'))).text()).toBe('ok')
  const [{ router, match }] = kept as [(typeof kept)[0]]
  expect(router.match('GET', '/x')).toEqual(app.router.match('GET', '/x'))
  const run = (match[0] as unknown as [[[typeof handler]]])[0][0][0]
  run({ text: (text: string) => new Response(text) } as never)
  expect(handler).toHaveBeenCalledTimes(2)
})

describe('the failures of a request', () => {
  const surface = { setup: { envelope: null } }
  const observer = { surfaceFor: () => surface } as never
  const aScope = () => new HonoScope(observer, ask('/'), {}, undefined)
  const [first, second] = [new Error('first'), new Error('second')]

  test('are one, with the first error as its cause, when a single handler and onError throw', () => {
    const scope = aScope()
    scope.observeError(first)
    expect(scope.failures(second)).toEqual([{ error: second, before: first }])
  })

  test('are two when onError answers for the first of two that middleware handles', () => {
    const scope = aScope()
    scope.isComposed = true
    scope.observeError(first)
    expect(scope.failures(second).map(({ error }) => error)).toEqual([first, second])
  })

  test('are one when the same error is thrown on', () => {
    const scope = aScope()
    scope.isComposed = true
    scope.observeError(first)
    expect(scope.failures(first).map(({ error }) => error)).toEqual([first])
  })

  test('are none before a handler has thrown', () => {
    const scope = aScope()
    expect(scope.failures()).toEqual([])
    expect([scope.hasError, scope.isUnfinished]).toEqual([false, false])
  })
})

test.each([
  ['sync', boom('first')],
  ['async', later(boom('first'))],
])('an onError that throws has the error of its %s handler as the cause', async (_, handler) => {
  const app = new Hono().get('/', handler).onError(boom('second'))
  const { klaxon, recorded } = recording()
  const { fetch } = klaxon.wrap(app)
  await (async () => fetch(ask('/')))().catch(() => {})
  expect(await recorded()).toMatchObject([
    { errorMessage: 'second', causes: [{ message: 'first' }] },
  ])
})
