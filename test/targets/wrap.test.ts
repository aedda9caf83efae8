import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, test, vi } from 'vitest'
import { klaxon } from '../../src/hono/middleware.ts'
import type { KlaxonOptions } from '../../src/config/options.ts'
import type { QueuedOccurrence, Occurrence } from '../../src/model/occurrence.ts'
import type { Store, WriteBatch } from '../../src/model/store.ts'
import { createKlaxon, withKlaxon } from '../../src/klaxon.ts'

/** A store that keeps its input, because these tests are about the wrapper. */
function keeping(): Store & { entries: QueuedOccurrence[] } {
  const entries: QueuedOccurrence[] = []
  return {
    name: 'keeping',
    entries,
    async write(batch: WriteBatch) {
      entries.push(...batch.occurrences)
      return { claims: [] }
    },
    settle: async () => {},
    prune: async () => ({ occurrences: 0, issues: 0, more: false }),
    setIssue: async () => 0,
    issues: async () => [],
    occurrences: async () => [],
  }
}

type Handler = (request: Request, ...rest: unknown[]) => unknown

function setUp(handler: Handler, options: KlaxonOptions = {}) {
  const store = keeping()
  const instance = createKlaxon({ store, log: false, ...options })
  const wrapped = instance.wrap(handler) as Handler
  return {
    call: async (path = '/', init?: RequestInit): Promise<Response> =>
      (await wrapped(new Request(`http://x${path}`, init))) as Response,
    wrapped,
    instance,
    recorded: async (): Promise<Occurrence[]> => {
      await instance.flush()
      return store.entries.map((entry) => entry.occurrence)
    },
  }
}

const thrower =
  (value: unknown): Handler =>
  () => {
    throw value
  }

test('a name that the user can change stays so', () => {
  const target = Object.defineProperty(() => new Response(), 'name', { value: 'a', writable: true })
  const wrapped = createKlaxon({ log: false }).wrap(target)
  Object.assign(wrapped, { name: 'b' })
  expect([target.name, wrapped.name]).toEqual(['a', 'b'])
})

describe('the handler', () => {
  test('runs with its own this and arguments', () => {
    const seen: unknown[] = []
    const target = {
      own: 1,
      fetch(this: unknown, ...args: unknown[]) {
        seen.push((this as { own: number }).own, args.length, ...args.slice(1))
        return new Response()
      },
    }
    const ctx = { waitUntil: () => {} }
    const wrapped = withKlaxon(target as never) as typeof target
    wrapped.fetch(new Request('http://x/'), 'env', ctx)
    expect(seen).toEqual([1, 3, 'env', ctx])
  })

  test('that is synchronous stays so', () => {
    const response = new Response('ok')
    expect(setUp(() => response).wrapped(new Request('http://x/'))).toBe(response)
  })

  test('gets the same Response object through', async () => {
    const response = new Response('ok')
    expect(await setUp(async () => response).call()).toBe(response)
  })

  test.each([[null], ['text'], [undefined], [42]])(
    'that returns %j instead of a response is left alone',
    async (value) => {
      expect(await setUp(async () => value).call()).toBe(value)
    },
  )

  test('that succeeds costs no clock, no id and no header outside the enveloped methods', async () => {
    const { call } = setUp(async () => new Response('ok'))
    const now = vi.spyOn(Date, 'now')
    const random = vi.spyOn(crypto, 'getRandomValues')
    const get = vi.spyOn(Headers.prototype, 'get')
    try {
      await call('/api/x', { method: 'OPTIONS' })
      await call('/page')
      expect([now, random, get].map((spy) => spy.mock.calls.length)).toEqual([0, 0, 0])
    } finally {
      vi.restoreAllMocks()
    }
  })

  test('never has its request body read', async () => {
    let used: boolean | undefined
    const { wrapped } = setUp(async (request) => {
      used = request.bodyUsed
      throw new Error('x')
    })
    const request = new Request('http://x/', { method: 'POST', body: 'data' })
    await wrapped(request)
    expect(used).toBe(false)
    expect(request.bodyUsed).toBe(false)
  })
})

describe('a throw', () => {
  test('outside the API paths becomes constant plain text', async () => {
    const response = await setUp(thrower(new Error('secret detail'))).call('/page')
    expect(response.status).toBe(500)
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await response.text()).toBe('Internal Server Error')
  })

  test('on an API path becomes an envelope', async () => {
    const response = await setUp(thrower(new Error('secret detail'))).call('/v1/api/x')
    expect(await response.json()).toEqual({
      success: false,
      result: null,
      message: 'Internal Server Error',
    })
  })

  test.each([
    [
      'status 404 and expose shows its message',
      { status: 404, message: 'No tea', expose: true },
      404,
      'No tea',
    ],
    [
      'status 404 alone hides its message, as an SDK error may hold a key',
      { status: 404, message: 'No tea for sk-1' },
      404,
      'Not Found',
    ],
    ['statusCode 418 keeps it', { statusCode: 418, message: 'Short' }, 418, "I'm a Teapot"],
    [
      'status 404 and expose but no message says the reason phrase',
      { status: 404, message: '', expose: true },
      404,
      'Not Found',
    ],
    [
      'status 503 hides its message',
      { status: 503, message: 'db at 10.0.0.1' },
      503,
      'Service Unavailable',
    ],
    [
      'status 503 hides its message even with expose',
      { status: 503, message: 'db at 10.0.0.1', expose: true },
      503,
      'Service Unavailable',
    ],
    [
      'status 200 is no failure status',
      { status: 200, message: 'x' },
      500,
      'Internal Server Error',
    ],
    ['status 600 is no status', { status: 600, message: 'x' }, 500, 'Internal Server Error'],
  ])('with %s', async (_, members, status, text) => {
    const { call, recorded } = setUp(thrower(Object.assign(new Error(), members)))
    const response = await call()
    expect(response.status).toBe(status)
    expect(await response.text()).toBe(text)
    expect((await recorded())[0]).toMatchObject({ kind: 'thrown', status })
  })

  test('of a Response uses it as it is', async () => {
    const thrown = new Response('teapot', { status: 418, headers: { 'x-own': '1' } })
    const { call, recorded } = setUp(thrower(thrown))
    const response = await call()
    expect(response).toBe(thrown)
    expect(await response.text()).toBe('teapot')
    expect((await recorded())[0]).toMatchObject({ kind: 'thrown', status: 418 })
  })

  test('of an HTTPException uses its response', async () => {
    const response = await setUp(thrower(new HTTPException(401, { message: 'Who are you?' }))).call(
      '/api/x',
    )
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ success: false, message: 'Who are you?' })
  })

  test('is answered by onError when it returns a response', async () => {
    const onError = vi.fn(() => new Response('sorry', { status: 502 }))
    const { call } = setUp(thrower(new Error('x')), { onError })
    const response = await call()
    expect(response.status).toBe(502)
    expect(onError).toHaveBeenCalledWith(expect.any(Error), {
      id: response.headers.get('x-error-id'),
      request: expect.any(Request),
    })
  })

  test('is answered as ever when onError throws', async () => {
    const options = {
      onError: () => {
        throw new Error('broken hook')
      },
    }
    const response = await setUp(thrower(new Error('x')), options).call()
    expect(await response.text()).toBe('Internal Server Error')
  })

  test('is recorded and thrown again with rethrow', async () => {
    const value = { odd: true }
    const { call, recorded } = setUp(thrower(value), { rethrow: true })
    await expect(call()).rejects.toBe(value)
    expect(await recorded()).toHaveLength(1)
  })
})

describe('what is captured', () => {
  test('is a returned 4xx and 5xx, and nothing below', async () => {
    const { call, recorded } = setUp(
      (request) => new Response(null, { status: Number(new URL(request.url).pathname.slice(1)) }),
    )
    for (const status of [200, 204, 302, 399, 400, 404, 500, 503]) await call(`/${status}`)
    expect((await recorded()).map((each) => each.status)).toEqual([400, 404, 500, 503])
  })

  test('is decided by the predicate instead, if there is one', async () => {
    const { call, recorded } = setUp(
      (request) => new Response(null, { status: Number(new URL(request.url).pathname.slice(1)) }),
      {
        capture: ({ status }) => status === 302,
      },
    )
    for (const status of [302, 500]) await call(`/${status}`)
    expect((await recorded()).map((each) => each.status)).toEqual([302])
  })

  test('carries the id that the response names', async () => {
    const { call, recorded } = setUp(thrower(new Error('x')))
    const response = await call()
    expect((await recorded())[0]!.id).toBe(response.headers.get('x-error-id'))
  })

  test('has the response headers in place where they can be changed, else on a copy', async () => {
    const fresh = new Response('no', { status: 404 })
    expect(await setUp(() => fresh).call()).toBe(fresh)
    const frozen = Response.redirect('http://x/', 302)
    const fetched = await fetch('data:text/plain,gone')
    Object.defineProperty(fetched, 'status', { value: 404 })
    const response = await setUp(() => fetched).call()
    expect(response.headers.get('x-error-id')).not.toBeNull()
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(await response.text()).toBe('gone')
    expect(await setUp(() => frozen).call()).toBe(frozen)
  })
})

describe('wrapped twice', () => {
  test('a failure is recorded once and enveloped once', async () => {
    const store = keeping()
    const outer = createKlaxon({ store, log: false })
    const inner = createKlaxon({ store, log: false })
    const wrapped = outer.wrap(
      inner.wrap(() => Response.json({ message: 'no' }, { status: 503 })),
    ) as Handler
    const response = (await wrapped(new Request('http://x/api/x'))) as Response
    expect(await response.json()).toEqual({ success: false, result: {}, message: 'no' })
    await outer.flush()
    await inner.flush()
    expect(store.entries).toHaveLength(1)
    expect(store.entries[0]!.occurrence.id).toBe(response.headers.get('x-error-id'))
  })

  test('the same request object through another wrapper is a new failure', async () => {
    const request = new Request('http://x/')
    for (const each of [setUp(() => new Response(null, { status: 500 })), setUp(thrower('x'))]) {
      await each.wrapped(request)
      expect(await each.recorded()).toHaveLength(1)
    }
  })

  test('the same request object sent again is a new failure', async () => {
    const { wrapped, recorded } = setUp(() => new Response(null, { status: 500 }))
    const request = new Request('http://x/')
    for (let i = 0; i < 3; i++) await wrapped(request)
    expect(await recorded()).toHaveLength(3)
  })
})

describe('a Worker export', () => {
  const failing = async (): Promise<never> => {
    throw new Error('cron broke')
  }

  test('keeps its other members', () => {
    const wrapped = withKlaxon({ fetch: () => new Response(), other: 7 })
    expect(wrapped.other).toBe(7)
  })

  test.each([
    ['scheduled', { cron: '*/5 * * * *' }, '*/5 * * * *'],
    ['queue', { queue: 'orders', messages: [] }, 'orders'],
    ['email', { from: 'a@b.c' }, ''],
    ['tail', [], ''],
  ])('has %s recorded and the same value thrown again', async (name, event, path) => {
    const store = keeping()
    const value = new Error('cron broke')
    const target = {
      fetch: () => new Response(),
      [name]: async () => {
        throw value
      },
    }
    const wrapped = withKlaxon(target, { store, log: false }) as unknown as Record<string, Handler>
    const pending: Promise<unknown>[] = []
    const ctx = { waitUntil: (promise: Promise<unknown>) => pending.push(promise) }
    await expect(wrapped[name]!(event as never, {}, ctx)).rejects.toBe(value)
    await Promise.all(pending)
    expect(store.entries.map((entry) => entry.occurrence)).toMatchObject([
      {
        kind: 'thrown',
        method: name.toUpperCase(),
        path,
        host: null,
        errorMessage: 'cron broke',
        durationMs: expect.any(Number),
      },
    ])
  })

  test('that is an instance keeps what it inherits', async () => {
    class App {
      greeting = 'hi'
      fetch() {
        return new Response(this.greeting)
      }
      other() {
        return this.greeting
      }
    }
    const wrapped = withKlaxon(new App())
    expect(wrapped.other()).toBe('hi')
    expect(await wrapped.fetch().text()).toBe('hi')
    expect(wrapped).toBeInstanceOf(App)
  })
  void failing
})

describe('a Hono app', () => {
  const make = (options: KlaxonOptions = {}) => {
    const store = keeping()
    const instance = createKlaxon({ store, log: false, ...options })
    const recorded = async (): Promise<Occurrence[]> => {
      await instance.flush()
      return store.entries.map((entry) => entry.occurrence)
    }
    return { instance, recorded }
  }
  const boom = (): never => {
    throw new TypeError('inner detail')
  }

  test('wrapped from outside has the thrown error recorded, with route and user', async () => {
    const { instance, recorded } = make()
    const app = new Hono<{ Variables: { user: { id: number; name: string } } }>()
    app.use(async (c, next) => {
      c.set('user', { id: 7, name: 'Ada' })
      await next()
      c.header('x-after', 'yes')
    })
    app.get('/api/things/:id', boom)
    const response = await instance.wrap(app).fetch(new Request('http://x/api/things/1'))
    expect(response.headers.get('x-after')).toBe('yes')
    expect(await response.json()).toEqual({
      success: false,
      result: null,
      message: 'Internal Server Error',
    })
    expect(await recorded()).toMatchObject([
      {
        kind: 'thrown',
        errorName: 'TypeError',
        route: '/api/things/:id',
        userId: '7',
        username: 'Ada',
      },
    ])
  })

  test('keeps the answer of its own onError, and the error is recorded', async () => {
    const { instance, recorded } = make()
    const app = new Hono().get('/api/x', boom).onError((_, c) => c.json({ message: 'mine' }, 502))
    const response = await instance.wrap(app).fetch(new Request('http://x/api/x'))
    expect(response.status).toBe(502)
    expect(await response.json()).toEqual({ success: false, result: {}, message: 'mine' })
    expect(await recorded()).toMatchObject([{ kind: 'thrown', errorName: 'TypeError' }])
  })

  test('has a thrown non-Error caught', async () => {
    for (const around of ['wrap', 'middleware'] as const) {
      const { instance, recorded } = make()
      const app = new Hono()
      if (around === 'middleware') app.use(klaxon(instance))
      app.get('/x', () => {
        throw 'just text'
      })
      const fetch = around === 'wrap' ? instance.wrap(app).fetch : app.fetch
      const response = await fetch(new Request('http://x/x'))
      expect(response.status).toBe(500)
      expect(await recorded()).toMatchObject([
        { kind: 'thrown', errorName: 'string', errorMessage: 'just text' },
      ])
    }
  })

  test('with the middleware answers as the contract says, not with the default of Hono', async () => {
    const { instance, recorded } = make()
    const app = new Hono().use(klaxon(instance)).get('/api/x', () => {
      throw Object.assign(new Error('Slow down'), { status: 429, expose: true })
    })
    const response = await app.request('/api/x')
    expect(response.status).toBe(429)
    expect(await response.json()).toEqual({ success: false, result: null, message: 'Slow down' })
    expect(await recorded()).toMatchObject([{ status: 429, route: '/api/x' }])
  })

  test('gives c.get("klaxon")', async () => {
    const { instance, recorded } = make()
    let id: string | undefined
    const app = new Hono().use(klaxon(instance)).get('/x', (c) => {
      const handle = c.get('klaxon')
      handle.setUser({ id: 'u1', name: 'Grace' })
      handle.report(new RangeError('handled'), { step: 2 })
      id = handle.id
      return c.text('no', 503)
    })
    const response = await app.request('/x')
    expect(response.headers.get('x-error-id')).toBe(id)
    const [first, second] = await recorded()
    expect(first).toMatchObject({
      kind: 'thrown',
      errorName: 'RangeError',
      extra: { step: 2 },
      userId: 'u1',
    })
    expect(second).toMatchObject({ id, kind: 'status', status: 503, username: 'Grace' })
  })

  test.each(['wrapper', 'middleware'])('of a %s makes a request anonymous', async (kind) => {
    const { instance, recorded } = make()
    const app = new Hono<{ Variables: { user: unknown } }>()
    if (kind === 'middleware') app.use(klaxon(instance))
    app.get('/x', (c) => {
      c.set('user', { id: '42' })
      c.get('klaxon').setUser(null)
      throw new Error('broke')
    })
    await (kind === 'wrapper' ? instance.wrap(app) : app).fetch(new Request('http://x/x'))
    expect(await recorded()).toMatchObject([{ userId: null, username: null }])
  })

  test('with the middleware twice and a wrapper records once', async () => {
    const { instance, recorded } = make()
    const middleware = klaxon(instance)
    const app = new Hono().use(middleware).use('/api/*', middleware).get('/api/x', boom)
    const response = await instance.wrap(app).fetch(new Request('http://x/api/x'))
    expect(await response.json()).toEqual({
      success: false,
      result: null,
      message: 'Internal Server Error',
    })
    expect(await recorded()).toHaveLength(1)
  })

  test('groups 404s that matched no route, whatever their path', async () => {
    const { instance, recorded } = make()
    const app = instance.wrap(new Hono().get('/known', (c) => c.text('x', 404)))
    for (const path of ['/a', '/b/c', '/known']) await app.fetch(new Request(`http://x${path}`))
    const [a, b, known] = await recorded()
    expect(a!.fingerprint).toBe(b!.fingerprint)
    expect(known!.fingerprint).not.toBe(a!.fingerprint)
    expect(known!.route).toBe('/known')
  })
})

describe('a Hono app keeps what is its own', () => {
  const failing = (options: KlaxonOptions = {}) => {
    const store = keeping()
    const instance = createKlaxon({ store, log: false, ...options })
    const recorded = async (): Promise<Occurrence[]> => {
      await instance.flush()
      return store.entries.map((entry) => entry.occurrence)
    }
    return { instance, recorded }
  }
  const hostile = {
    get id(): string {
      throw new Error('no id')
    },
  }

  test('a user whose getters throw changes no response', async () => {
    for (const surface of ['wrap', 'middleware'] as const) {
      const { instance, recorded } = failing()
      const app = new Hono<{ Variables: { user: object } }>()
      if (surface === 'middleware') app.use(klaxon(instance))
      app.use(async (c, next) => {
        c.set('user', hostile)
        await next()
      })
      app.get('/api/ok', (c) => c.json({ ok: true }))
      app.get('/teapot', () => {
        throw new Error('boom')
      })
      app.onError((_, c) => c.text('short and stout', 418))
      const fetch = surface === 'wrap' ? instance.wrap(app).fetch : app.fetch
      expect((await fetch(new Request('http://x/api/ok'))).status).toBe(200)
      expect((await fetch(new Request('http://x/none'))).status).toBe(404)
      expect((await fetch(new Request('http://x/teapot'))).status).toBe(418)
      const rows = await recorded()
      expect(rows.map((row) => [row.status, row.errorMessage])).toEqual([
        [404, null],
        [418, 'boom'],
      ])
    }
  })

  test('a getPath that needs env gets it', async () => {
    const { instance, recorded } = failing()
    const getPath = (request: Request, options?: { env?: { BASE: string } }): string =>
      new URL(request.url).pathname.replace(options!.env!.BASE, '')
    const app = new Hono<{ Bindings: { BASE: string } }>({ getPath: getPath as never })
    app.get('/x', () => {
      throw new Error('boom')
    })
    const response = await instance
      .wrap(app)
      .fetch(new Request('http://x/base/x'), { BASE: '/base' })
    expect(response.status).toBe(500)
    expect(await recorded()).toMatchObject([{ errorMessage: 'boom', route: '/x' }])
  })

  test('both Set-Cookie headers of an HTTPException go out', async () => {
    const { instance } = failing()
    const app = new Hono().get('/x', () => {
      const headers = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ])
      throw new HTTPException(401, { res: new Response('no', { status: 401, headers }) })
    })
    const response = await instance.wrap(app).fetch(new Request('http://x/x'))
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.text()).toBe('no')
  })

  test('cookies of onError and of middleware both go out', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    const { instance } = failing({ onError: () => new Response('mine', { status: 500, headers }) })
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      c.header('x-after', 'yes')
    })
    app.get('/x', () => {
      throw new Error('boom')
    })
    const response = await instance.wrap(app).fetch(new Request('http://x/x'))
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('x-after')).toBe('yes')
    expect(await response.text()).toBe('mine')
  })

  test('the response that a middleware chose for an error goes out', async () => {
    const { instance, recorded } = failing()
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      if (c.error) c.res = c.json({ custom: true }, 503)
    })
    app.get('/x', () => {
      throw new Error('boom')
    })
    const response = await instance.wrap(app).fetch(new Request('http://x/x'))
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ custom: true })
    expect(await recorded()).toMatchObject([{ kind: 'thrown', errorMessage: 'boom' }])
  })

  test('an answer whose body breaks off is replaced by one that can be read', async () => {
    for (const surface of ['wrap', 'middleware'] as const) {
      const { instance } = failing()
      const app = new Hono()
      if (surface === 'middleware') app.use(klaxon(instance))
      app.use(async (c, next) => {
        await next()
        const broken = new ReadableStream({ pull: () => Promise.reject(new Error('cut')) })
        c.res = new Response(broken, c.res)
      })
      app.get('/api/x', () => {
        throw new Error('boom')
      })
      const fetch = surface === 'wrap' ? instance.wrap(app).fetch : app.fetch
      const response = await fetch(new Request('http://x/api/x'))
      expect(response.status).toBe(500)
      expect(await response.json()).toMatchObject({ message: 'Internal Server Error' })
    }
  })

  test('an error is known when middleware has replaced the request', async () => {
    const { instance, recorded } = failing()
    const app = new Hono()
    app.use(async (c, next) => {
      c.req.raw = new Request(c.req.raw.url)
      await next()
    })
    app.get('/api/x', () => {
      throw new Error('boom')
    })
    const response = await instance.wrap(app).fetch(new Request('http://x/api/x'))
    expect(await response.json()).toEqual({
      success: false,
      result: null,
      message: 'Internal Server Error',
    })
    expect(await recorded()).toMatchObject([{ kind: 'thrown', errorMessage: 'boom' }])
  })

  test('a subclass that needs arguments can be wrapped', async () => {
    class Shop extends Hono {
      constructor(config: { base: string }) {
        super()
        this.basePath(config.base)
      }
    }
    const { instance } = failing()
    const response = await instance
      .wrap(new Shop({ base: '/' }))
      .fetch(new Request('http://x/none'))
    expect(response.status).toBe(404)
  })
})

test('what a redact function says is what is stored', async () => {
  const { call, recorded } = setUp(thrower(new Error('customer 4711')), {
    redact: (occurrence) => ({ ...occurrence, errorMessage: 'MINE', title: 'ours' }),
  })
  await call()
  expect(await recorded()).toMatchObject([{ errorMessage: 'MINE', title: 'ours' }])
})

test('a redact function that is asynchronous or throws lets nothing free in form through', async () => {
  for (const redact of [
    async (occurrence: Occurrence) => occurrence,
    () => {
      throw new Error('broken')
    },
  ]) {
    const { call, recorded } = setUp(thrower(new Error('customer 4711')), {
      redact: redact as never,
    })
    await call('/customers/4711')
    const rows = await recorded()
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain('4711')
  }
})

test('what the route and clientIp options return is redacted as well', async () => {
  const token = `ghp_${'a1B2'.repeat(9)}`
  const { call, recorded } = setUp(() => new Response(null, { status: 500 }), {
    route: () => `/reset/${token}`,
    clientIp: () => '203.0.113.7',
    redact: { ip: 'mask' },
  })
  await call()
  const rows = JSON.stringify(await recorded())
  expect(rows).not.toContain(token)
  expect(rows).not.toContain('203.0.113.7')
})

test('a promise of options is refused', () => {
  expect(() => createKlaxon(Promise.resolve({}) as never)).toThrow('must not be a promise')
})

describe('hooks that fail', () => {
  const bad = () => {
    throw new Error('broken hook')
  }

  test.each(['user', 'route', 'clientIp', 'fingerprint', 'capture'] as const)(
    '%s that throws loses nothing',
    async (name) => {
      const { call, recorded } = setUp(() => new Response('no', { status: 500 }), {
        [name]: bad,
        log: false,
      })
      const response = await call()
      expect(await response.text()).toBe('no')
      expect(await recorded()).toHaveLength(1)
    },
  )
})

test('without store, notifier, ctx and env it works', async () => {
  const wrapped = withKlaxon(thrower(new Error('x')), { log: false }) as Handler
  const response = (await wrapped(new Request('http://x/'))) as Response
  expect(response.status).toBe(500)
})

test('without a store every occurrence is one line of JSON in the log', async () => {
  const lines: string[] = []
  const log = {
    error: (line: string) => lines.push(line),
    warn: (line: string) => lines.push(line),
  }
  const instance = createKlaxon({ log })
  const wrapped = instance.wrap(() => new Response('no', { status: 503 })) as Handler
  await wrapped(new Request('http://x/path\u202e'))
  await instance.flush()
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ klaxon: 'occurrence', status: 503 })
  expect(instance.stats()).toEqual({
    captured: 1,
    stored: 0,
    fallback: 0,
    logged: 1,
    dropped: {},
    inFlight: 0,
    aborted: 0,
  })
})

test('a handler without parameters is given its request by a host that looks at its length', () => {
  const klaxon = createKlaxon({ log: false })
  const wrapped = klaxon.wrap(() => new Response('fine'))
  // Deno calls a handler of length 0 without arguments.
  expect(wrapped.length).toBeGreaterThan(0)
})
