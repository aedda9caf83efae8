import { Hono } from 'hono'
import { afterEach, expect, test } from 'vitest'
import { isMarked } from '../../src/envelope/rewrite/mark.ts'
import { klaxon as honoMiddleware } from '../../src/hono/middleware.ts'
import { recording } from '../support/recording.ts'

const COUNT = Symbol.for('klaxon.observers')
const shared = globalThis as { [COUNT]?: number | undefined }
const before = shared[COUNT]
afterEach(() => {
  shared[COUNT] = before
})

const ENVELOPE = { success: true, result: { a: 1 }, message: null }

/** A wrapped app, the only one so far. `/api/again` answers with its own response. */
function onlyOne() {
  shared[COUNT] = undefined
  const { klaxon } = recording()
  const app: Hono = new Hono()
  app.get('/api/x', (c) => c.json({ a: 1 }))
  app.get('/api/again', () => wrapped.request('/api/x'))
  const wrapped = klaxon.wrap(app)
  return { klaxon, wrapped }
}

test('the envelope of the only wrapper has no mark, and stays one envelope', async () => {
  const { wrapped } = onlyOne()
  const once = await wrapped.request('/api/x')
  expect(isMarked(once)).toBe(false)
  expect(await once.json()).toEqual(ENVELOPE)
  expect(await (await wrapped.request('/api/again')).json()).toEqual(ENVELOPE)
})

test('a failure of the only wrapper that comes back to it has one id, one row, one envelope', async () => {
  shared[COUNT] = undefined
  const { klaxon, recorded } = recording()
  const app: Hono = new Hono()
  app.get('/api/gone', (c) => c.json({ message: 'gone' }, 404))
  app.get('/api/again', () => wrapped.request('/api/gone'))
  const wrapped = klaxon.wrap(app)
  const response = await wrapped.request('/api/again')
  expect(await response.json()).toEqual({ success: false, result: null, message: 'gone' })
  const rows = await recorded()
  expect(rows).toHaveLength(1)
  expect(response.headers.get('x-error-id')).toBe(rows[0]!.id)
})

test('a long envelope of the only wrapper that comes back to it stays one', async () => {
  shared[COUNT] = undefined
  const { klaxon } = recording()
  const app: Hono = new Hono()
  const wrapped = klaxon.wrap(app)
  const text = 'é'.repeat(600_000)
  app.get('/api/long', (c) => c.json({ text }))
  app.get('/api/long-again', () => wrapped.request('/api/long'))
  const envelope = (await (await wrapped.request('/api/long-again')).json()) as object
  expect(envelope).toEqual({ success: true, result: { text }, message: null })
})

test.each(['wrapper', 'middleware', 'Hono wrapper'])(
  'it has a mark once there is another %s',
  async (other) => {
    const { klaxon, wrapped } = onlyOne()
    if (other === 'wrapper') klaxon.wrap(() => new Response())
    else if (other === 'middleware') honoMiddleware(klaxon)
    else klaxon.wrap(new Hono())
    expect(isMarked(await wrapped.request('/api/x'))).toBe(true)
  },
)

test('it has a mark where a wrapped app may be mounted', async () => {
  const { wrapped } = onlyOne()
  const parent = new Hono().route('/', wrapped)
  expect(isMarked(await wrapped.request('/api/x'))).toBe(true)
  expect(await (await parent.request('/api/x')).json()).toEqual(ENVELOPE)
})

test('all of them have a mark where the global object takes no count', async () => {
  onlyOne()
  Object.defineProperty(globalThis, COUNT, {
    value: undefined,
    writable: false,
    configurable: true,
  })
  try {
    const { klaxon } = recording()
    const wrapped = klaxon.wrap(new Hono().get('/api/x', (c) => c.json({ a: 1 })))
    expect(isMarked(await wrapped.request('/api/x'))).toBe(true)
  } finally {
    Reflect.deleteProperty(globalThis, COUNT)
  }
})
