import { afterEach, describe, expect, test, vi } from 'vitest'
import { recording } from '../support/recording.ts'

const API = Symbol.for('opentelemetry.js.api.1')
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN')
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

type Fetch = (request: Request) => Response

afterEach(() => {
  delete (globalThis as Record<symbol, unknown>)[API]
})

/**
 * What `@opentelemetry/api` 1.x leaves in the global object once a context manager is registered.
 */
function activeSpan(span: object): void {
  const active = () => ({ getValue: (key: symbol) => (key === SPAN ? span : undefined) })
  ;(globalThis as Record<symbol, unknown>)[API] = { context: { active } }
}

describe('traceparent()', () => {
  const { klaxon } = recording()

  test('keeps the trace of the request, with a span of its own', () => {
    const incoming = `00-${TRACE}-00f067aa0ba902b7-00`
    const request = new Request('http://x/', { headers: { traceparent: incoming } })
    const header = klaxon.traceparent(request)
    expect(header).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-00$`))
    expect(header).not.toContain('00f067aa0ba902b7')
  })

  test('begins a trace for a request without one, and the failure is recorded with it', async () => {
    const own = recording()
    let header = ''
    const run = own.klaxon.wrap((request: Request) => {
      header = own.klaxon.traceparent(request)
      expect(own.klaxon.traceparent(request).slice(0, 35)).toBe(header.slice(0, 35))
      return new Response(null, { status: 502 })
    }) as unknown as Fetch
    run(new Request('http://x/', { headers: { traceparent: `00-${'0'.repeat(32)}-1-01` } }))
    expect(header).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
    expect((await own.recorded())[0]!.traceId).toBe(header.slice(3, 35))
  })

  test('names the active span of the app', () => {
    const spanContext = () => ({ traceId: TRACE, spanId: '00f067aa0ba902b7', traceFlags: 1 })
    activeSpan({ spanContext })
    expect(klaxon.traceparent(new Request('http://x/'))).toBe(`00-${TRACE}-00f067aa0ba902b7-01`)
  })
})

test('the active span is given the error id, and the row its trace', async () => {
  const setAttribute = vi.fn()
  const spanContext = () => ({ traceId: TRACE, spanId: '00f067aa0ba902b7', traceFlags: 1 })
  activeSpan({ setAttribute, spanContext })
  const { klaxon, recorded } = recording()
  const run = klaxon.wrap(() => new Response(null, { status: 500 })) as unknown as Fetch
  run(new Request('http://x/'))
  const [row] = await recorded()
  expect(row!.traceId).toBe(TRACE)
  expect(setAttribute).toHaveBeenCalledExactlyOnceWith('klaxon.error_id', row!.id)
})

test('a tracer that fails changes nothing', async () => {
  activeSpan({
    get setAttribute(): never {
      throw new Error('broken')
    },
    spanContext() {
      throw new Error('broken')
    },
  })
  const { klaxon, recorded } = recording()
  const run = klaxon.wrap(() => new Response(null, { status: 500 })) as unknown as Fetch
  expect(run(new Request('http://x/')).status).toBe(500)
  expect(await recorded()).toMatchObject([{ traceId: null }])
})

test.each([
  ['018f2f6e-7c1a-7cc0-8b1a-0123456789ab', '018f2f6e-7c1a-7cc0-8b1a-0123456789ab'],
  ['018F2F6E-7C1A-7CC0-8B1A-0123456789AB', '018f2f6e-7c1a-7cc0-8b1a-0123456789ab'],
  ['not an id', null],
  ['018f2f6e-7c1a-7cc0-8b1a-0123456789ab; drop', null],
])('the header x-klaxon-resend: %s is kept as %s', async (header, resentFrom) => {
  const { klaxon, recorded } = recording()
  const run = klaxon.wrap(() => new Response(null, { status: 500 })) as unknown as Fetch
  run(new Request('http://x/', { headers: { 'x-klaxon-resend': header } }))
  expect(await recorded()).toMatchObject([{ resentFrom }])
})

test('debug ids are read once, also where there are none', async () => {
  vi.resetModules()
  const { debugIds } = await import('../../src/capture/debug-ids.ts')
  const read = vi.fn(() => undefined)
  Object.defineProperty(globalThis, '_debugIds', { get: read, configurable: true })
  expect([debugIds(), debugIds()]).toEqual([null, null])
  Reflect.deleteProperty(globalThis, '_debugIds')
  expect(read).toHaveBeenCalledOnce()
})

test('debug ids that a bundler wrote are kept with a throw, by file', async () => {
  vi.resetModules()
  const { createKlaxon } = await import('../../src/klaxon.ts')
  const { memory } = await import('../../src/store/memory/memory.ts')
  const ids = {
    'Error\n    at file:///app/dist/worker.js:1:84\n    at ModuleJob.run (node:internal:1:2)':
      'ABCDEF0123456789ABCDEF0123456789',
    'Error\n    at eval (https://shop.example/chunk-2.js:3:9)':
      '01234567-89ab-4cde-8f01-23456789abcd',
    'no frames': 'ABCDEF0123456789ABCDEF0123456789',
    'Error\n    at x (/app/other.js:1:1)': 'not an id',
  }
  vi.stubGlobal('_debugIds', ids)
  const store = memory()
  const klaxon = createKlaxon({ store, log: false })
  const run = klaxon.wrap((): Response => {
    throw new Error('x')
  })
  ;(run as unknown as Fetch)(new Request('http://x/'))
  await klaxon.flush()
  vi.unstubAllGlobals()
  expect((await store.occurrences())[0]!.debugIds).toEqual({
    'file:///app/dist/worker.js': 'abcdef0123456789abcdef0123456789',
    'https://shop.example/chunk-2.js': '0123456789ab4cde8f0123456789abcd',
  })
})
