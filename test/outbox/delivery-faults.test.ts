import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { account, expectAccounts, idsOf, NOTHING_WRONG } from '../support/rig/checker.ts'
import { type Database, startDatabase } from '../support/rig/database.ts'
import { databaseError, type Fault } from '../support/rig/proxy.ts'
import { fastClock } from '../support/rig/fast-clock.ts'
import { picker, seeded } from '../support/rig/seeded.ts'
import { type Isolate, isolate, storm } from '../support/rig/storm.ts'

let database: Database

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  for (const table of ['occurrences', 'issues', 'counted_ids'])
    await database.sql(`delete from klaxon_${table}`)
  database.proxy.calls = []
})
afterEach(() => {
  database.proxy.fault = () => 'pass'
})

/** Calls that the client has begun. On a busy machine the proxy sees them later. */
let calls = 0
async function countedFetch(...args: Parameters<typeof fetch>): Promise<Response> {
  calls++
  try {
    return await fetch(...args)
  } finally {
    calls--
  }
}

const store = () => libsql({ url: database.proxy.url, fetch: countedFetch })

const isBusy = () => calls > 0 || database.proxy.busy > 0
const quickly = <T>(work: () => Promise<T>) => fastClock(work, isBusy)

/** In one go, because a batch that pauses when the fast clock ends never wakes up. */
async function stormAndFlush(one: Isolate, requests: number): Promise<string[]> {
  const ids = await storm(one, { requests })
  await one.klaxon.flush()
  return ids
}

/** Checks that every captured occurrence is in one place once, and that `stats()` agrees. */
async function expectNothingLost(
  ids: string[],
  { klaxon, log }: Isolate,
  kept: QueuedOccurrence[] = [],
): Promise<void> {
  await klaxon.flush()
  const stored = await database.ids()
  const sinks = { store: stored, fallback: idsOf(kept), log: idsOf(log.records()) }
  expect(account(ids, sinks)).toEqual(NOTHING_WRONG)
  expectAccounts(klaxon)
  expect(klaxon.stats()).toMatchObject({ captured: ids.length, dropped: {}, inFlight: 0 })
  expect(await database.counted()).toBe(stored.length)
}

describe('the database answers, but not well', () => {
  test('a reply that is lost after the commit, for 30% of batches, doubles no row and no count', async () => {
    database.proxy.fault = picker<Fault>(3, [[0.3, 'lose']], 'pass')
    const one = isolate({ store: store() })
    const ids = await quickly(() => stormAndFlush(one, 10_000))
    await expectNothingLost(ids, one)
    expect(await database.ids()).toHaveLength(10_000)
    expect(await database.counted()).toBe(10_000)
    expect(database.proxy.calls.filter((call) => call === 'lose').length).toBeGreaterThan(20)
  }, 120_000)

  test('locked, 429, expired streams, 5xx and cut connections in 30% of calls lose nothing', async () => {
    const faults: Fault[] = [
      databaseError('SQLITE_BUSY', 'database is locked'),
      { status: 429, body: 'slow down' },
      { status: 400, body: '{"message":"The stream has expired due to inactivity"}' },
      { status: 502, body: '<html>Bad gateway</html>' },
      { status: 500, body: 'null' },
      'cut',
      'half',
    ]
    const next = picker<boolean>(4, [[0.3, true]], false)
    const which = seeded(44)
    const tries = new Map<string, number>()
    database.proxy.fault = (body) => {
      const id = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/.exec(
        body,
      )?.[0]
      // Settlements of alerts have tries of their own.
      const isWrite = body.includes('insert into klaxon_occurrences')
      if (id !== undefined && isWrite) tries.set(id, (tries.get(id) ?? 0) + 1)
      // Each try is a new stream, without the baton of an expired one.
      expect(JSON.parse(body)).not.toHaveProperty('baton', expect.any(String))
      return next() ? faults[Math.floor(which() * faults.length)]! : 'pass'
    }
    const one = isolate({ store: store() })
    const ids = await quickly(() => stormAndFlush(one, 10_000))
    await expectNothingLost(ids, one)
    expect(tries.size).toBeGreaterThan(50)
    expect(Math.max(...tries.values())).toBeLessThanOrEqual(4)
    expect(one.klaxon.stats().stored).toBeGreaterThan(9_000)
  }, 120_000)

  test.each<[string, Fault | 'unmigrated']>([
    ['401', { status: 401, body: 'Unauthorized' }],
    ['403', { status: 403, body: 'Forbidden' }],
    ['a full disk', databaseError('SQLITE_FULL', 'database or disk is full')],
  ])('%s is not tried again, goes to the fallback and is told once', async (_name, fault) => {
    database.proxy.fault = () => fault as Fault
    const kept: QueuedOccurrence[] = []
    const one = isolate({
      store: store(),
      fallback: { name: 'kept', put: async (entries) => void kept.push(...entries) },
    })
    const ids = await storm(one, { requests: 1_000 })
    await expectNothingLost(ids, one, kept)
    expect(kept).toHaveLength(1_000)
    // Two batches called the database. After that the fallback is used first.
    expect(database.proxy.calls.length).toBeLessThanOrEqual(8)
    expect(one.log.warnings()).toHaveLength(1)
  })

  test('a missing table is not tried again, and the log says how to mend it', async () => {
    await database.sql('alter table klaxon_issues rename to away')
    const one = isolate({ store: libsql({ url: database.proxy.url, migrate: false }) })
    const ids = await storm(one, { requests: 500 })
    await one.klaxon.flush()
    await database.sql('alter table away rename to klaxon_issues')
    await expectNothingLost(ids, one)
    expect(one.klaxon.stats().logged).toBe(500)
    expect(database.proxy.calls.length).toBeLessThanOrEqual(500 / 5)
    expect(one.log.warnings()).toMatchObject([
      { topic: 'store schema', message: expect.stringContaining('npx klaxon migrate') as string },
    ])
  })

  test('garbage with status 200 counts as a failure, in 1,000 fuzzed replies', async () => {
    const bodies = garbage(6)
    database.proxy.fault = () => ({ status: 200, body: bodies() })
    const one = isolate({ store: store() })
    const ids: string[] = []
    // Each batch has one record and gets four replies.
    for (let nth = 0; nth < 250; nth++) {
      ids.push(one.klaxon.report(new Error('x'))!)
      if (nth % 25 === 24) await quickly(() => one.klaxon.flush())
    }
    await expectNothingLost(ids, one)
    expect(one.klaxon.stats().logged).toBe(250)
  })

  test('one poison record in a batch of 100 is split off in two more round trips', async () => {
    await database.sql(
      `create trigger poison before insert on klaxon_occurrences when new.path = '/poison' begin select raise(abort, 'poison'); end`,
    )
    try {
      const one = isolate({ store: store() })
      const ids = await storm(one, { requests: 99, room: 1_000 })
      ids.push((await one.fetch(new Request('http://rig/poison'))).headers.get('x-error-id')!)
      await expectNothingLost(ids, one)
      expect(one.klaxon.stats()).toMatchObject({ stored: 99, logged: 1 })
      expect(database.proxy.calls.length).toBeLessThanOrEqual(3)
    } finally {
      await database.sql('drop trigger poison')
    }
  })
})

describe('the accounts of several isolates', () => {
  test('add up in the database, through lost replies, refusals and records that end in the log', async () => {
    await database.sql('delete from klaxon_series')
    const next = picker<Fault>(
      9,
      [
        [0.2, 'lose'],
        [0.1, 'cut'],
        [0.05, { status: 401, body: '' }],
      ],
      'pass',
    )
    database.proxy.fault = next
    const all = Array.from({ length: 4 }, () => isolate({ store: store() }))
    await quickly(() => Promise.all(all.map((one) => stormAndFlush(one, 1_000))))
    database.proxy.fault = () => 'pass'
    // The next batch reports the last logged records.
    for (const one of all) await storm(one, { requests: 1 })
    await Promise.all(all.map(({ klaxon }) => klaxon.flush()))
    const rows = await database.sql(
      `select series, sum(count) n from klaxon_series where series like '~%' group by series`,
    )
    const sums = Object.fromEntries(rows.map(({ series, n }) => [series as string, n as number]))
    const of = (sink: 'stored' | 'logged') =>
      all.reduce((sum, { klaxon }) => sum + klaxon.stats()[sink], 0)
    expect(of('logged')).toBeGreaterThan(0)
    expect(sums['~logged']).toBe(of('logged'))
    // A batch that was stored, but lost all its replies, is also in the log.
    expect(sums['~stored']).toBe(await database.counted())
    expect(sums['~captured']).toBe(sums['~stored']! + sums['~logged']!)
  }, 120_000)

  test('count what was logged once when all replies about it are lost after the commit', async () => {
    await database.sql('delete from klaxon_series')
    const one = isolate({ store: store() })
    const faults: Fault[] = [{ status: 401, body: '' }, 'lose', 'pass']
    for (const fault of faults) {
      database.proxy.fault = () => fault
      await quickly(() => stormAndFlush(one, 10))
    }
    expect(one.klaxon.stats()).toMatchObject({ captured: 30, stored: 10, logged: 20 })
    expect(
      await database.sql(
        `select series, sum(count) n from klaxon_series where series like '~%' group by 1 order by 1`,
      ),
    ).toEqual([
      // Ten occurrences are in the database and in the log.
      { series: '~captured', n: 40 },
      { series: '~logged', n: 20 },
      { series: '~stored', n: 20 },
    ])
  }, 60_000)
})

describe('every sink is dead', () => {
  const refusing = { name: 'refusing', put: async () => Promise.reject(new Error('full')) }

  test('each record is one whole line in the log, and the answers are the same', async () => {
    database.proxy.fault = () => ({ status: 401, body: '' })
    const one = isolate({ store: store(), fallback: refusing })
    const ids = await storm(one, { requests: 2_000 })
    await expectNothingLost(ids, one)
    expect(one.klaxon.stats().logged).toBe(2_000)
    expect(one.log.records().find(({ occurrence }) => occurrence.id === ids[0])).toMatchObject({
      count: 1,
      row: true,
      occurrence: { method: 'GET', path: '/api/broken', errorMessage: 'Broken ' },
    })
    expect(
      one.log
        .warnings()
        .map(({ topic }) => topic)
        .toSorted(),
    ).toEqual(['fallback', 'store auth'])
  })

  test('a log that throws is counted as dropped', async () => {
    database.proxy.fault = () => ({ status: 401, body: '' })
    const broken = () => {
      throw new Error('EPIPE')
    }
    const one = isolate({
      store: store(),
      fallback: refusing,
      log: { error: broken, warn: broken },
    })
    await storm(one, { requests: 500 })
    await one.klaxon.flush()
    expectAccounts(one.klaxon)
    expect(one.klaxon.stats()).toMatchObject({
      captured: 500,
      dropped: { 'log refused': 500 },
      inFlight: 0,
    })
  })
})

describe('bursts', () => {
  test('500 at once are 500 rows in at most 8 round trips', async () => {
    const one = isolate({ store: store() })
    const responses = await Promise.all(
      Array.from({ length: 500 }, () => one.fetch(new Request('http://rig/broken'))),
    )
    await expectNothingLost(
      responses.map((response) => response.headers.get('x-error-id')!),
      one,
    )
    expect(await database.ids()).toHaveLength(500)
    expect(database.proxy.calls.length).toBeLessThanOrEqual(8)
  })

  test('an outbox pushed to 50,000 holds 1,000 and logs the rest', async () => {
    database.proxy.fault = () => 'hang'
    const one = isolate({ store: libsql({ url: database.proxy.url, timeoutMs: 50 }) })
    const ids: string[] = []
    let most = 0
    for (let nth = 0; nth < 50_000; nth++) {
      ids.push(one.klaxon.report('x'.repeat(100))!)
      most = Math.max(most, one.klaxon.stats().inFlight)
    }
    expect(most).toBe(1_000)
    expect(one.klaxon.stats()).toMatchObject({ captured: 50_000, logged: 49_000, inFlight: 1_000 })
    await quickly(() => one.klaxon.flush())
    await expectNothingLost(ids, one)
  }, 60_000)
})

/**
 * Replies that are no answer: other types, cut JSON, results missing, of the wrong kind or too few.
 */
function garbage(seed: number): () => string {
  const random = seeded(seed)
  const fine = JSON.stringify({
    baton: null,
    base_url: null,
    results: [
      { type: 'ok', response: { type: 'batch', result: { step_results: [], step_errors: [] } } },
      { type: 'ok', response: { type: 'close' } },
    ],
  })
  const fixed = [
    '',
    'null',
    '{}',
    '[]',
    '42',
    '"ok"',
    '<!doctype html><h1>Welcome</h1>',
    '{"results":[]}',
    '{"results":null}',
    '{"baton":null,"base_url":null,"results":[]}',
    '{"baton":null,"results":[{"type":"ok"}]}',
    '{"results":[{"type":"ok","response":null}]}',
    '{"results":[{"type":"error"}]}',
    '{"error":"boom"}',
    '\u0000\u0001',
    '[[[[',
    fine,
  ]
  return () => {
    const pick = Math.floor(random() * (fixed.length + 10))
    return fixed[pick] ?? fine.slice(0, 1 + Math.floor(random() * (fine.length - 2)))
  }
}
