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
