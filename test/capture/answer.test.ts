import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, test, vi } from 'vitest'
import { klaxon } from '../../src/hono/middleware.ts'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'

type Fetch = (request: Request) => Promise<Response>

/** A body that records whether it was cancelled. */
function watched() {
  const cancel = vi.fn()
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('x')),
    cancel,
  })
  return { cancel, stream }
}

function setUp(target: object, options: KlaxonOptions = {}) {
  const store = memory()
  const instance = createKlaxon({ store, log: false, ...options })
  const { fetch } = instance.wrap(target as { fetch: Fetch })
  return {
    call: async (path = '/') => fetch(new Request(`http://x${path}`)) as Promise<Response>,
    recorded: async () => {
      await instance.flush()
      return store.occurrences()
    },
  }
}

const throwing = (value: unknown) => ({
  fetch: () => {
    throw value
  },
})

describe('a body that goes out to no one', () => {
  test('is cancelled when onError answers in the place of a thrown Response', async () => {
    const { cancel, stream } = watched()
    const options = { onError: () => new Response('own', { status: 502 }) }
    const response = await setUp(throwing(new Response(stream, { status: 503 })), options).call()
    expect(await response.text()).toBe('own')
    expect(cancel).toHaveBeenCalledOnce()
  })

  test.each<[string, (thrown: Response) => Response]>([
    ['the very body', (thrown) => new Response(thrown.body, { status: 502 })],
    ['a copy of it', (thrown) => new Response(thrown.clone().body, { status: 502 })],
    ['the Response', (thrown) => thrown],
  ])('is not when onError answers with %s', async (_, answer) => {
    const { cancel, stream } = watched()
    const thrown = new Response(stream, { status: 503 })
    const { call } = setUp(throwing(thrown), { onError: () => answer(thrown) })
    const reader = (await call()).body!.getReader()
    expect((await reader.read()).done).toBe(false)
    expect(cancel).not.toHaveBeenCalled()
  })

  test.each([
    ['is cancelled', true, () => new Response('own', { status: 502 })],
    ['goes out', false, ({ body }: Response) => new Response(body, { status: 502 })],
  ])(
    "%s when onError answers in the place of an HTTPException's response: %s",
    async (_, isCancelled, answer) => {
      const { cancel, stream } = watched()
      const res = new Response(stream, { status: 503 })
      const app = new Hono().get('/', () => {
        throw new HTTPException(503, { res })
      })
      const { call } = setUp(app, { onError: () => answer(res) })
      expect((await call()).status).toBe(502)
      expect(cancel).toHaveBeenCalledTimes(isCancelled ? 1 : 0)
    },
  )

  test('stays with the framework, whose response goes out although the option rethrows', async () => {
    const { cancel, stream } = watched()
    const app = new Hono()
    app.use(async (c, next) => {
      await next()
      c.res = undefined
      c.res = new Response(stream, { status: 502 })
    })
    app.get('/', () => {
      throw new TypeError('x')
    })
    const response = await setUp(app, { rethrow: true }).call()
    expect(response.status).toBe(502)
    expect(cancel).not.toHaveBeenCalled()
  })
})

describe('with rethrow', () => {
  test('a value that carries a response is answered with it, and onError is not asked', async () => {
    const onError = vi.fn(() => new Response('from the option'))
    const carrying = Object.assign(new Error('x'), {
      getResponse: () => new Response('carried', { status: 404 }),
    })
    for (const thrown of [carrying, new Response('carried', { status: 404 })]) {
      const { call, recorded } = setUp(throwing(thrown), { rethrow: true, onError })
      const response = await call()
      expect([response.status, await response.text()]).toEqual([404, 'carried'])
      expect(await recorded()).toMatchObject([{ status: 404, kind: 'thrown' }])
    }
    expect(onError).not.toHaveBeenCalled()
  })

  test('every other value is recorded and thrown on, and onError is not asked', async () => {
    const onError = vi.fn(() => new Response('from the option'))
    const thrown = Object.assign(new Error('x'), { status: 404 })
    const { call, recorded } = setUp(throwing(thrown), { rethrow: true, onError })
    await expect(call()).rejects.toBe(thrown)
    expect(onError).not.toHaveBeenCalled()
    expect(await recorded()).toMatchObject([{ status: 404, kind: 'thrown' }])
  })

  test('a wrapped Hono app rejects with the error, and answers a 401 of basic-auth', async () => {
    const app = new Hono()
    app.use('/login', basicAuth({ username: 'ada', password: 'lovelace' }))
    app.get('/boom', () => {
      throw new TypeError('x')
    })
    const { call, recorded } = setUp(app, { rethrow: true })
    await expect(call('/boom')).rejects.toThrow(TypeError)
    const response = await call('/login')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('Basic')
    expect(await recorded()).toHaveLength(2)
  })

  test.each([
    [undefined, 500],
    [404, 404],
  ])('an error with the status %s from a Hono app is recorded with %i', async (status, kept) => {
    const app = new Hono().get('/', () => {
      throw Object.assign(new Error('x'), { status })
    })
    const { call, recorded } = setUp(app, { rethrow: true })
    await expect(call()).rejects.toThrow('x')
    expect(await recorded()).toMatchObject([{ kind: 'thrown', status: kept }])
  })

  test('an HTTPException of a Hono app keeps its response, and onError is not asked', async () => {
    const onError = vi.fn(() => new Response('from the option'))
    const app = new Hono().get('/', () => {
      throw new HTTPException(403, { message: 'not yours' })
    })
    const response = await setUp(app, { rethrow: true, onError }).call()
    expect([response.status, await response.text()]).toEqual([403, 'not yours'])
    expect(onError).not.toHaveBeenCalled()
  })

  test('nor by the Hono middleware', async () => {
    const onError = vi.fn(() => new Response('own'))
    const app = new Hono()
    app.onError((_, c) => c.text('from Hono', 500))
    app.use(klaxon({ store: memory(), log: false, rethrow: true, onError }))
    app.get('/', () => {
      throw new TypeError('x')
    })
    expect(await (await app.request('/')).text()).toBe('from Hono')
    expect(onError).not.toHaveBeenCalled()
  })
})

describe('what stands in the place of the default of Hono', () => {
  const app = (...before: Parameters<Hono['use']>[1][]) => {
    const made = new Hono()
    for (const each of before) made.use(each)
    made.get('/thrown', () => {
      throw new Error('x')
    })
    made.get('/api/thrown', () => {
      throw new Error('x')
    })
    made.get('/carried', () => {
      throw new HTTPException(500, { message: 'Internal Server Error' })
    })
    return made
  }

  test.each(['/thrown', '/api/thrown', '/carried'])(
    'keeps what middleware adds: %s',
    async (path) => {
      const cookies: Parameters<Hono['use']>[1] = async (c, next) => {
        await next()
        c.res.headers.append('set-cookie', 'a=1')
        c.res.headers.append('set-cookie', 'b=2')
      }
      const response = await setUp(app(cookies)).call(path)
      expect(response.status).toBe(500)
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(response.headers.get('x-error-id')).not.toBeNull()
      expect(await response.text()).toContain('Internal Server Error')
    },
  )

  test('is the answer itself where that says the same, with its body unread', async () => {
    const read = vi.spyOn(Response.prototype, 'arrayBuffer')
    const response = await setUp(app()).call('/thrown')
    expect(response.headers.get('content-type')).toBe('text/plain; charset=UTF-8')
    expect(await response.text()).toBe('Internal Server Error')
    expect(read).not.toHaveBeenCalled()
    read.mockRestore()
  })

  test('stays where klaxon would say the same, whatever middleware has made of it', async () => {
    const read = vi.spyOn(Response.prototype, 'arrayBuffer')
    const reader = vi.spyOn(ReadableStream.prototype, 'getReader')
    for (const surface of ['wrap', 'middleware'] as const) {
      const instance = createKlaxon({ log: false })
      const inner = new Hono()
      if (surface === 'middleware') inner.use(klaxon(instance))
      let last: Response | undefined
      inner.use(async (c, next) => {
        await next()
        const { body } = c.res
        c.res = undefined
        c.res = last = new Response(body, {
          status: 500,
          headers: { 'content-type': 'text/plain' },
        })
      })
      inner.get('*', () => {
        throw new Error('x')
      })
      const { fetch } = surface === 'wrap' ? instance.wrap(inner) : inner
      const response = await fetch(new Request('http://x/thrown'))
      expect(response).toBe(last)
      expect(response.headers.get('x-error-id')).not.toBeNull()
    }
    expect(read).not.toHaveBeenCalled()
    expect(reader).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  test.each([
    ['a status of its own', Object.assign(new Error('gone'), { status: 410 }), 410, 'Gone'],
    [
      'a message to show',
      Object.assign(new Error('why'), { status: 403, expose: true }),
      403,
      'why',
    ],
  ])('gives way to an error that has %s', async (_, error, status, text) => {
    for (const surface of ['wrap', 'middleware'] as const) {
      const instance = createKlaxon({ log: false })
      const inner = new Hono()
      if (surface === 'middleware') inner.use(klaxon(instance))
      inner.get('*', () => {
        throw error
      })
      const { fetch } = surface === 'wrap' ? instance.wrap(inner) : inner
      const response = await fetch(new Request('http://x/thrown'))
      expect([response.status, await response.text()]).toEqual([status, text])
    }
  })

  test('gives way to onError', async () => {
    const options = { onError: () => new Response('own', { status: 502 }) }
    const response = await setUp(app(), options).call('/thrown')
    expect(response.status).toBe(502)
    expect(await response.text()).toBe('own')
  })

  test('is asked of the error once', async () => {
    const asked = vi.spyOn(HTTPException.prototype, 'getResponse')
    const response = await setUp(app()).call('/carried')
    expect(response.status).toBe(500)
    expect(asked).toHaveBeenCalledOnce()
    asked.mockRestore()
  })
})

test.each([
  ['wrapped', false],
  ['with the middleware', true],
])(
  'an onError of Hono that throws itself hides neither its error nor the first, %s',
  async (_, inside) => {
    const app = new Hono<{ Variables: { user: string } }>()
    const store = memory()
    const instance = createKlaxon({ store, log: false })
    // Hono calls onError once for each middleware on the way out. Here klaxon's middleware is the
    // only one.
    app.use(inside ? klaxon(instance) : (_, next) => next())
    app.get('/orders/:id', (c) => {
      c.set('user', 'ada')
      throw new RangeError('no stock')
    })
    app.onError(() => {
      throw new TypeError('the template is broken')
    })
    const { fetch } = inside ? app : instance.wrap(app)
    expect((await fetch(new Request('http://x/orders/42'))).status).toBe(500)
    await instance.flush()
    expect(await store.occurrences()).toMatchObject([
      {
        errorName: 'TypeError',
        errorMessage: 'the template is broken',
        route: '/orders/:id',
        userId: 'ada',
        causes: [{ name: 'RangeError', message: 'no stock' }],
      },
    ])
  },
)

test('an onError of Hono that throws on what it got is one error without a cause', async () => {
  const app = new Hono()
  app.get('/', () => {
    throw new RangeError('no stock')
  })
  app.onError((error) => {
    throw error
  })
  const { call, recorded } = setUp(app)
  await call()
  expect(await recorded()).toMatchObject([{ errorMessage: 'no stock', causes: null }])
})

test.each([
  ['long', 'x'.repeat(200), '/api/x'],
  ['short and slow', 'not yet', '/api/x'],
  ['outside the API paths', 'not yet', '/x'],
])(
  'a text of onError that is %s and never ends is passed on as it comes',
  async (_, text, path) => {
    const cancel = vi.fn()
    const app = new Hono()
    app.use(klaxon({ log: false }))
    app.get(path, () => {
      throw new Error('boom')
    })
    app.onError((_, c) => {
      const stream = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
        cancel,
      })
      return c.body(stream, 500, { 'content-type': 'text/plain' })
    })
    const response = await app.request(path)
    expect(response.status).toBe(500)
    expect(response.headers.get('x-error-id')).toHaveLength(36)
    const reader = response.body!.getReader()
    const { value } = await reader.read()
    expect(new TextDecoder().decode(value)).toBe(text)
    await reader.cancel('enough')
    expect(cancel).toHaveBeenCalledOnce()
  },
)

test.each([5, 21, 45, 200, 4_000])('a text of onError of %i bytes is one chunk', async (length) => {
  const text = 'x'.repeat(length)
  for (const path of ['/x', '/api/x']) {
    const app = new Hono().use(klaxon({ log: false })).get(path, () => {
      throw new Error('boom')
    })
    app.onError((_, c) => c.text(text, 500))
    const body = vi.fn()
    vi.stubGlobal(
      'Response',
      class extends Response {
        constructor(given?: BodyInit | null, init?: ResponseInit) {
          super(given, init)
          body(given)
        }
      },
    )
    const response = await app.request(path)
    vi.unstubAllGlobals()
    for (const [given] of body.mock.calls) expect(given).not.toBeInstanceOf(ReadableStream)
    const enveloped = JSON.stringify({ success: false, result: null, message: text })
    expect(await response.text()).toBe(path === '/x' ? text : enveloped)
  }
})

test('a text of onError that comes slowly and in many pieces comes whole', async () => {
  const text = Array.from({ length: 12 }, (_, i) => `piece ${i} `)
  const app = new Hono().use(klaxon({ log: false })).get('/api/x', () => {
    throw new Error('boom')
  })
  app.onError((_, c) => {
    const pieces = text.values()
    const stream = new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        const { done, value } = pieces.next()
        if (done) controller.close()
        else controller.enqueue(new TextEncoder().encode(value))
      },
    })
    return c.body(stream, 500, { 'content-type': 'text/plain' })
  })
  const response = await app.request('/api/x')
  expect(await response.json()).toMatchObject({ message: text.join('') })
})

describe('what Hono answers with', () => {
  const failing = (error: unknown) =>
    new Hono().get('/api/x', () => {
      throw error
    })

  test('an HTTPException keeps its response under the middleware, whatever it says', async () => {
    const app = new Hono()
    app.use(klaxon({ log: false }))
    app.get('/x', () => {
      throw new HTTPException(500, { res: new Response('Internal Server Error', { status: 500 }) })
    })
    const response = await app.request('/x')
    expect(await response.text()).toBe('Internal Server Error')
  })

  test('a format of the user is applied once, also where middleware has set headers', async () => {
    for (const surface of ['wrap', 'middleware'] as const) {
      const instance = createKlaxon({
        log: false,
        envelope: { format: (envelope) => ({ wrapped: envelope }) },
      })
      const app = new Hono()
      if (surface === 'middleware') app.use(klaxon(instance))
      app.use(cors())
      app.get('/api/x', () => {
        throw new Error('boom')
      })
      const fetch = surface === 'wrap' ? instance.wrap(app).fetch : app.fetch
      const response = await fetch(new Request('http://x/api/x'))
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(await response.json()).toEqual({
        wrapped: { success: false, result: null, message: 'Internal Server Error' },
      })
    }
  })

  test('HEAD has the status of GET', async () => {
    const error = Object.assign(new Error('gone'), { status: 404 })
    const { fetch } = createKlaxon({ log: false }).wrap(failing(error))
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(new Request('http://x/api/x', { method }))
      expect([method, response.status]).toEqual([method, 404])
    }
  })

  test('onError is asked for an HTTPException as for any throw', async () => {
    const { call } = setUp(failing(new HTTPException(401, { message: 'who?' })), {
      onError: () => new Response('mine', { status: 418 }),
    })
    const response = await call('/api/x')
    expect(response.status).toBe(418)
    expect(await response.json()).toEqual({ success: false, result: null, message: 'mine' })
  })

  test('onError is not asked for an HTTPException by the middleware', async () => {
    const onError = vi.fn(() => new Response('mine', { status: 418 }))
    const app = new Hono().use(klaxon({ log: false, onError })).get('/x', () => {
      throw new HTTPException(401, { message: 'who?' })
    })
    expect((await app.request('/x')).status).toBe(401)
    expect(onError).not.toHaveBeenCalled()
  })

  test('onError is asked once where wrapper and middleware see the same error', async () => {
    const onError = vi.fn(() => undefined)
    const instance = createKlaxon({ log: false, onError })
    const app = new Hono().use(klaxon(instance)).get('/x', () => {
      throw new Error('boom')
    })
    const response = await instance.wrap(app).fetch(new Request('http://x/x'))
    expect(response.status).toBe(500)
    expect(onError).toHaveBeenCalledOnce()
  })

  test('an error that was reported before it is thrown is answered by its status', async () => {
    const app = new Hono().get('/x', (c) => {
      const error = Object.assign(new Error('boom'), { status: 410 })
      c.get('klaxon').report(error)
      throw error
    })
    const { call, recorded } = setUp(app)
    const response = await call('/x')
    expect([response.status, await response.text()]).toEqual([410, 'Gone'])
    expect(await recorded()).toMatchObject([{ id: response.headers.get('x-error-id') }])
  })

  test('a success that `capture` wants is recorded without its text', async () => {
    const app = new Hono()
    app.get('/api/:status', (c) => c.text('said', Number(c.req.param('status')) as 200))
    const { call, recorded } = setUp(app, { capture: () => true })
    for (const path of ['/api/200', '/api/399', '/api/400']) await call(path)
    const rows = await recorded()
    expect(Object.fromEntries(rows.map((row) => [row.status, row.errorMessage]))).toEqual({
      200: null,
      399: null,
      400: 'said',
    })
  })

  test("the cookies of middleware go out beside onError's", async () => {
    const app = new Hono()
    app.use(async (c, next) => {
      c.header('set-cookie', 'a=1', { append: true })
      c.header('set-cookie', 'b=2', { append: true })
      await next()
    })
    app.get('/x', () => {
      throw new Error('boom')
    })
    const { call } = setUp(app, {
      onError: () => new Response('mine', { status: 500, headers: { 'set-cookie': 'err=1' } }),
    })
    expect((await call('/x')).headers.getSetCookie()).toEqual(['a=1', 'b=2', 'err=1'])
  })

  test("a page of the user's own that breaks off is theirs as far as it came", async () => {
    const app = new Hono()
    app.use(klaxon({ log: false }))
    app.get('/', () => {
      throw new Error('boom')
    })
    app.onError((_, c) => {
      const parts = ['my own page']
      const stream = new ReadableStream({
        pull(controller) {
          const part = parts.shift()
          if (part === undefined) controller.error(new Error('cut'))
          else controller.enqueue(new TextEncoder().encode(part))
        },
      })
      return c.body(stream, 500, { 'content-type': 'text/plain' })
    })
    const reader = (await app.request('/')).body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('my own page')
    await expect(reader.read()).rejects.toThrow('cut')
  })
})
