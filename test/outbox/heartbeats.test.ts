import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import type { Alert } from '../../src/model/alert.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { keptLog } from '../support/rig/checker.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

const JOBS = { 'nightly-import': { every: '1d', grace: '1h' } } as const

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    now: Date.UTC(2026, 10, 21, 3),
  })
})
afterEach(() => {
  vi.useRealTimers()
})

function setUp(options: KlaxonOptions = {}) {
  const store = options.store ?? memory()
  const log = keptLog()
  const sent: string[] = []
  const notify = {
    name: 'channel',
    async send(alert: Alert) {
      if (alert.kind === 'issue') sent.push(`${alert.reason} ${alert.issue.title}`)
      return { ok: true as const }
    },
  }
  const klaxon = createKlaxon({
    store: store as never,
    log,
    notify,
    maintain: false,
    heartbeats: JOBS,
    ...options,
  })
  /** Advances the time while klaxon works. */
  async function done<T>(work: Promise<T>): Promise<T> {
    let isOver = false
    void work.finally(() => (isOver = true))
    while (!isOver) await vi.advanceTimersByTimeAsync(10)
    return work
  }
  return {
    klaxon,
    store: store as ReturnType<typeof memory>,
    log,
    sent,
    maintain: () => done(klaxon.maintain()),
    beat: (name = 'nightly-import') => done(klaxon.heartbeat(name)),
    pass: (ms: number) => vi.setSystemTime(Date.now() + ms),
  }
}

describe('a job that must run', () => {
  test('and did not is an issue of kind missed, which alerts once and which the next run resolves', async () => {
    const { maintain, beat, pass, store, sent } = setUp({ service: 'shop', environment: 'live' })
    expect(await maintain()).toMatchObject({ missed: 0 })
    await beat()
    pass(24 * HOUR_MS)
    expect(await maintain()).toMatchObject({ missed: 0 })
    pass(HOUR_MS + MINUTE_MS)
    expect(await maintain()).toMatchObject({ missed: 1, failed: [] })
    expect(await maintain()).toMatchObject({ missed: 0 })
    expect(sent).toEqual(['new nightly-import did not run'])
    expect(await store.occurrences()).toMatchObject([
      {
        kind: 'missed',
        service: 'shop',
        environment: 'live',
        method: 'JOB',
        path: 'nightly-import',
        errorMessage: 'nightly-import has not run since 2026-11-21T03:00:00.010Z; it runs every 1d',
      },
    ])
    await beat()
    expect(await store.issues()).toMatchObject([{ kind: 'missed', state: 'resolved', count: 1 }])
    pass(26 * HOUR_MS)
    await maintain()
    expect(sent).toEqual([
      'new nightly-import did not run',
      'regression nightly-import did not run',
    ])
  })

  test('and has not run since it was declared is missed too', async () => {
    const { maintain, pass } = setUp()
    await maintain()
    pass(26 * HOUR_MS)
    expect(await maintain()).toMatchObject({ missed: 1 })
  })

  test('counts each run that did not happen, without an alert each', async () => {
    const { maintain, pass, store, sent } = setUp()
    await maintain()
    for (let day = 0; day < 4; day++) {
      pass(26 * HOUR_MS)
      await maintain()
    }
    expect(await store.issues()).toMatchObject([{ count: 4, state: 'open' }])
    expect(sent).toHaveLength(1)
  })

  test('is retired by ignoring its issue', async () => {
    const { maintain, pass, store } = setUp()
    await maintain()
    pass(26 * HOUR_MS)
    await maintain()
    const [issue] = await store.issues()
    await store.setIssue(issue!.fingerprint, { state: 'ignored' }, { now: Date.now() })
    pass(26 * HOUR_MS)
    expect(await maintain()).toMatchObject({ missed: 0 })
  })

  test('is told from another by the numbers in its name', async () => {
    const jobs = { 'shard-1': { every: '1h' }, 'shard-2': { every: '1h' } } as const
    const { maintain, pass, store } = setUp({ heartbeats: jobs })
    await maintain()
    pass(2 * HOUR_MS)
    await maintain()
    expect((await store.issues()).map(({ title }) => title).toSorted()).toEqual([
      'shard-1 did not run',
      'shard-2 did not run',
    ])
  })

  test('is found missing once, whatever the number of processes that look', async () => {
    const store = memory()
    const all = Array.from({ length: 5 }, () => setUp({ store }))
    for (const { maintain } of all) await maintain()
    all[0]!.pass(26 * HOUR_MS)
    const runs = Promise.all(all.map(({ klaxon }) => klaxon.maintain()))
    await vi.advanceTimersByTimeAsync(5_000)
    const reports = await runs
    expect(reports.reduce((sum, report) => sum + report!.missed, 0)).toBe(1)
  })
})

describe('heartbeat()', () => {
  test('outlasts a database that is away for seconds', async () => {
    const inner = memory()
    let asked = 0
    const store = {
      ...inner,
      async heartbeat(job: never) {
        if (asked++ < 2) throw new TypeError('fetch failed')
        return inner.heartbeat!(job)
      },
    }
    const { beat, log } = setUp({ store })
    await beat()
    expect(asked).toBe(3)
    expect(log.warnings()).toEqual([])
  })

  test('never rejects, and says what is wrong', async () => {
    const store = { ...memory(), heartbeat: () => Promise.reject(new TypeError('fetch failed')) }
    const { beat, log } = setUp({ store })
    await beat()
    expect(log.warnings()).toMatchObject([{ topic: 'heartbeat' }])
    const other = setUp()
    await other.beat('nightly-imprt')
    expect(other.log.warnings()[0]!.message).toContain('no job of that name')
    const none = setUp({ store: undefined })
    await createKlaxon({ log: none.log, heartbeats: JOBS }).heartbeat('nightly-import')
    expect(none.log.warnings()[0]!.message).toContain('needs the option `store`')
  })

  test.each([
    [{ import: {} }],
    [{ import: { every: '1 day' } }],
    [{ import: { every: '10s' } }],
    [{ import: { every: '1d', grace: 'late' } }],
    [{ import: '1d' }],
    ['nightly'],
  ])('with the option %j is a KlaxonError that names it', (heartbeats) => {
    expect(() => createKlaxon({ heartbeats: heartbeats as never })).toThrow(
      'klaxon: option `heartbeats` must be jobs by name',
    )
  })
})

describe('a process that lives long', () => {
  /** A store that counts the calls of retention. */
  function counting() {
    const inner = memory()
    const pruned: unknown[] = []
    const store = {
      ...inner,
      prune: async (...args: Parameters<typeof inner.prune>) => {
        pruned.push(args[0])
        return inner.prune(...args)
      },
    }
    return { store, pruned }
  }

  test('maintains itself every five minutes', async () => {
    const { store, pruned } = counting()
    createKlaxon({ store, log: false, retention: { days: 7, rows: 5_000 } })
    await vi.advanceTimersByTimeAsync(30 * MINUTE_MS)
    expect(pruned.length).toBeGreaterThanOrEqual(6)
    expect(pruned.length).toBeLessThanOrEqual(8)
    expect(pruned[0]).toEqual({
      occurrencesMs: 7 * DAY_MS,
      occurrences: 5_000,
      issuesMs: 90 * DAY_MS,
      historyMs: 90 * DAY_MS,
    })
  })

  test('deletes rows in one process of several', async () => {
    const { store, pruned } = counting()
    const all = Array.from({ length: 5 }, () => createKlaxon({ store, log: false }))
    await vi.advanceTimersByTimeAsync(5.5 * MINUTE_MS)
    // The next one may run a minute later.
    expect(pruned.length).toBeLessThanOrEqual(2)
    expect(all).toHaveLength(5)
  })

  test('does not where `maintain` is false, and not without a store', async () => {
    const { store, pruned } = counting()
    createKlaxon({ store, log: false, maintain: false })
    createKlaxon({ log: false })
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(30 * MINUTE_MS)
    expect(pruned).toEqual([])
  })

  test('is not kept alive by the timer', () => {
    const interval = vi.spyOn(globalThis, 'setInterval')
    createKlaxon({ store: memory(), log: false })
    const [timer] = interval.mock.results.map(({ value }) => value as NodeJS.Timeout)
    expect(timer!.hasRef()).toBe(false)
    interval.mockRestore()
  })
})

test('klaxon.scheduled is the handler of a cron, and keeps the Worker alive until it is done', async () => {
  const { klaxon, maintain, pass, store } = setUp()
  await maintain()
  pass(26 * HOUR_MS)
  const waits: Promise<unknown>[] = []
  const ctx = { waitUntil: (promise: Promise<unknown>) => void waits.push(promise) }
  const work = klaxon.scheduled({ cron: '* * * * *' }, {}, ctx)
  await vi.advanceTimersByTimeAsync(1_000)
  await work
  expect(waits).toHaveLength(1)
  expect(await store.issues()).toMatchObject([{ kind: 'missed' }])
})
