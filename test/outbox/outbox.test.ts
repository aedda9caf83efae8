import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/core/options.ts'
import type { Store, WriteBatch } from '../../src/core/types.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory.ts'
import { expectAccounts, keptLog } from '../rig/checker.ts'

type Fetch = (request: Request, env?: unknown, ctx?: unknown) => Response

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A memory store that remembers what each round trip brought, and may never answer. */
function setUp(options: KlaxonOptions = {}) {
  const real = memory()
  const writes: WriteBatch[] = []
  let hangs = false
  const store: Store = {
    ...real,
    write(batch) {
      writes.push(batch)
      return hangs ? new Promise(() => {}) : real.write(batch)
    },
  }
  const log = keptLog()
  const klaxon = createKlaxon({ store, log, ...options })
  let thrown = 0
  const fetch = klaxon.wrap(() => {
    throw new Error(`Order ${++thrown} is late`)
  }) as unknown as Fetch
  return {
    klaxon,
    log,
    writes,
    store: real,
    hang: (on = true) => (hangs = on),
    /** Failing requests of one context. */
    fail: (ctx?: unknown, times = 1) => {
      for (let nth = 0; nth < times; nth++) fetch(new Request('http://x/broken'), {}, ctx)
    },
  }
}

/** A request's context, which tells how often it was asked to wait. */
function context() {
  const waits: Promise<unknown>[] = []
  return { waits, waitUntil: (promise: Promise<unknown>) => void waits.push(promise) }
}

/** Which of these contexts wait for something. */
const waiting = (contexts: ReturnType<typeof context>[]): number[] =>
  contexts.flatMap(({ waits }, nth) => (waits.length > 0 ? [nth] : []))

describe('a batch', () => {
  test('is seen through by three requests, whatever number has a record in it', async () => {
    const { klaxon, fail, writes, store } = setUp()
    const contexts = Array.from({ length: 60 }, context)
    for (const ctx of contexts) fail(ctx)
    expect(waiting(contexts)).toEqual([0, 1, 2])
    await vi.advanceTimersByTimeAsync(200)
    await Promise.all(contexts.flatMap(({ waits }) => waits))
    expect(writes).toHaveLength(1)
    expect(await store.occurrences({ limit: 100 })).toHaveLength(60)
    expectAccounts(klaxon)
  })

  test('counts a request once, however often it fails: all it waits for ends with it', () => {
    const { fail } = setUp()
    const contexts = Array.from({ length: 4 }, context)
    fail(contexts[0], 20)
    for (const ctx of contexts.slice(1)) fail(ctx)
    expect(waiting(contexts)).toEqual([0, 1, 2])
    expect(contexts[0]!.waits).toHaveLength(1)
  })

  test('is carried at once by the request that fills it', async () => {
    const { fail, writes } = setUp()
    const contexts = Array.from({ length: 101 }, context)
    for (const ctx of contexts) fail(ctx)
    expect(waiting(contexts)).toEqual([0, 1, 2, 99, 100])
    await vi.advanceTimersByTimeAsync(10)
    expect(writes.map(({ entries }) => entries.length)).toEqual([100])
    await vi.advanceTimersByTimeAsync(40)
    expect(writes.map(({ entries }) => entries.length)).toEqual([100, 1])
  })

  test('does not count work without a context among those: it may end with any request', () => {
    const { klaxon, fail } = setUp()
    for (let nth = 0; nth < 3; nth++) klaxon.report(new Error('handled'))
    const contexts = Array.from({ length: 4 }, context)
    for (const ctx of contexts) fail(ctx)
    expect(waiting(contexts)).toEqual([0, 1, 2])
  })

  test('does not count a context that takes no promise', () => {
    const { fail } = setUp()
    const broken = (): object => ({
      waitUntil() {
        throw new TypeError('Illegal invocation')
      },
    })
    for (let nth = 0; nth < 3; nth++) fail(broken())
    const contexts = Array.from({ length: 4 }, context)
    for (const ctx of contexts) fail(ctx)
    expect(waiting(contexts)).toEqual([0, 1, 2])
  })

  test('has its tries after a process was frozen for long', async () => {
    const { fail, log, store, klaxon } = setUp({ maxRowsPerMinute: 1 })
    fail(undefined, 2)
    vi.setSystemTime(Date.now() + 60_000)
    await vi.advanceTimersByTimeAsync(60)
    fail()
    await vi.advanceTimersByTimeAsync(60)
    await klaxon.flush()
    expect(log.records()).toEqual([])
    expect((await store.issues())[0]?.count).toBe(3)
    expect(klaxon.stats()).toMatchObject({ captured: 3, stored: 3, inFlight: 0 })
  })

  test('that no one has carried in time gets another request', async () => {
    const { fail, klaxon, store } = setUp()
    const dead = { waitUntil: () => {} }
    // Requests whose timers never fire, as of one that died in workerd.
    const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation((() => 0) as never)
    fail({ ...dead })
    fail({ ...dead })
    fail({ ...dead })
    timers.mockRestore()
    const early = context()
    fail(early)
    expect(waiting([early])).toEqual([])
    await vi.advanceTimersByTimeAsync(101)
    const late = context()
    fail(late)
    expect(waiting([late])).toEqual([0])
    await vi.advanceTimersByTimeAsync(60)
    expect(await store.occurrences()).toHaveLength(5)
    const next = context()
    fail(next)
    expect(waiting([next])).toEqual([0])
    await vi.advanceTimersByTimeAsync(60)
    expect(klaxon.stats()).toMatchObject({ captured: 6, stored: 6, inFlight: 0 })
  })
})

describe('behind the response', () => {
  test('a thousand records wait, and the line about each one more is written at once', async () => {
    const { fail, hang, log, klaxon } = setUp()
    hang()
    fail(undefined, 1_000)
    await vi.advanceTimersByTimeAsync(100)
    expect(klaxon.stats()).toMatchObject({ captured: 1_000, logged: 0, inFlight: 1_000 })
    fail(undefined, 5)
    expect(log.records()).toHaveLength(5)
    expect(klaxon.stats()).toMatchObject({ captured: 1_005, logged: 5, inFlight: 1_000 })
    await vi.advanceTimersByTimeAsync(60_000)
    expectAccounts(klaxon)
  })

  test('over the rows of a minute, thousands of one issue are one record and no line', async () => {
    const { fail, log, klaxon, store } = setUp({ fingerprint: () => 'one', maxRowsPerMinute: 10 })
    fail(undefined, 5_000)
    expect(klaxon.stats()).toMatchObject({ captured: 5_000, inFlight: 5_000, logged: 0 })
    await vi.advanceTimersByTimeAsync(200)
    await klaxon.flush()
    expect(log.records()).toEqual([])
    expect((await store.issues()).map(({ count }) => count)).toEqual([5_000])
    expect(await store.occurrences({ limit: 100 })).toHaveLength(10)
    expect(klaxon.stats()).toMatchObject({ captured: 5_000, stored: 5_000, inFlight: 0 })
  })

  test('what was merged as it came joins what came before in its batch', async () => {
    const { fail, hang, klaxon, store } = setUp({ fingerprint: () => 'one', maxRowsPerMinute: 50 })
    hang()
    fail(undefined, 50)
    await vi.advanceTimersByTimeAsync(60)
    fail(undefined, 400)
    hang(false)
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await store.issues()).map(({ count }) => count)).toEqual([450])
    expect(klaxon.stats()).toMatchObject({ captured: 450, stored: 450, inFlight: 0 })
  })

  test('fingerprints are made, over the rows of a minute too, where one issue is one record', async () => {
    const fingerprint = vi.fn(() => 'late')
    const { fail, klaxon, writes, store } = setUp({ fingerprint, maxRowsPerMinute: 2 })
    fail(undefined, 40)
    expect(fingerprint).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(60)
    expect(fingerprint).toHaveBeenCalledTimes(40)
    expect(writes.map(({ entries }) => entries.map(({ count, row }) => [count, row]))).toEqual([
      [
        [1, true],
        [1, true],
        [38, false],
      ],
    ])
    expect(await store.occurrences()).toHaveLength(2)
    expect((await store.issues()).map(({ count }) => count)).toEqual([40])
    expect(klaxon.stats()).toMatchObject({ captured: 40, stored: 40, inFlight: 0 })
  })
})
