import { createRequire } from 'node:module'
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { methodOverride } from 'hono/method-override'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { TrieRouter } from 'hono/router/trie-router'
import { Hono as Tiny } from 'hono/tiny'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { klaxon as middleware } from '../../src/hono/middleware.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { isHono } from '../../src/targets/hono-seam.ts'
import { recording } from '../support/recording.ts'

const { Hono: CommonHono } = createRequire(import.meta.url)('hono') as { Hono: typeof Hono }

const boom =
  (message = 'boom') =>
  (): never => {
    throw new TypeError(message)
  }
const ask = (path: string, init?: RequestInit) => new Request(`http://x${path}`, init)

const empty: MiddlewareHandler = async (_, next) => {
  await next()
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** The app under the wrapper, or with the middleware, and its recorded occurrences. */
function observed(way: 'wrapper' | 'middleware', build: (app: Hono) => void, first = new Hono()) {
  const { klaxon, recorded } = recording()
  if (way === 'middleware') first.use(middleware(klaxon))
  build(first)
  const { fetch } = way === 'wrapper' ? klaxon.wrap(first) : first
  return { fetch: async (request: Request) => fetch(request), recorded }
}

describe.each(['wrapper', 'middleware'] as const)('a Hono app under the %s', (way) => {
  test('that forgets to return fails as it does bare, and the failure is recorded', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const build = (app: Hono): void => {
      app.get('/api/u', (async (c: { json(value: object): void }) => {
        c.json({})
      }) as never)
    }
    const bare = new Hono()
    build(bare.use(empty))
    expect((await bare.fetch(ask('/api/u'))).status).toBe(500)
    const { fetch, recorded } = observed(way, (app) => build(app.use(empty)))
    const response = await fetch(ask('/api/u'))
    expect(response.status).toBe(500)
    expect(await recorded()).toMatchObject([
      {
        id: response.headers.get('x-error-id'),
        kind: 'thrown',
        status: 500,
        errorMessage: expect.stringContaining('Context is not finalized'),
        errorStack: expect.stringMatching(/^Error: Context is not finalized.*$/),
      },
    ])
  })

  test('has the pattern of the handler that answered as the route', async () => {
    const { fetch, recorded } = observed(way, (app) => {
      app.get('/users/me', (c) => c.text('no', 403))
      app.get('/users/:id', (c) => c.text('no', 503))
      app.get('/api/pay', boom())
      app.use('/guarded/*', async (c) => c.text('who?', 401))
      app.get('/guarded/page', (c) => c.text('page'))
      const sub = new Hono().get('/deep/:id', boom()).onError((_, c) => c.text('own', 500))
      app.route('/sub', sub)
      app.mount('/legacy', () => new Response('gone', { status: 410 }))
      app.all('/*', (c) => c.text('nothing', 404))
    })
    const paths = [
      '/users/me',
      '/users/7',
      '/api/pay',
      '/guarded/page',
      '/sub/deep/1',
      '/legacy/x',
      '/elsewhere',
    ]
    for (const path of paths) await fetch(ask(path))
    expect((await recorded()).map(({ path, route }) => [path, route])).toEqual([
      ['/users/me', '/users/me'],
      ['/users/7', '/users/:id'],
      ['/api/pay', '/api/pay'],
      ['/guarded/page', '/guarded/*'],
      ['/sub/deep/1', '/sub/deep/:id'],
      ['/legacy/x', '/legacy/*'],
      ['/elsewhere', '/*'],
    ])
  })

  test('has no route for a path that nothing but middleware matched', async () => {
    const { fetch, recorded } = observed(way, (app) => {
      app.use(cors())
      app.get('/known', (c) => c.text('x'))
    })
    await fetch(ask('/unknown'))
    expect(await recorded()).toMatchObject([{ status: 404, route: null }])
  })

  test.each([
    ['JSON of its own', (c: any) => c.json({}, 422), 422],
    ['a redirect', (c: any) => c.redirect('/login'), 302],
    ['a success', (c: any) => c.text('recovered'), 200],
    ['a success, later', async (c: any) => c.text('recovered'), 200],
  ])('whose onError answers with %s is recorded with that status', async (_, answer, status) => {
    for (const isAsync of [false, true]) {
      const { fetch, recorded } = observed(way, (app) => {
        app.get('/', isAsync ? async () => boom()() : boom())
        app.onError((_error, c) => answer(c) as Response)
      })
      expect((await fetch(ask('/'))).status).toBe(status)
      expect(await recorded()).toMatchObject([{ kind: 'thrown', status, errorMessage: 'boom' }])
    }
  })

  test('keeps the error where middleware has replaced request and response', async () => {
    const { fetch, recorded } = observed(way, (app) => {
      app.use(cors(), bodyLimit({ maxSize: 1_000 }))
      app.post('/api/x', boom())
    })
    const init = {
      method: 'POST',
      body: 'x',
      duplex: 'half',
      headers: { 'transfer-encoding': 'chunked' },
    }
    const response = await fetch(ask('/api/x', init as RequestInit))
    expect(await response.json()).toEqual({
      success: false,
      result: null,
      message: 'Internal Server Error',
    })
    expect(await recorded()).toMatchObject([{ kind: 'thrown', errorMessage: 'boom' }])
  })

  test('does not record a thrown redirect', async () => {
    const { fetch, recorded } = observed(way, (app) => {
      app.get('/', () => {
        throw new HTTPException(302, { res: Response.redirect('http://x/login') })
      })
      app.get('/later', async () => {
        throw new HTTPException(303, { res: Response.redirect('http://x/login', 303) })
      })
    })
    expect((await fetch(ask('/'))).status).toBe(302)
    expect((await fetch(ask('/later'))).status).toBe(303)
    expect(await recorded()).toEqual([])
  })

  test('has the user that authentication has set', async () => {
    const users: [name: 'user' | 'jwtPayload', value: unknown, user: unknown[]][] = [
      ['user', 'ada', ['ada', null]],
      ['user', { id: 7, username: 'ada', name: 'Ada' }, ['7', 'ada']],
      ['user', { sub: '8', name: 'Ada' }, ['8', 'Ada']],
      ['user', null, [null, null]],
      ['jwtPayload', { sub: '9', preferred_username: 'ada' }, ['9', 'ada']],
      ['jwtPayload', null, [null, null]],
      ['jwtPayload', 'text', [null, null]],
    ]
    const { fetch, recorded } = observed(way, (app) => {
      users.forEach(([name, value], at) =>
        app.get(`/${at}`, (c) => {
          c.set(name as never, value as never)
          return c.text('no', 403)
        }),
      )
    })
    for (const at of users.keys()) await fetch(ask(`/${at}`))
    expect((await recorded()).map(({ userId, username }) => [userId, username])).toEqual(
      users.map(([, , user]) => user),
    )
  })

  test('answers as bare Hono on every router', async () => {
    for (const Router of [RegExpRouter, TrieRouter, LinearRouter, PatternRouter]) {
      const { fetch, recorded } = observed(
        way,
        (app) => {
          app.get('/a/:id', (c) => c.text(`a ${c.req.param('id')}`))
          app.get('/api/b/:id', async (c) => {
            throw new RangeError(c.req.param('id'))
          })
        },
        new Hono({ router: new Router() as never }),
      )
      for (const id of ['1', '2']) {
        expect(await (await fetch(ask(`/a/${id}`))).text()).toBe(`a ${id}`)
        expect((await fetch(ask(`/api/b/${id}`))).status).toBe(500)
      }
      expect((await recorded()).map(({ route, errorMessage }) => [route, errorMessage])).toEqual([
        ['/api/b/:id', '1'],
        ['/api/b/:id', '2'],
      ])
    }
  })

  test('may be of another copy of Hono, or of hono/tiny', async () => {
    for (const App of [CommonHono, Tiny as unknown as typeof Hono]) {
      const { fetch, recorded } = observed(
        way,
        (app) => {
          app.get('/things/:id', (c) => {
            c.get('klaxon').report(new Error('handled'))
            return c.text('no', 403)
          })
          app.get('/boom', boom())
        },
        new App(),
      )
      expect((await fetch(ask('/things/1'))).status).toBe(403)
      expect((await fetch(ask('/boom'))).status).toBe(500)
      expect((await fetch(ask('/none'))).status).toBe(404)
      expect((await recorded()).map(({ route, kind }) => [kind, route])).toEqual([
        ['thrown', '/things/:id'],
        ['status', '/things/:id'],
        ['thrown', '/boom'],
        ['status', null],
      ])
    }
  })

  test('has one row for an error that is reported and thrown', async () => {
    const { fetch, recorded } = observed(way, (app) => {
      app.get('/', (c) => {
        const error = new Error('told twice')
        c.get('klaxon').report(error, { step: 1 })
        throw error
      })
    })
    const response = await fetch(ask('/'))
    expect(await recorded()).toMatchObject([
      { id: response.headers.get('x-error-id'), errorMessage: 'told twice', extra: { step: 1 } },
    ])
  })

  test('has one row where the app asks itself', async () => {
    const { fetch, recorded } = observed(way, (app) => {
      app.get('/inner', boom())
      app.get('/inner-status', (c) => c.text('no', 404))
      app.get('/outer', async () => fetch(ask('/inner')))
      app.get('/outer-status', async () => fetch(ask('/inner-status')))
      app.get('/delete-me', (c) => c.text('no', 405))
      app.use('/form', methodOverride({ app }))
      app.delete('/form', boom('deleted'))
    })
    const form = new FormData()
    form.set('_method', 'DELETE')
    await fetch(ask('/outer'))
    await fetch(ask('/outer-status'))
    await fetch(ask('/form', { method: 'POST', body: form }))
    const rows = await recorded()
    expect(rows.map(({ errorMessage, status }) => [status, errorMessage])).toEqual([
      [500, 'boom'],
      [404, null],
      // methodOverride calls the original app, so a wrapper does not see the call.
      [500, way === 'wrapper' ? null : 'deleted'],
    ])
  })

  test('has two rows for two different errors of one request', async () => {
    const { fetch, recorded } = observed(way, (app) => {
      app.use(async (_, next) => {
        await next()
        throw new RangeError('on the way out')
      })
      if (way === 'middleware') app.use(middleware(recording().klaxon))
      app.get('/', boom('in the handler'))
    })
    expect((await fetch(ask('/'))).status).toBe(500)
    const messages = (await recorded()).map(({ errorMessage }) => errorMessage)
    // The middleware sees only the last error, because Hono keeps only that.
    expect(messages).toEqual(
      way === 'wrapper' ? ['in the handler', 'on the way out'] : ['on the way out'],
    )
  })
})

describe('middleware inside a wrapped app', () => {
  test('records a 404, and the wrapper the error that a middleware further out throws', async () => {
    const { klaxon, recorded } = recording()
    const app = new Hono()
    app.use(async (_, next) => {
      await next()
      throw new RangeError('on the way out')
    })
    app.use(middleware(klaxon))
    const response = await klaxon.wrap(app).fetch(ask('/none'))
    expect(response.status).toBe(500)
    const rows = await recorded()
    expect(rows).toMatchObject([
      { kind: 'status', status: 404 },
      { kind: 'thrown', status: 500, errorMessage: 'on the way out' },
    ])
    expect(response.headers.get('x-error-id')).toBe(rows[1]!.id)
  })

  test('on app and sub-app leaves the answer of a handler that returns nothing to Hono', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { klaxon, recorded } = recording()
    const sub = new Hono().use(middleware(klaxon)).get('/x', (() => {}) as never)
    const app = new Hono().use(middleware(klaxon)).route('/s', sub)
    const response = await app.fetch(ask('/s/x'))
    expect(response).toBeInstanceOf(Response)
    expect(response.status).toBe(500)
    expect(await recorded()).toHaveLength(1)
  })
})

describe('a wrapped Hono app', () => {
  test('leaves the original as it was, before, during and after a request', async () => {
    const line = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { klaxon, recorded } = recording()
    const app = new Hono()
    const { router, fetch, request, routes } = app
    const errorHandler: unknown = app['errorHandler']
    const members = { router, errorHandler, fetch, request, routes }
    const during: unknown[] = []
    app.use(async (_, next) => {
      during.push({ router: app.router, errorHandler: app['errorHandler'], fetch: app.fetch })
      await next()
    })
    app.get('/boom', boom())
    app.get('/api/boom', boom())
    const wrapped = klaxon.wrap(app)
    await wrapped.fetch(ask('/boom'))
    await wrapped.request('/api/boom')
    expect(during).toEqual([
      { router, errorHandler, fetch },
      { router, errorHandler, fetch },
    ])
    for (const [name, value] of Object.entries(members)) expect(app[name as 'fetch']).toBe(value)
    expect(await recorded()).toHaveLength(2)
    line.mockClear()
    const response = await app.request('/api/boom')
    expect(await response.text()).toBe('Internal Server Error')
    expect(response.headers.get('x-error-id')).toBeNull()
    expect(line).toHaveBeenCalledOnce()
    expect(await recorded()).toHaveLength(2)
  })

  test('is observed by fetch and by request alike', async () => {
    const { klaxon, recorded } = recording()
    const wrapped = klaxon.wrap(
      new Hono<{ Bindings: { NAME: string } }>()
        .get('/api/:id', (c) => c.json({ id: c.req.param('id'), name: c.env.NAME }))
        .get('/api/x/boom', boom()),
    )
    const response = await wrapped.request('/api/7', {}, { NAME: 'shop' })
    expect(await response.json()).toEqual({
      success: true,
      result: { id: '7', name: 'shop' },
      message: null,
    })
    expect((await wrapped.request('http://x/api/x/boom', { method: 'GET' })).status).toBe(500)
    expect(await recorded()).toMatchObject([{ errorMessage: 'boom', route: '/api/x/boom' }])
  })

  test('is observed where it is routed, mounted or fired', async () => {
    const { klaxon, recorded } = recording()
    const wrapped = klaxon.wrap(
      new Hono().get('/api/boom', boom()).get('/api/ok', (c) => c.json(1)),
    )
    const parent = new Hono()
    parent.route('/routed', wrapped)
    parent.mount('/mounted', wrapped.fetch)
    for (const place of ['/routed', '/mounted']) {
      const ok = await parent.request(`${place}/api/ok`)
      expect(await ok.json()).toEqual({ success: true, result: 1, message: null })
      expect((await parent.request(`${place}/api/boom`)).headers.get('x-error-id')).not.toBeNull()
      expect((await parent.request(`${place}/none`)).headers.get('x-error-id')).not.toBeNull()
    }
    expect(await recorded()).toHaveLength(4)

    const listeners: ((event: object) => void)[] = []
    vi.stubGlobal('addEventListener', (_: string, listener: () => void) => listeners.push(listener))
    wrapped.fire()
    vi.unstubAllGlobals()
    const respondWith = vi.fn()
    listeners[0]!({ request: ask('/api/boom'), respondWith })
    expect(((await respondWith.mock.calls[0]![0]) as Response).status).toBe(500)
    expect(await recorded()).toHaveLength(5)
  })

  test("lets a parent's onError answer for its routes", async () => {
    const { klaxon } = recording()
    const onError = vi.fn((_: Error, c: { text(text: string, status: 418): Response }) =>
      c.text('parent', 418),
    )
    const app = new Hono().get('/boom', boom())
    klaxon.wrap(app)
    const parent = new Hono().onError(onError as never).route('/s', app)
    expect((await parent.request('/s/boom')).status).toBe(418)
    expect(onError).toHaveBeenCalledOnce()
  })

  test('keeps its methods, and those that return the app return the wrapped one', async () => {
    const { klaxon, recorded } = recording()
    const wrapped = klaxon.wrap(new Hono())
    const same = wrapped.get('/api/late', boom()).route('/sub', new Hono().get('/x', boom()))
    expect(same).toBe(wrapped)
    expect(wrapped.basePath('/v1').get('/x', (c) => c.text('x'))).toBeDefined()
    expect((await same.fetch(ask('/api/late'))).status).toBe(500)
    expect((await same.fetch(ask('/sub/x'))).status).toBe(500)
    expect(await recorded()).toHaveLength(2)
  })

  test('is not made a second time: the constructor of a subclass is the business of the app', async () => {
    const made = vi.fn()
    class Api extends Hono {
      constructor() {
        super()
        made()
        this.get('/boom', async () => boom()())
      }
    }
    const { klaxon, recorded } = recording()
    const wrapped = klaxon.wrap(new Api())
    expect((await wrapped.fetch(ask('/boom'))).status).toBe(500)
    expect((await wrapped.fetch(ask('/none'))).status).toBe(404)
    expect(await recorded()).toHaveLength(2)
    expect(made).toHaveBeenCalledOnce()
  })

  test('returns a response whose status cannot be read as it came', async () => {
    const odd = {
      headers: new Headers(),
      get status(): number {
        throw new Error('unreadable')
      },
    }
    const warn = vi.fn()
    const klaxon = createKlaxon({ log: { error() {}, warn } })
    expect(await klaxon.wrap(new Hono().get('/', () => odd as never)).fetch(ask('/'))).toBe(odd)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('klaxon failed on a request'))
  })

  test('has its router back when its getPath throws', async () => {
    const { klaxon, recorded } = recording()
    const app = new Hono({ getPath: boom('no path') })
    const { router } = app
    expect((await klaxon.wrap(app).fetch(ask('/'))).status).toBe(500)
    expect(app.router).toBe(router)
    expect(await recorded()).toMatchObject([{ errorMessage: 'no path' }])
  })

  test('may get another router between two requests', async () => {
    const { klaxon, recorded } = recording()
    const app = new Hono().get('/', boom('first'))
    const wrapped = klaxon.wrap(app)
    await wrapped.fetch(ask('/'))
    app.router = new Hono().get('/', boom('second')).router
    await wrapped.fetch(ask('/'))
    expect((await recorded()).map(({ errorMessage }) => errorMessage)).toEqual(['first', 'second'])
  })

  test('whose asynchronous onError fails too has its first error as the cause', async () => {
    const { klaxon, recorded } = recording()
    const app = new Hono().use(empty).get('/', boom('first'))
    app.onError(async () => boom('second')())
    await klaxon.wrap(app).fetch(ask('/'))
    expect(await recorded()).toMatchObject([
      { errorMessage: 'second', causes: [{ name: 'TypeError', message: 'first' }] },
    ])
  })

  test('has a thrown redirect recorded where the option wants it', async () => {
    const { klaxon, recorded } = recording({ capture: ({ kind }) => kind === 'thrown' })
    const app = new Hono().get('/', async () => {
      throw new HTTPException(302, { res: Response.redirect('http://x/login') })
    })
    expect((await klaxon.wrap(app).fetch(ask('/'))).status).toBe(302)
    expect(await recorded()).toMatchObject([{ kind: 'thrown', status: 302 }])
  })

  test.each(['fetch', 'onError', 'errorHandler', 'getPath', 'router'])(
    'is known by its %s, among others',
    (name) => {
      const app = new Hono()
      expect(isHono(app)).toBe(true)
      expect(isHono(Object.create(app, { [name]: { value: {} } }) as object)).toBe(false)
      expect(isHono(Object.create(app, { [name]: { value: undefined } }) as object)).toBe(false)
    },
  )

  test('that is frozen is served, and its failures are recorded', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { klaxon, recorded } = recording()
    const app = Object.freeze(new Hono().get('/api/boom', boom()).get('/ok', (c) => c.text('ok')))
    const wrapped = klaxon.wrap(app)
    expect(await (await wrapped.fetch(ask('/ok'))).text()).toBe('ok')
    const response = await wrapped.fetch(ask('/api/boom'))
    expect(await response.json()).toMatchObject({ success: false })
    expect(await recorded()).toMatchObject([{ status: 500 }])
  })

  test('gives c.get("klaxon") without the middleware', async () => {
    const { klaxon, recorded } = recording()
    let id: string | undefined
    const app = new Hono().get('/x', (c) => {
      const variable = c.get('klaxon')
      variable.setUser({ id: 'u1', name: 'Grace' })
      variable.set({ orderId: 7 })
      variable.note('cart loaded', { items: 2 })
      id = variable.id
      return c.text('no', 503)
    })
    const response = await klaxon.wrap(app).fetch(ask('/x'))
    expect(response.headers.get('x-error-id')).toBe(id)
    expect(await recorded()).toMatchObject([
      {
        id,
        username: 'Grace',
        context: { orderId: 7 },
        breadcrumbs: [{ kind: 'note', message: 'cart loaded', data: { items: 2 } }],
      },
    ])
  })
})

describe('a response under an API path that gets no envelope', () => {
  const html = { headers: { 'content-type': 'text/html', vary: 'accept' } }
  const responses: Record<string, () => Response> = {
    html: () => new Response('<p>', html),
    events: () => new Response('data: 1\n\n', { headers: { 'content-type': 'text/event-stream' } }),
    encoded: () =>
      new Response('{}', {
        headers: { 'content-type': 'application/json', 'content-encoding': 'br' },
      }),
    nothing: () => new Response(null, { status: 204 }),
    moved: () => new Response(null, { status: 302, headers: { location: '/' } }),
  }

  test.each(Object.keys(responses))('is the same object: %s', async (name) => {
    const { klaxon } = recording()
    const made = responses[name]!()
    const app = new Hono().get('/api/x', () => made)
    expect(await klaxon.wrap(app).request('/api/x')).toBe(made)
  })

  test('is the same object for HEAD', async () => {
    const { klaxon } = recording()
    const made = new Response(null, html)
    const app = new Hono().on('HEAD', '/api/x', () => made)
    app.get('/api/x', () => made)
    const response = await klaxon.wrap(app).request('/api/x', { method: 'HEAD' })
    const bare = await app.request('/api/x', { method: 'HEAD' })
    expect([...response.headers]).toEqual([...bare.headers])
  })
})
