import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { klaxon as middleware } from '../../src/hono/middleware.ts'
import { recording } from '../support/recording.ts'

const ask = (path: string) => new Request(`http://x${path}`)
const boom = (): never => {
  throw new TypeError('boom')
}

/** An app with klaxon's middleware, its recorded occurrences, and klaxon's warnings. */
function setUp(options: KlaxonOptions = {}) {
  const warn = vi.fn()
  const { klaxon, recorded } = recording({ log: { error() {}, warn }, ...options })
  const app = new Hono()
  return { app, klaxon, observe: middleware(klaxon), recorded, warn }
}

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe("klaxon's Hono middleware", () => {
  test('shows middleware further out a Response, also when it had to read the body', async () => {
    const { app, observe } = setUp()
    app.use(async (c, next) => {
      await next()
      c.res.headers.set('x-outer', '1')
    })
    app.use(observe).get('/api/x', () => Response.json({ message: 'hi', n: 1 }))
    const response = await app.fetch(ask('/api/x'))
    expect(response.headers.get('x-outer')).toBe('1')
    expect(await response.json()).toEqual({ success: true, result: { n: 1 }, message: 'hi' })
  })

  test('leaves a variable `klaxon` that the app has set before', async () => {
    const { app, observe } = setUp()
    app.use(async (c, next) => {
      c.set('klaxon', 'mine' as never)
      await next()
    })
    app.use(observe).get('/', (c) => c.text(String(c.get('klaxon'))))
    expect(await (await app.fetch(ask('/'))).text()).toBe('mine')
  })

  test.each(['/x', '/api/x'])("leaves Hono's answer where `rethrow` is set: %s", async (path) => {
    const { app, observe, recorded } = setUp({ rethrow: true })
    app.use(observe).get(path, boom)
    const response = await app.fetch(ask(path))
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error'])
    expect(await recorded()).toMatchObject([{ kind: 'thrown', status: 500 }])
  })

  test('gives no id to a handler that forgets to return where `capture` refuses it', async () => {
    const { app, observe, recorded } = setUp({ capture: () => false })
    app.use(observe).get('/', (() => {}) as never)
    app.onError((_, c) => c.text('sorry', 500))
    const response = await app.fetch(ask('/'))
    expect(response.status).toBe(500)
    expect(response.headers.get('x-error-id')).toBeNull()
    expect(await recorded()).toEqual([])
  })

  test("lets onError's answer out, although klaxon fails on it", async () => {
    const odd = { status: 500, headers: undefined }
    const { app, observe, warn } = setUp()
    app.use(observe).get('/', (c) => {
      const error = new Error('told twice')
      c.get('klaxon').report(error)
      throw error
    })
    app.onError(() => odd as never)
    expect(await app.fetch(ask('/'))).toBe(odd)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('klaxon failed on a request'))
  })
})

describe('middleware inside a wrapped Hono app', () => {
  test.each(['/x', '/api/x'])('lets the wrapper `rethrow`: %s', async (path) => {
    const { app, klaxon, observe, recorded } = setUp({ rethrow: true })
    const { fetch } = klaxon.wrap(app.use(observe).get(path, boom))
    await expect(async () => fetch(ask(path))).rejects.toThrow(new TypeError('boom'))
    expect(await recorded()).toHaveLength(1)
  })

  test('records what further middleware has set of the request', async () => {
    const { app, klaxon, observe, recorded } = setUp()
    app.use(async (c, next) => {
      c.get('klaxon').set({ orderId: 7 })
      await next()
    })
    app.use(observe).get('/', (c) => c.text('no', 404))
    await klaxon.wrap(app).fetch(ask('/'))
    expect(await recorded()).toMatchObject([{ status: 404, context: { orderId: 7 } }])
  })

  test('shares its failure with the wrapper where middleware has replaced the request', async () => {
    const { app, klaxon, observe, recorded } = setUp()
    app.use(async (c, next) => {
      c.req.raw = new Request(c.req.raw)
      await next()
      c.res = new Response('replaced', { status: 500 })
    })
    app.use(observe).get('/', boom)
    const response = await klaxon.wrap(app).fetch(ask('/'))
    expect(response.status).toBe(500)
    expect(await recorded()).toMatchObject([{ kind: 'thrown', errorMessage: 'boom' }])
  })
})
