import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { createFlusher } from '../../src/outbox/flusher.ts'
import { createRowLimits } from '../../src/outbox/rows.ts'
import { createCounters, createStats } from '../../src/outbox/stats.ts'
import { type Batch, createOutbox } from '../../src/outbox/outbox.ts'
import { StoreError } from '../../src/model/store-error.ts'
import { anOccurrence } from '../support/store-fixtures.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { account, expectAccounts, idsOf, NOTHING_WRONG } from '../support/rig/checker.ts'
import { isolate, storm } from '../support/rig/storm.ts'

// The clock is fake: minutes pass at once, and no test waits for real time.
beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'Date'],
    now: Date.UTC(2026, 10, 21, 12),
  })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const ALL_ROWS = { now: Date.now, maxRowsPerMinute: Infinity, rowsPerIssueAnHour: Infinity }
const never = () => new Promise<never>(() => {})
const NO_ROWS: Omit<Store, 'name' | 'write'> = {
  settle: async () => {},
  prune: async () => ({ occurrences: 0, issues: 0, more: false }),
  setIssue: async () => 0,
  issues: async () => [],
  occurrences: async () => [],
}

/** A store that can be unreachable, and keeps the time of each call. */
function switched(write: (entries: readonly QueuedOccurrence[]) => Promise<void> = async () => {}) {
  const ids: string[] = []
  const asked: number[] = []
  const store: Store & { up: boolean; ids: string[]; asked: number[] } = {
    name: 'switched',
    up: true,
    ids,
    asked,
    ...NO_ROWS,
    async write({ occurrences: entries }) {
      asked.push(Date.now())
      if (!store.up) await write(entries)
      for (const { occurrence } of entries)
        if (!ids.includes(occurrence.id)) ids.push(occurrence.id)
      return { claims: [] }
    },
  }
  return store
}

async function refuse(): Promise<void> {
  throw new TypeError('fetch failed')
}

describe('an outage', () => {
  test('60 s without a database at 200 errors a second loses none of 12,000', async () => {
    const store = switched(refuse)
    const kept: QueuedOccurrence[] = []
    const one = isolate({
      store,
      fallback: {
        name: 'kept',
        put: async (entries) => void kept.push(...entries),
        async replay(write) {
          const batch = kept.splice(0, 100)
          if (batch.length > 0) await write(batch)
          return batch.length
        },
      },
    })
    store.up = false
    const ids: string[] = []
    for (let second = 0; second < 60; second++) {
      for (let tenth = 0; tenth < 10; tenth++) {
        const before = store.asked.length
        ids.push(...(await storm(one, { requests: 20, room: Infinity })))
        // The responses went out before the first call of the store.
        expect(store.asked).toHaveLength(before)
        await pass(100)
      }
    }
    store.up = true
    await pass(30_000)
    expect(one.klaxon.stats()).toMatchObject({ captured: 12_000, inFlight: 0 })
    for (let nth = 0; nth < 200 && kept.length > 0; nth++) await one.klaxon.maintain()
    expectAccounts(one.klaxon)
    const sinks = { store: store.ids, fallback: idsOf(kept), log: idsOf(one.log.records()) }
    expect(account(ids, sinks)).toEqual(NOTHING_WRONG)
    expect(kept).toEqual([])
    expect(one.log.records()).toEqual([])
  }, 60_000)

  test('without a fallback the log has every record of the outage', async () => {
    const store = switched(refuse)
    store.up = false
    const one = isolate({ store })
    const ids: string[] = []
    for (let second = 0; second < 60; second++) {
      ids.push(...(await storm(one, { requests: 200, room: Infinity })))
      await pass(1_000)
    }
    await pass(30_000)
    expect(account(ids, { store: store.ids, log: idsOf(one.log.records()) })).toEqual(NOTHING_WRONG)
    expect(one.klaxon.stats()).toMatchObject({ captured: 12_000, logged: 12_000, inFlight: 0 })
    // klaxon logs its own failure once a minute.
    expect(one.log.warnings().length).toBeLessThanOrEqual(3)
  }, 60_000)
})

describe('a database that accepts and never answers', () => {
  test('each try ends within 4.1 s and all background work within 25 s', async () => {
    const store = switched(never)
    store.up = false
    let work: Promise<unknown> | undefined
    let ended = 0
    const hanging = { name: 'hanging', put: never }
    const notify = { name: 'hanging', send: never }
    const one = isolate({ store, fallback: hanging, notify })
    const began = Date.now()
    const ctx = { waitUntil: (promise: Promise<unknown>) => void (work = promise) }
    const id = one.klaxon.report(new Error('x'), { ctx })
    void work!.then(() => (ended = Date.now()))
    await pass(60_000)
    expect(ended - began).toBeGreaterThan(16_000)
    expect(ended - began).toBeLessThanOrEqual(25_000)
    expect(store.asked).toHaveLength(4)
    for (const [nth, at] of store.asked.entries())
      if (nth > 0) expect(at - store.asked[nth - 1]!).toBeLessThanOrEqual(4_100 + 2_000)
    expect(idsOf(one.log.records())).toEqual([id])
    expectAccounts(one.klaxon)
  })

  test('not even with a Retry-After on every late refusal', async () => {
    const store = switched(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_900))
      throw new StoreError('transient', { code: 503, retryAfterMs: 60_000 })
    })
    store.up = false
    let ended = 0
    const one = isolate({ store, fallback: { name: 'hanging', put: never } })
    const began = Date.now()
    const ctx = {
      waitUntil: (work: Promise<unknown>) => void work.then(() => (ended = Date.now())),
    }
    one.klaxon.report(new Error('x'), { ctx })
    await pass(60_000)
    expect(ended).toBeGreaterThan(began)
    expect(ended - began).toBeLessThanOrEqual(25_000)
    expect(one.klaxon.stats()).toMatchObject({ captured: 1, logged: 1, inFlight: 0 })
  })

  test('a storm on it loses nothing either', async () => {
    const store = switched(never)
    store.up = false
    const one = isolate({ store })
    const ids = await storm(one, { requests: 10_000, room: Infinity })
    await pass(60_000)
    expect(account(ids, { log: idsOf(one.log.records()) })).toEqual(NOTHING_WRONG)
    expect(one.klaxon.stats()).toMatchObject({ captured: 10_000, logged: 10_000, inFlight: 0 })
  }, 60_000)
})

describe('a channel that hangs', () => {
  test('is left after 3 s, its alert stays pending, and storing goes on', async () => {
    const store = memory()
    const sent: number[] = []
    let hangs = true
    const notify = {
      name: 'slow',
      send: () => {
        sent.push(Date.now())
        return hangs ? never() : Promise.resolve({ ok: true as const })
      },
    }
    const one = isolate({ store, notify })
    const began = Date.now()
    let ended = 0
    const ctx = {
      waitUntil: (work: Promise<unknown>) => void work.then(() => (ended = Date.now())),
    }
    one.klaxon.report(new Error('x'), { ctx })
    await pass(100)
    expect(one.klaxon.stats()).toMatchObject({ stored: 1, inFlight: 0 })
    await pass(5_000)
    expect(ended - began).toBeLessThanOrEqual(3_100)
    hangs = false
    await pass(60_000)
    expect((await one.klaxon.maintain())!.alerts).toBe(1)
    expect(sent).toHaveLength(2)
  })
})

describe('a request that dies', () => {
  /** A new outbox, so that a test can end a request by never running its timers. */
  function rig() {
    const stats = createStats()
    const batches: Batch[] = []
    const outbox = createOutbox({
      now: Date.now,
      finish: () => {},
      log: () => true,
      announce: () => {},
      onError: () => {},
      counters: createCounters(stats),
      rows: createRowLimits(ALL_ROWS),
    })
    let dies = true
    let wake = (): void => {}
    const flusher = createFlusher({
      outbox,
      now: Date.now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onError: () => {},
      async deliver(batch) {
        batches.push({ ...batch, items: [...batch.items] })
        if (dies) await new Promise<void>((resolve) => (wake = resolve))
        for (const item of batch.items) outbox.end(item, 'stored')
      },
    })
    const captured = () => ({ occurrence: anOccurrence(), code: null, size: 900 })
    return {
      stats,
      batches,
      flusher,
      add: () => outbox.add(captured())!,
      revive: () => (dies = false),
      wake: () => wake(),
    }
  }

  test('has its whole batch taken over by one that waits', async () => {
    const { stats, batches, flusher, add, revive } = rig()
    const items = Array.from({ length: 50 }, add)
    for (const item of items) void flusher.flush(item.batch)
    await pass(60)
    expect(batches.map(({ items }) => items.length)).toEqual([50])
    revive()
    await pass(4_000)
    expect(stats.stored).toBe(0)
    await pass(2_000)
    expect(stats).toMatchObject({ captured: 50, stored: 50, inFlight: 0 })
    expect(batches).toHaveLength(2)
  })

  test('and once more when the one that took it over dies as well', async () => {
    const { stats, batches, flusher, add, revive } = rig()
    const items = Array.from({ length: 50 }, add)
    for (const item of items.slice(0, 3)) void flusher.flush(item.batch)
    await pass(6_000)
    expect(batches).toHaveLength(2)
    revive()
    await pass(6_000)
    expect(batches).toHaveLength(3)
    expect(stats).toMatchObject({ captured: 50, stored: 50, inFlight: 0 })
  })

  test('and one that only seemed dead and comes back counts nothing twice', async () => {
    const { stats, flusher, add, revive, wake } = rig()
    for (const item of Array.from({ length: 50 }, add)) void flusher.flush(item.batch)
    await pass(60)
    revive()
    await pass(6_000)
    wake()
    await pass(100)
    expect(stats).toMatchObject({ captured: 50, stored: 50, inFlight: 0 })
  })

  test('a fault of klaxon itself in delivery leaves every record in the log', async () => {
    const stats = createStats()
    const log = vi.fn(() => true)
    const outbox = createOutbox({
      now: Date.now,
      finish: () => {},
      log,
      announce: () => {},
      onError: () => {},
      counters: createCounters(stats),
      rows: createRowLimits(ALL_ROWS),
    })
    const onError = vi.fn()
    const flusher = createFlusher({
      outbox,
      now: Date.now,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      onError,
      deliver: () => Promise.reject(new TypeError('ours')),
    })
    for (let nth = 0; nth < 20; nth++)
      void flusher.flush(outbox.add({ occurrence: anOccurrence(), code: null, size: 900 })!.batch)
    await pass(10_000)
    expect(log).toHaveBeenCalledTimes(20)
    expect(onError).toHaveBeenCalled()
    expect(stats).toMatchObject({ captured: 20, logged: 20, inFlight: 0 })
  })

  test('with no other waiting, is flushed by the next request', async () => {
    const { stats, flusher, add, revive } = rig()
    void flusher.flush(add().batch)
    const lost = add()
    await pass(60)
    expect(lost.batch.isSealed).toBe(true)
    const waiting = add()
    revive()
    await pass(10_000)
    // No living request owns `waiting` either: its request died before its first timer.
    void flusher.flush(add().batch)
    await pass(1_000)
    expect(waiting.hasEnded).toBe(true)
    expect(stats).toMatchObject({ captured: 4, stored: 4, inFlight: 0 })
  })
})

describe('time', () => {
  test('at 50 requests a second, 20% errors, nothing is left behind and the heap stays level', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const log = { error: () => {}, warn: () => {} }
    const store = { name: 'forgetful', write: async () => ({ claims: [] }), ...NO_ROWS }
    const one = isolate({ store, log })

    async function minutes(count: number): Promise<number> {
      for (let second = 0; second < count * 60; second++) {
        for (let nth = 0; nth < 40; nth++) await one.fetch(new Request('http://rig/fine'))
        await storm(one, { requests: 10, room: Infinity })
        await pass(1_000)
      }
      await pass(30_000)
      collect()
      return process.memoryUsage().heapUsed
    }

    const warm = await minutes(10)
    // A leak of a byte per request would be 60 KB now, and a leak of an object per request some MB.
    expect((await minutes(20)) - warm).toBeLessThan(500_000)
    expect(one.klaxon.stats()).toMatchObject({ captured: 18_000, stored: 18_000, inFlight: 0 })
    expect(vi.getTimerCount()).toBe(0)
    const idle = vi.fn()
    void one.klaxon.flush().then(() => idle())
    await pass(0)
    expect(idle).toHaveBeenCalled()
  }, 60_000)

  test('over maxRowsPerMinute occurrences are counted exactly, without rows', async () => {
    const store = memory()
    const one = isolate({ store, maxRowsPerMinute: 600 })
    let ids: string[] = []
    for (let minute = 0; minute < 3; minute++) {
      for (let nth = 0; nth < 10; nth++) {
        ids = ids.concat(await storm(one, { requests: 200, room: Infinity }))
        await pass(2_000)
      }
      await pass(40_000)
    }
    expect(one.klaxon.stats()).toMatchObject({ captured: 6_000, stored: 6_000, inFlight: 0 })
    expectAccounts(one.klaxon)
    expect(await store.occurrences({ limit: 10_000 })).toHaveLength(1_800)
    const counts = (await store.issues()).map(({ count }) => count)
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(6_000)
  })

  test("klaxon's own failures are told once a minute and never captured", async () => {
    const store = switched(async () => Promise.reject(new Error('captured request inside')))
    store.up = false
    const one = isolate({
      store,
      notify: { name: 'broken', send: async () => Promise.reject(new Error('no')) },
      user: () => {
        throw new Error('hook')
      },
    })
    for (let minute = 0; minute < 5; minute++) {
      await storm(one, { requests: 100, room: Infinity })
      await pass(60_000)
    }
    expect(one.klaxon.stats()).toMatchObject({ captured: 500, logged: 500, inFlight: 0 })
    const topics = one.log.warnings().map(({ topic }) => topic)
    expect(new Set(topics)).toEqual(new Set(['channel broken', 'option user', 'store transient']))
    expect(topics.length).toBeLessThanOrEqual(3 * 6)
  })
})
