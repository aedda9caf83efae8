import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isStoreError } from '../../src/model/store-error.ts'
import type { Store } from '../../src/model/store.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'
import { onCallersTime } from '../support/callers-time.ts'
import { withFetch } from '../support/store-faults.ts'
import { aBatch, aMergedEntry, anEntry, entries, NOON } from '../support/store-fixtures.ts'
import { migratedSqld } from '../support/store-server.ts'
import { emptied } from '../support/store-wipe.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

const store: Store = onCallersTime(libsql({ url: ':memory:' }))
beforeAll(() => migrate(store))
beforeEach(() => emptied(store))

const rows = async (sql: string, of = store): Promise<unknown[]> =>
  (await driverOf(of)!.batch([{ sql, params: [] }], 'read'))[0]!.rows
const HOURS = NOON / HOUR_MS

describe('the counts by hour', () => {
  test('are of each issue, of occurrences with and without a row', async () => {
    await store.write(
      aBatch({
        occurrences: [
          anEntry({ occurredAt: NOON }),
          aMergedEntry(5, { occurredAt: NOON + MINUTE_MS }),
          anEntry({ occurredAt: NOON - HOUR_MS }),
          anEntry({ occurredAt: NOON, fingerprint: 'v1:b' }),
        ],
      }),
    )
    expect(await rows('select * from klaxon_hours order by fingerprint, hour')).toEqual([
      { fingerprint: 'v1:a', hour: HOURS - 1, count: 1 },
      { fingerprint: 'v1:a', hour: HOURS, count: 6 },
      { fingerprint: 'v1:b', hour: HOURS, count: 1 },
    ])
  })

  test('are of each service by what failed, and of what isolates report', async () => {
    const account = { id: 'account', captured: 7, stored: 5, fallback: 2, logged: 0, dropped: 0 }
    await store.write(
      aBatch({
        service: 'shop',
        accounts: [account],
        occurrences: [
          anEntry({ service: 'shop' }),
          anEntry({ service: 'shop', kind: 'status', status: 503 }),
          aMergedEntry(3, { service: 'shop', kind: 'status', status: 404 }),
          anEntry(),
        ],
      }),
    )
    const all = await rows('select service, series, hour, count from klaxon_series order by 1, 2')
    expect(all).toEqual(
      [
        ['', '*thrown', 1],
        ['shop', '*4xx', 3],
        ['shop', '*5xx', 1],
        ['shop', '*thrown', 1],
        ['shop', '~captured', 7],
        ['shop', '~fallback', 2],
        ['shop', '~stored', 5],
      ].map(([service, series, count]) => ({ service, series, hour: HOURS, count })),
    )
  })
})

test('a batch that is sent again changes no table of the history', async () => {
  const account = { id: 'account', captured: 7, stored: 7, fallback: 0, logged: 0, dropped: 0 }
  const occurrences = [...entries(5, () => ({ release: '1.0' })), aMergedEntry(3)]
  const batch = aBatch({ accounts: [account], occurrences })
  const tables = ['hours', 'series', 'texts', 'releases', 'events', 'counted_ids', 'occurrences']
  const all = (): Promise<unknown[][]> =>
    Promise.all(tables.map((table) => rows(`select * from klaxon_${table} order by 1, 2`)))
  await store.write(batch)
  const before = await all()
  await store.write({ ...batch, attempt: 'again' })
  await store.write({ ...batch, attempt: 'once more', occurrences: occurrences.slice(2) })
  expect(await all()).toEqual(before)
})

describe('on a server', () => {
  const server = migratedSqld()
  test('3,000 occurrences of which 30% of the replies are lost count once in every table', async () => {
    let seed = 11
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
    const lossy = withFetch(async (request, init) => {
      const response = await fetch(request, init)
      if (random() >= 0.3) return response
      await response.body?.cancel()
      throw new TypeError('terminated')
    }, server.url)
    const batches = Array.from({ length: 30 }, (_, nth) => ({
      accounts: [
        {
          id: `account ${nth}`,
          captured: 100,
          stored: 100,
          fallback: 0,
          logged: 0,
          dropped: 0,
        },
      ],
      occurrences: entries(100, (of) => ({ fingerprint: `v1:${of % 7}`, occurredAt: Date.now() })),
    }))
    const queue = batches.values()
    const writer = async (): Promise<void> => {
      for (const batch of queue) {
        for (let isDone = false; !isDone;) {
          try {
            await lossy.write(aBatch({ now: Date.now(), ...batch }))
            isDone = true
          } catch (error) {
            if (!isStoreError(error) || error.failure !== 'transient') throw error
          }
        }
      }
    }
    await Promise.all(Array.from({ length: 6 }, writer))
    const real = libsql({ url: server.url })
    const sum = async (text: string): Promise<unknown> =>
      ((await rows(`select ${text}`, real))[0] as { n: unknown }).n
    expect(await sum('sum(count) n from klaxon_issues')).toBe(3_000)
    expect(await sum('sum(count) n from klaxon_hours')).toBe(3_000)
    expect(await sum(`sum(count) n from klaxon_series where series = '*thrown'`)).toBe(3_000)
    expect(await sum(`sum(count) n from klaxon_series where series = '~stored'`)).toBe(3_000)
  })
})

test('a new issue brings its words for search, and its release', async () => {
  const release = { release: '1.4.2', service: 'shop' }
  await store.write(
    aBatch({
      occurrences: [
        anEntry({ ...release, route: '/Orders/:id', errorMessage: 'ÄRGER at the Till' }),
        anEntry({ ...release, occurredAt: NOON - MINUTE_MS, errorMessage: 'other words' }),
      ],
    }),
  )
  const [text] = (await rows('select text from klaxon_texts')) as { text: string }[]
  expect(text!.text).toContain('ärger at the till\n/orders/:id')
  expect(text!.text.length).toBeLessThanOrEqual(2_000)
  expect(await rows('select * from klaxon_releases')).toEqual([
    { service: 'shop', release: '1.4.2', first_seen: NOON - MINUTE_MS },
  ])
})

describe('the history of an issue', () => {
  const events = (): Promise<unknown[]> =>
    rows('select what, who, channel, data from klaxon_events order by at, id')

  test('tells of alerts and what became of them, once however often they are settled', async () => {
    const { claims } = await store.write(aBatch({ occurrences: [anEntry()] }))
    const base = claims.map(({ id, attempt, channel }) => ({ id, attempt, channel }))[0]!
    const failed = { ...base, outcome: 'failed', reason: 'answered 500', tries: 1 } as const
    await store.settle([failed], NOON)
    await store.settle([failed], NOON)
    const again = (await store.write(aBatch({ now: NOON + MINUTE_MS }))).claims[0]!
    const sent = { ...base, attempt: again.attempt, outcome: 'sent' } as const
    await store.settle([sent], NOON + MINUTE_MS)
    await store.settle([sent], NOON + MINUTE_MS)
    const all = (await events()) as { what: string; data: string }[]
    expect(
      all.map(({ what, data }) => [what, (JSON.parse(data) as { reason: string }).reason]),
    ).toEqual([
      ['failed', 'answered 500'],
      ['sent', 'new'],
    ])
  })

  test('tells of an alert that is given up', async () => {
    const { claims } = await store.write(aBatch({ occurrences: [anEntry()] }))
    const { id, attempt, channel } = claims[0]!
    await store.settle([{ id, attempt, channel, outcome: 'gave up', reason: 'answered 422' }], NOON)
    expect(await events()).toMatchObject([{ what: 'gave up', channel: 'slack' }])
  })

  test('tells who changed it, and that it came back', async () => {
    await store.write(aBatch({ occurrences: [anEntry()], channels: [] }))
    const by = { now: NOON, who: 'mika', comment: 'fixed in main' }
    await store.setIssue('v1:a', { state: 'resolved' }, by)
    const back = anEntry({ occurredAt: NOON + HOUR_MS })
    await store.write(aBatch({ now: NOON + HOUR_MS, occurrences: [back], channels: [] }))
    await store.setIssue('v1:a', {}, { now: NOON + 2 * HOUR_MS, who: 'mika', comment: 'again!' })
    expect(await events()).toEqual([
      { what: 'resolved', who: 'mika', channel: null, data: '{"comment":"fixed in main"}' },
      {
        what: 'regressed',
        who: null,
        channel: null,
        data: expect.stringContaining(back.occurrence.id),
      },
      { what: 'comment', who: 'mika', channel: null, data: '{"comment":"again!"}' },
    ])
  })
})
