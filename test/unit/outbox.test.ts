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
    hang: () => (hangs = true),
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
  test('lines about records over the room of the outbox are written, as long as there is some left', async () => {
    const { fail, hang, log, klaxon } = setUp()
    hang()
    fail(undefined, 950)
    const records = (): number => log.records().length
    await vi.advanceTimersByTimeAsync(100)
    expect(records()).toBe(0)
    fail(undefined, 50)
    expect(records()).toBe(0)
    fail(undefined, 5)
    expect(records()).toBe(5)
    await vi.advanceTimersByTimeAsync(1)
    expect(records()).toBe(55)
    expect(klaxon.stats()).toMatchObject({ captured: 1_005, logged: 55, inFlight: 950 })
    fail()
    expect(records()).toBe(55)
    await vi.advanceTimersByTimeAsync(1)
    expect(records()).toBe(56)
    await vi.advanceTimersByTimeAsync(60_000)
    expectAccounts(klaxon)
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
