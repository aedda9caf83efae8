import { Hono } from 'hono'
import { describe, expect, test, vi } from 'vitest'
import { recording } from '../support/recording.ts'

const ask = (path: string) => new Request(`http://x${path}`)

const wrap = <App extends object>(app: App): App => recording().klaxon.wrap(app as Hono) as never

describe('a wrapped Hono app', () => {
  test.each(['constructor', 'errorHandler', 'getPath'] as const)(
    'has the %s of the app',
    (name) => {
      const app = new Hono()
      expect(wrap(app)[name as 'getPath']).toBe(app[name as 'getPath'])
    },
  )

  test('has the error handler that the app gets later', () => {
    const app = new Hono()
    const wrapped = wrap(app)
    wrapped.onError((_, c) => c.text('own', 500))
    expect(wrapped['errorHandler']).toBe(app['errorHandler'])
  })

  test('gives out what a method returns, and itself in the place of the app', () => {
    class Api extends Hono {
      readonly #version = '2'
      version(): string {
        return this.#version
      }
      self(): this {
        return this
      }
    }
    const wrapped = wrap(new Api())
    expect(wrapped.version()).toBe('2')
    expect(wrapped.self()).toBe(wrapped)
    const based = wrapped.basePath('/v1')
    expect(based).not.toBe(wrapped)
    based.get('/x', (c) => c.text('x'))
    expect(wrapped.routes.map(({ path }) => path)).toEqual(['/*', '/v1/x'])
  })

  test('has no getter of the app read while it is wrapped', () => {
    const read = vi.fn(() => () => 'read')
    class Api extends Hono {
      get late(): () => string {
        return read()
      }
    }
    const wrapped = wrap(new Api())
    expect(read).not.toHaveBeenCalled()
    expect(wrapped.late()).toBe('read')
  })

  test('has the value that hides a method of its class', () => {
    class Base extends Hono {
      limit(): number {
        return 1
      }
    }
    const app = Object.assign(new Base() as Omit<Base, 'limit'>, { limit: 5 })
    expect(wrap(app).limit).toBe(5)
  })

  test('has no method of its own that all objects have', () => {
    const own = Object.keys(wrap(new Hono()))
    expect(own.filter((name) => name in Object.prototype)).toEqual([])
    expect(own).toEqual(expect.arrayContaining(['get', 'route', 'fetch', 'request', 'routes']))
  })

  test('may come from an object without a class', async () => {
    const { klaxon, recorded } = recording()
    const { fetch, onError, errorHandler, getPath, router } = new Hono().get('/no', (c) =>
      c.text('no', 404),
    ) as unknown as Record<string, unknown>
    const members = { fetch, onError, errorHandler, getPath, router, routes: [] }
    const app = Object.assign(Object.create(null) as object, members) as unknown as Hono
    expect((await klaxon.wrap(app).fetch(ask('/no'))).status).toBe(404)
    expect(await recorded()).toMatchObject([{ kind: 'status', status: 404 }])
  })

  test("begins its routes with klaxon's middleware, as the app would register it", () => {
    const app = new Hono().get('/x', (c) => c.text('x'))
    const [first, ...rest] = wrap(app).routes
    const [registered] = new Hono().use(async () => {}).routes
    expect(first).toEqual({ ...registered, handler: expect.any(Function) })
    expect(rest).toEqual(app.routes)
  })

  test("has the app's fetch back after a request to an address that cannot be parsed", () => {
    const app = new Hono()
    const { fetch } = app
    expect(() => wrap(app).request('http://[')).toThrow(TypeError)
    expect(app.fetch).toBe(fetch)
  })

  test('listens for the event `fetch` once it is fired', () => {
    const listen = vi.fn()
    vi.stubGlobal('addEventListener', listen)
    wrap(new Hono()).fire()
    vi.unstubAllGlobals()
    expect(listen.mock.calls).toEqual([['fetch', expect.any(Function)]])
  })
})
