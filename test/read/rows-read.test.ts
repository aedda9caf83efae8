import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { dashboard } from '../../src/dashboard/index.ts'
import { MAX_ROWS_READ } from '../../src/read/limits.ts'
import { createReader } from '../../src/read/reader.ts'
import type { Reader } from '../../src/read/types.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'
import { fillWithRows } from '../support/many-rows.ts'
import { emptySqld, type OwnSqld } from '../support/sqld.ts'

const NOW = Date.UTC(2026, 10, 26, 20)

/**
 * As many issues as the figure names, and fewer occurrences, because the pages must not depend on
 * their number.
 */
const OCCURRENCES = 30_000
const ISSUES = 10_000

let server: OwnSqld
let reader: Reader
let hottest: string
let rowsRead = 0
let requests = 0

/** Counts the rows that the server reports as read. */
const counting: typeof fetch = async (...args) => {
  const response = await fetch(...args)
  const text = await response.text()
  requests++
  for (const [, rows] of text.matchAll(/"rows_read":(\d+)/g)) rowsRead += Number(rows)
  return new Response(text, response)
}

beforeAll(async () => {
  server = await emptySqld()
  const store = libsql({ url: server.url, timeoutMs: 30_000 })
  await migrate(store)
  await fillWithRows(driverOf(store)!, { occurrences: OCCURRENCES, issues: ISSUES, now: NOW })
  reader = createReader(libsql({ url: server.url, fetch: counting }), { now: () => NOW })
  const { issues } = await reader.list('', { sort: 'count' })
  hottest = issues[0]!.fingerprint
}, 60_000)

afterAll(() => server.stop())

async function measured(page: () => Promise<unknown>): Promise<{ rows: number; trips: number }> {
  rowsRead = requests = 0
  await page()
  return { rows: rowsRead, trips: requests }
}

describe('a page', () => {
  const sorts = ['last', 'first', 'count', 'recent'] as const
  const spans = ['24h', '14d'] as const
  const queries = [
    '',
    'is:open',
    'is:muted',
    'is:regressed',
    'nothing-has-this-text',
    'token',
    'user:77',
    'is:open env:staging',
    'count:>1000000',
    'release:last',
  ]
  const lists = queries.flatMap((query) =>
    sorts.flatMap((sort) => spans.map((span) => [query, sort, span] as const)),
  )

  it.each(lists)(
    'of issues under "%s" by %s over %s reads at most 15,000 rows, in one round trip',
    async (query, sort, span) => {
      const { rows, trips } = await measured(() => reader.list(query, { sort, span }))
      if (process.env['SHOW']) console.log(query, sort, span, rows)
      expect(trips).toBe(1)
      expect(rows).toBeLessThanOrEqual(MAX_ROWS_READ)
    },
  )

  const pages: [string, () => Promise<unknown>][] = [
    ['the hottest issue', () => reader.issue(hottest)],
    ['an occurrence', async () => reader.occurrence((await reader.feed('')).rows[50]!.id)],
    ['occurrences of the hottest issue', () => reader.occurrences(hottest)],
    ['occurrences by colo', () => reader.occurrences(hottest, { filter: { colo: 'XXX' } })],
    ['all occurrences', () => reader.feed('')],
    ['occurrences that nothing matches', () => reader.feed('status:418')],
    [
      'occurrences further back',
      async () => reader.feed('status:418', { after: (await reader.feed('status:418')).next! }),
    ],
    ['occurrences of a user', () => reader.feed('user:77 -status:404')],
    ['the tail', () => reader.tail(10, 'status:418')],
    ['releases', () => reader.releases()],
    ['alerts', () => reader.alerts()],
    ['health', () => reader.health({ hours: 336 })],
    ['any id', () => reader.ask('req-00000000')],
  ]
  it.each(pages)('%s reads at most 15,000 rows a round trip', async (name, page) => {
    const { rows, trips } = await measured(page)
    if (process.env['SHOW']) console.log(name, rows, trips)
    expect(rows).toBeLessThanOrEqual(MAX_ROWS_READ * trips)
  })
})

it('the place of an occurrence is counted to 1,000 on each side', async () => {
  const cap = 1_000
  const position = async (id: string) => (await reader.occurrence(id))!.position
  expect((await reader.issue(hottest))!.position).toEqual({ newer: 0, older: cap, cap })
  const ids: string[] = []
  for (let after: string | undefined; ids.length < 1_500;) {
    const options = { limit: 500, ...(after === undefined ? {} : { after }) }
    const page = await reader.occurrences(hottest, options)
    ids.push(...page.rows.map(({ id }) => id))
    after = page.next!
  }
  expect(await position(ids[400]!)).toEqual({ newer: 400, older: cap, cap })
  expect(await position(ids[1_400]!)).toEqual({ newer: cap, older: cap, cap })
})

describe('a page of the dashboard', () => {
  beforeAll(() => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
  })
  afterAll(() => {
    vi.useRealTimers()
  })

  it.each([
    ['issues?q=is:open', 1],
    ['issues?q=is:open&span=24h&sort=count', 1],
    ['issues?q=token', 1],
    ['i/HOTTEST', 3],
    ['i/HOTTEST/occurrences', 2],
    ['i/HOTTEST/occurrences?colo=FRA', 2],
    ['e/OCCURRENCE', 3],
    ['e/OCCURRENCE.md', 3],
    ['occurrences', 1],
    ['occurrences?q=status:418', 1],
    ['tail?after=0', 1],
    ['releases', 1],
    ['alerts', 1],
    // The version of the tables is asked for apart: their record may be missing.
    ['health', 2],
  ])('%s is made by at most %i round trips of at most 15,000 rows', async (path, most) => {
    const store = libsql({ url: server.url, fetch: counting })
    const app = dashboard({ store, path: '', auth: { by: () => ({ name: 'ada' }) } })
    const { id } = (await reader.feed('')).rows[50]!
    const { rows, trips } = await measured(async () => {
      const address = path.replace('HOTTEST', hottest).replace('OCCURRENCE', id)
      expect((await app.request(`/${address}`)).status).toBe(200)
    })
    if (process.env['SHOW']) console.log(path, rows, trips)
    expect(trips).toBeLessThanOrEqual(most)
    expect(rows).toBeLessThanOrEqual(MAX_ROWS_READ * trips)
  })
})
