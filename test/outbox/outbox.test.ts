import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import type { Store, WriteBatch } from '../../src/model/store.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { expectAccounts, keptLog } from '../support/rig/checker.ts'

type Fetch = (request: Request, env?: unknown, ctx?: unknown) => Response

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A memory store that keeps the batch of each round trip, and may never answer. */
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

/** The context of a request. It counts the calls of `waitUntil`. */
function context() {
  const waits: Promise<unknown>[] = []
  return { waits, waitUntil: (promise: Promise<unknown>) => void waits.push(promise) }
}

/** The contexts that wait for something. */
const waiting = (contexts: ReturnType<typeof context>[]): number[] =>
  contexts.flatMap(({ waits }, nth) => (waits.length > 0 ? [nth] : []))

describe('a batch', () => {
  test('is waited for by three requests, whatever number has an occurrence in it', async () => {
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
    expect(writes.map(({ occurrences: entries }) => entries.length)).toEqual([100])
    await vi.advanceTimersByTimeAsync(40)
    expect(writes.map(({ occurrences: entries }) => entries.length)).toEqual([100, 1])
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
    // Requests whose timers never fire, like those of a dead request in workerd.
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

describe('the reports of batches', () => {
  test('add up to what is stored when two are in flight, and one that is sent again reports the same', async () => {
    const { fail, hang, klaxon, writes } = setUp()
    hang()
    fail(undefined, 400)
    await vi.advanceTimersByTimeAsync(1_000)
    hang(false)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(klaxon.stats()).toMatchObject({ captured: 400, stored: 400 })
    const reported = writes.flatMap(({ accounts }) => accounts!)
    const accounts = new Map(reported.map((account) => [account.id, account]))
    for (const account of reported) expect(account).toEqual(accounts.get(account.id))
    expect([writes.length > 4, accounts.size]).toEqual([true, 4])
    const sum = [...accounts.values()].reduce((total, { stored }) => total + stored, 0)
    expect(sum).toBe(400)
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

  test('a flood of statuses below 500 leaves room for the failures of the app', async () => {
    const { hang, log, klaxon } = setUp()
    hang()
    const statuses = klaxon.wrap((request: Request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/pay') throw new Error('payment provider gone')
      return new Response(null, { status: 403 })
    }) as unknown as (request: Request) => Response
    const name = (nth: number) => nth.toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[+digit]!)
    for (let nth = 0; nth < 2_000; nth++) statuses(new Request(`http://x/${name(nth)}`))
    expect(klaxon.stats()).toMatchObject({ captured: 2_000, inFlight: 750 })
    const ids = log.records().map(({ occurrence }) => occurrence.path)
    for (let nth = 0; nth < 250; nth++) statuses(new Request('http://x/pay'))
    expect(klaxon.stats()).toMatchObject({ captured: 2_250, inFlight: 1_000 })
    expect(log.records().map(({ occurrence }) => occurrence.path)).toEqual(ids)
    await vi.advanceTimersByTimeAsync(60_000)
    expectAccounts(klaxon)
  })

  test('a flood of long requests below 500 leaves room for the failures of the app too', async () => {
    const { hang, log, klaxon } = setUp()
    hang()
    const statuses = klaxon.wrap((request: Request) => {
      if (request.method === 'PUT') throw new Error('payment provider gone')
      return new Response(null, { status: 404 })
    }) as unknown as (request: Request) => Response
    const names = ['accept', 'content-type', 'user-agent', 'origin', 'referer', 'x-request-id']
    const headers = Object.fromEntries(names.map((name) => [name, 'word '.repeat(400)]))
    const url = `http://x/search?q=${'word+'.repeat(400)}`
    for (let nth = 0; nth < 700; nth++) statuses(new Request(url, { headers }))
    const { logged, inFlight } = klaxon.stats()
    // The length is the limit here, not the number.
    expect([logged > 0, inFlight < 700]).toEqual([true, true])
    for (let nth = 0; nth < 60; nth++) statuses(new Request(url, { headers, method: 'PUT' }))
    expect(klaxon.stats()).toMatchObject({ captured: 760, logged, inFlight: inFlight + 60 })
    expect(log.records().every(({ occurrence }) => occurrence.kind === 'status')).toBe(true)
    await vi.advanceTimersByTimeAsync(60_000)
    // What has ended takes no room.
    statuses(new Request(url, { headers }))
    expect(klaxon.stats().inFlight).toBe(1)
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
    expect(
      writes.map(({ occurrences: entries }) => entries.map(({ count, row }) => [count, row])),
    ).toEqual([
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
