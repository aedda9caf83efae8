import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Entry } from '../../src/core/types.ts'
import { libsql } from '../../src/store/libsql.ts'
import { account, expectAccounts, idsOf, NOTHING_WRONG } from '../rig/checker.ts'
import { type Database, startDatabase } from '../rig/database.ts'
import { databaseError, type Fault } from '../rig/proxy.ts'
import { picker, seeded } from '../rig/seeded.ts'
import { type Isolate, isolate, storm } from '../rig/storm.ts'

let database: Database

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  for (const table of ['occurrences', 'issues', 'tallies'])
    await database.sql(`delete from klaxon_${table}`)
  database.proxy.calls = []
})
afterEach(() => {
  database.proxy.fault = () => 'pass'
})

const store = () => libsql({ url: database.proxy.url })

/** Everything captured is somewhere, once; and the accounts say the same. */
async function expectNothingLost(
  ids: string[],
  { klaxon, log }: Isolate,
  kept: Entry[] = [],
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
  test('D3: a reply that is lost after the commit, for 30% of batches, doubles no row and no count', async () => {
    database.proxy.fault = picker<Fault>(3, [[0.3, 'lose']], 'pass')
    const one = isolate({ store: store() })
    const ids = await storm(one, { requests: 10_000 })
    await expectNothingLost(ids, one)
    expect(await database.ids()).toHaveLength(10_000)
    expect(await database.counted()).toBe(10_000)
    expect(database.proxy.calls.filter((call) => call === 'lose').length).toBeGreaterThan(20)
  })

  test('D4: locked, 429, expired streams, 5xx and cut connections in 30% of calls lose nothing', async () => {
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
      if (id !== undefined) tries.set(id, (tries.get(id) ?? 0) + 1)
      // A try is a new stream: it carries no baton of one that may have expired.
      expect(JSON.parse(body)).not.toHaveProperty('baton', expect.any(String))
      return next() ? faults[Math.floor(which() * faults.length)]! : 'pass'
    }
    const one = isolate({ store: store() })
    const ids = await storm(one, { requests: 10_000 })
    await expectNothingLost(ids, one)
    expect(Math.max(...tries.values())).toBeLessThanOrEqual(4)
    expect(one.klaxon.stats().stored).toBeGreaterThan(9_000)
  })

  test.each<[string, Fault | 'unmigrated']>([
    ['401', { status: 401, body: 'Unauthorized' }],
    ['403', { status: 403, body: 'Forbidden' }],
    ['a full disk', databaseError('SQLITE_FULL', 'database or disk is full')],
  ])('D5: %s is not tried again, goes to the fallback and is told once', async (_name, fault) => {
    database.proxy.fault = () => fault as Fault
    const kept: Entry[] = []
    const one = isolate({
      store: store(),
      fallback: { name: 'kept', put: async (entries) => void kept.push(...entries) },
    })
    const ids = await storm(one, { requests: 1_000 })
    await expectNothingLost(ids, one, kept)
    expect(kept).toHaveLength(1_000)
    // Two batches asked the database, then the fallback goes first.
    expect(database.proxy.calls.length).toBeLessThanOrEqual(8)
    expect(one.log.troubles()).toHaveLength(1)
  })

  test('D5: a missing table is not tried again, and the log says how to mend it', async () => {
    await database.sql('alter table klaxon_issues rename to away')
    const one = isolate({ store: store() })
    const ids = await storm(one, { requests: 500 })
    await one.klaxon.flush()
    await database.sql('alter table away rename to klaxon_issues')
    await expectNothingLost(ids, one)
    expect(one.klaxon.stats().logged).toBe(500)
    expect(database.proxy.calls.length).toBeLessThanOrEqual(500 / 5)
    expect(one.log.troubles()).toMatchObject([
      { topic: 'store schema', message: expect.stringContaining('run the migration') as string },
    ])
  })

  test('D6: garbage with status 200 counts as a failure, in 1,000 fuzzed replies', async () => {
    const bodies = garbage(6)
    database.proxy.fault = () => ({ status: 200, body: bodies() })
    const one = isolate({ store: store() })
    const ids: string[] = []
    // One record a batch: four replies each.
    for (let nth = 0; nth < 250; nth++) {
      ids.push(one.klaxon.report(new Error('x'))!)
      if (nth % 25 === 24) await one.klaxon.flush()
    }
    await expectNothingLost(ids, one)
    expect(one.klaxon.stats().logged).toBe(250)
  })

  test('D7: one poison record in a batch of 100 is split off in two more round trips', async () => {
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

describe('every sink is dead', () => {
  const refusing = { name: 'refusing', put: async () => Promise.reject(new Error('full')) }

  test('D8: each record is one whole line in the log, and the answers are the same', async () => {
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
        .troubles()
        .map(({ topic }) => topic)
        .toSorted(),
    ).toEqual(['fallback', 'store auth'])
  })

  test('D8: a log that throws is counted as dropped', async () => {
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
  test('D11: 500 at once are 500 rows in at most 8 round trips', async () => {
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

  test('D12: an outbox pushed to 50,000 holds 1,000 and logs the rest', async () => {
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
    await expectNothingLost(ids, one)
  })
})

/** Replies that are no answer: other types, cut JSON, results missing, of the wrong kind or too few. */
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
