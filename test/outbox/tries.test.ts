import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Channel } from '../../src/model/channel.ts'
import type { Account, Store, WriteBatch } from '../../src/model/store.ts'
import { StoreError } from '../../src/model/store-error.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { account, expectAccounts, idsOf, NOTHING_WRONG } from '../support/rig/checker.ts'
import { isolate, storm } from '../support/rig/storm.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: Date.UTC(2026, 10, 21) })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const never = () => new Promise<never>(() => {})

/**
 * A store whose results a test chooses. It keeps the time of each call and the calls in progress.
 */
function faultyStore(fault: (batch: WriteBatch) => Promise<unknown> | void) {
  const inner = memory()
  const began = Date.now()
  const seen = { at: [] as number[], inFlight: 0, most: 0 }
  const store: Store = {
    ...inner,
    async write(batch) {
      seen.at.push(Date.now() - began)
      seen.most = Math.max(seen.most, ++seen.inFlight)
      try {
        await fault(batch)
        return await inner.write(batch)
      } finally {
        seen.inFlight--
      }
    },
  }
  return { store, seen, ids: async () => idsOfRows(inner) }
}

const idsOfRows = async (store: Store): Promise<string[]> =>
  (await store.occurrences({ limit: 100_000 })).map(({ id }) => id)

async function refuse(): Promise<never> {
  throw new TypeError('fetch failed')
}

describe('a database that fails at once', () => {
  test('and is away for 3 s loses nothing to the log', async () => {
    let isAway = true
    const { store, ids } = faultyStore(() => (isAway ? refuse() : undefined))
    const one = isolate({ store })
    const sent: string[] = []
    for (let tenth = 0; tenth < 60; tenth++) {
      if (tenth === 30) isAway = false
      sent.push(...(await storm(one, { requests: 20, room: Infinity })))
      await pass(100)
    }
    await pass(15_000)
    expect(account(sent, { store: await ids() })).toEqual(NOTHING_WRONG)
    expect(one.log.records()).toEqual([])
    expect(one.klaxon.stats()).toMatchObject({ captured: 1_200, stored: 1_200, inFlight: 0 })
  })

  test.each([0, 0.5, 0.999])(
    'is asked four times, spread over up to 18 s (random is %d)',
    async (random) => {
      vi.spyOn(Math, 'random').mockReturnValue(random)
      const { store, seen } = faultyStore(refuse)
      const one = isolate({ store })
      const [id] = await storm(one, { requests: 1 })
      await pass(30_000)
      expect(seen.at).toHaveLength(4)
      expect(seen.at[1]).toBeGreaterThan(400)
      expect(seen.at[2]).toBeGreaterThan(2_500)
      expect(seen.at[3]).toBeGreaterThan(8_000)
      expect(seen.at[3]).toBeLessThan(18_000)
      expect(idsOf(one.log.records())).toEqual([id])
    },
  )

  test('is not asked again before the time that it named', async () => {
    const { store, seen } = faultyStore(async () => {
      throw new StoreError('transient', { code: 429, retryAfterMs: 6_000 })
    })
    await storm(isolate({ store }), { requests: 1 })
    await pass(30_000)
    expect(seen.at[1]! - seen.at[0]!).toBeGreaterThanOrEqual(6_000)
    expect(seen.at[2]! - seen.at[1]!).toBeGreaterThanOrEqual(6_000)
    expect(seen.at.at(-1)).toBeLessThan(18_000)
  })

  test('leaves what is over half of the room to the fallback, which is faster than waiting', async () => {
    const { store } = faultyStore(refuse)
    let kept = 0
    const put = async (batch: readonly unknown[]) => void (kept += batch.length)
    const one = isolate({ store, fallback: { name: 'kept', put } })
    for (let second = 0; second < 8; second++) {
      await storm(one, { requests: 200, room: Infinity })
      await pass(1_000)
    }
    await pass(30_000)
    expect(kept).toBe(1_600)
    expect(one.log.records()).toEqual([])
  })
})

test('replies that are lost three times keep no alert back, and none is sent twice', async () => {
  const inner = memory()
  const lost: string[][] = []
  const store: Store = {
    ...inner,
    async write(batch) {
      const outcome = await inner.write(batch)
      if (lost.length === 3) return outcome
      lost.push([...(batch.former ?? [])])
      throw new StoreError('transient')
    },
  }
  const sent: string[] = []
  const notify: Channel = {
    name: 'chat',
    async send(alert) {
      sent.push(alert.kind === 'issue' ? alert.issue.title : alert.kind)
      return { ok: true }
    },
  }
  await storm(isolate({ store, notify }), { requests: 5 })
  await pass(18_000)
  expect(lost.map(({ length }) => length)).toEqual([0, 1, 2])
  expect(new Set(sent).size).toBe(5)
  await pass(600_000)
  expect(sent).toHaveLength(5)
})

describe('batches on their way', () => {
  test('are at most two, whatever the number that waits', async () => {
    const { store, seen, ids } = faultyStore(
      () => new Promise((resolve) => setTimeout(resolve, 500)),
    )
    const one = isolate({ store })
    const sent = await storm(one, { requests: 1_000, room: Infinity })
    await pass(10_000)
    expect(seen.most).toBe(2)
    expect(seen.at).toHaveLength(10)
    expect(account(sent, { store: await ids() })).toEqual(NOTHING_WRONG)
  })

  test('of two klaxons on one store share the two places', async () => {
    const { store, seen } = faultyStore(() => new Promise((resolve) => setTimeout(resolve, 500)))
    const both = [isolate({ store }), isolate({ store })]
    for (const one of both) await storm(one, { requests: 400, room: Infinity })
    await pass(10_000)
    expect(seen.most).toBe(2)
    for (const { klaxon } of both) expect(klaxon.stats()).toMatchObject({ stored: 400 })
  })

  test('that never come back free their places for others, and all end in time', async () => {
    const { store, seen } = faultyStore(never)
    const one = isolate({ store })
    const sent = await storm(one, { requests: 1_000, room: Infinity })
    await pass(26_000)
    expect(seen.most).toBeGreaterThan(2)
    expect(account(sent, { log: idsOf(one.log.records()) })).toEqual(NOTHING_WRONG)
    expect(one.klaxon.stats()).toMatchObject({ logged: 1_000, inFlight: 0 })
  })
})

describe('flush({ timeoutMs })', () => {
  const ended = (work: Promise<unknown>): (() => number | null) => {
    const began = Date.now()
    let at: number | null = null
    void work.then(() => (at = Date.now() - began))
    return () => at
  }

  test('ends in the log when the time is over, whatever hangs', async () => {
    const { store } = faultyStore(never)
    const notify = { name: 'hanging', send: never }
    const one = isolate({ store, fallback: { name: 'hanging', put: never }, notify })
    const sent = await storm(one, { requests: 300, room: Infinity })
    const at = ended(one.klaxon.flush({ timeoutMs: 8_000 }))
    await pass(8_200)
    expect(at()).not.toBeNull()
    expect(account(sent, { log: idsOf(one.log.records()) })).toEqual(NOTHING_WRONG)
    expect(one.klaxon.stats()).toMatchObject({ logged: 300, inFlight: 0 })
  })

  test('leaves the fallback its share of the time, also for what was on its way before', async () => {
    const { store } = faultyStore(refuse)
    const kept: string[] = []
    const one = isolate({
      store,
      fallback: { name: 'kept', put: async (batch) => void kept.push(...idsOf(batch)) },
    })
    const sent = await storm(one, { requests: 30 })
    await pass(5_000)
    sent.push(...(await storm(one, { requests: 30 })))
    const at = ended(one.klaxon.flush({ timeoutMs: 8_000 }))
    await pass(8_000)
    expect(at()).toBeLessThan(8_000)
    expect(account(sent, { fallback: kept })).toEqual(NOTHING_WRONG)
  })

  test('is over as soon as everything is stored', async () => {
    const { store } = faultyStore(() => {})
    const one = isolate({ store })
    await storm(one, { requests: 30 })
    const at = ended(one.klaxon.flush())
    await pass(200)
    expect(at()).toBeLessThan(200)
    expectAccounts(one.klaxon)
  })

  test('with a time that is none rejects with the name of the option', async () => {
    const { klaxon } = isolate({ store: memory() })
    for (const timeoutMs of [NaN, -1, Infinity, '8s' as never])
      await expect(klaxon.flush({ timeoutMs })).rejects.toThrow('klaxon: option `timeoutMs` must')
  })
})

describe('the account of an isolate', () => {
  /** Sums the reports as a store does that counts each report once. */
  function ledger() {
    const reports = new Map<string, Account>()
    return {
      note: ({ accounts = [] }: WriteBatch) => {
        for (const report of accounts) if (!reports.has(report.id)) reports.set(report.id, report)
      },
      sum: () => {
        const sum = { captured: 0, stored: 0, fallback: 0, logged: 0, dropped: 0 }
        for (const report of reports.values())
          for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += report[name]
        return sum
      },
    }
  }

  test('reaches the store with each batch, and adds up to stats()', async () => {
    const { note, sum } = ledger()
    let nth = 0
    const { store } = faultyStore((batch) => {
      nth++
      if (nth > 10 && nth < 100) return refuse()
      note(batch)
    })
    const one = isolate({ store })
    for (let second = 0; second < 80; second++) {
      await storm(one, { requests: 20, room: Infinity })
      await pass(1_000)
    }
    await pass(20_000)
    await storm(one, { requests: 1 })
    await pass(1_000)
    const { captured, stored, fallback, logged } = one.klaxon.stats()
    expect(logged).toBeGreaterThan(0)
    expect(sum()).toEqual({ captured, stored, fallback, logged, dropped: 0 })
  })

  test('is the same for each try, so that a lost reply counts it once', async () => {
    const { note, sum } = ledger()
    let nth = 0
    const { store } = faultyStore((batch) => {
      note(batch)
      if (nth++ % 2 === 0) return refuse()
    })
    const one = isolate({ store })
    for (let second = 0; second < 20; second++) {
      await storm(one, { requests: 20, room: Infinity })
      await pass(1_000)
    }
    await pass(20_000)
    expect(sum()).toMatchObject({ captured: 400, stored: 400, logged: 0 })
  })

  test('counts what was logged once, though the store counted it and no reply came', async () => {
    const { note, sum } = ledger()
    let isCommitted = false
    let isAnswered = false
    const { store } = faultyStore((batch) => {
      if (isCommitted) note(batch)
      if (!isAnswered) return refuse()
    })
    const one = isolate({ store })
    const write = async (): Promise<void> => {
      await storm(one, { requests: 10 })
      await pass(20_000)
    }
    // All of them end in the log. The second batch reports the first ten, and is committed.
    await write()
    isCommitted = true
    await write()
    isAnswered = true
    await write()
    expect(one.klaxon.stats()).toMatchObject({ captured: 30, stored: 10, logged: 20 })
    // The store has ten rows that are also in the log.
    expect(sum()).toMatchObject({ captured: 40, stored: 20, logged: 20 })
  })

  test('is corrected by the next when the store refused some records of a batch', async () => {
    const { note, sum } = ledger()
    const inner = memory()
    const store: Store = {
      ...inner,
      async write(batch) {
        note(batch)
        const refused = batch.occurrences.slice(0, 1).map(({ occurrence }) => occurrence.id)
        return { claims: [], refused }
      },
    }
    const one = isolate({ store })
    for (let nth = 0; nth < 2; nth++) {
      await storm(one, { requests: 10 })
      await pass(1_000)
    }
    expect(one.klaxon.stats()).toMatchObject({ captured: 20, stored: 18, logged: 2 })
    expect(sum()).toMatchObject({ captured: 20, stored: 19, logged: 1 })
  })
})

describe('rows', () => {
  test('of one 4xx issue are a hundred an hour, and the rest is counted exactly', async () => {
    const { store, ids } = faultyStore(() => {})
    const one = isolate({ store, rowsPerIssueAnHour: 100 })
    for (let nth = 0; nth < 6; nth++) {
      await storm(one, { requests: 500, room: Infinity })
      await pass(1_000)
    }
    const issues = await store.issues()
    expect(issues.map(({ count }) => count)).toEqual([600, 600, 600, 600, 600])
    // Four issues of throws and 5xx with a row each, and one issue of 404s.
    expect(await ids()).toHaveLength(4 * 600 + 100)
    await pass(3_600_000)
    await storm(one, { requests: 500, room: Infinity })
    await pass(1_000)
    expect(await ids()).toHaveLength(4 * 700 + 200)
    expectAccounts(one.klaxon)
  })

  test('of a flood of one 4xx take no room from others in memory', async () => {
    const { store } = faultyStore(() => {})
    const one = isolate({ store, rowsPerIssueAnHour: 100 })
    for (let nth = 0; nth < 5_000; nth++) await one.fetch(new Request('http://rig/api/missing'))
    expect(one.klaxon.stats()).toMatchObject({ captured: 5_000, logged: 0, inFlight: 5_000 })
    await pass(1_000)
    expect((await store.issues()).map(({ count }) => count)).toEqual([5_000])
    expect(one.klaxon.stats()).toMatchObject({ stored: 5_000, logged: 0 })
  })
})
