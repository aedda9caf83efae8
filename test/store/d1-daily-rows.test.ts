import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { d1, type D1Like } from '../../src/store/d1/d1.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { driverOf, type SqlDriver, type SqlStatement } from '../../src/store/sql/sql-store.ts'
import { aBatch, anEntry, entries } from '../support/store-fixtures.ts'

const LIMIT = 500
/** The rows that a changing statement writes in these tests. */
const ROWS_A_STATEMENT = 10

let database: SqlDriver
let isAway: boolean
let calls: number

/** A D1 that counts rows, on SQLite. */
const binding: D1Like = {
  prepare: (sql) => {
    const statement = {
      sql,
      params: [] as never[],
      bind: (...params: never[]) => ({ sql, params }),
    }
    return statement as never
  },
  async batch(statements) {
    calls++
    if (isAway) throw new Error('D1_ERROR: Network connection lost.')
    const results = await database.batch(statements as unknown as SqlStatement[], 'write')
    return results.map(({ rows }, at) => {
      const isSelect = /^\s*select/i.test((statements as unknown as SqlStatement[])[at]!.sql)
      return { results: rows, meta: { rows_written: isSelect ? 0 : ROWS_A_STATEMENT } }
    })
  },
}

beforeEach(() => {
  database = driverOf(sqlite({ path: ':memory:' }))!
  isAway = false
  calls = 0
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => vi.useRealTimers())

const open = (limit = LIMIT): Store => d1({ database: binding, maxRowsWrittenPerDay: limit })
const write = (store: Store, count = 1, fingerprint = 'v1:a') =>
  store.write(aBatch({ now: Date.now(), occurrences: entries(count, () => ({ fingerprint })) }))
const counts = async (store: Store): Promise<Record<string, number>> =>
  Object.fromEntries((await store.issues()).map((issue) => [issue.fingerprint, issue.count]))

/** Writes until the daily limit of rows is reached. */
async function useUp(store: Store): Promise<{ written: number; notices: string[] }> {
  const notices: string[] = []
  for (let written = 1; written <= 100; written++) {
    const result = await write(store)
    notices.push(...(result.notices ?? []))
    if ((await store.occurrences({ limit: 200 })).length < written) return { written, notices }
  }
  throw new Error('the limit was never met')
}

describe('d1() that has written its rows of a day', () => {
  test('writes no more rows, says so once, and goes on counting once a minute', async () => {
    const store = open()
    const { written, notices } = await useUp(store)
    const rows = (await store.occurrences({ limit: 200 })).length
    expect(rows).toBe(written - 1)
    expect(notices).toEqual([expect.stringMatching(/500 rows.*midnight UTC.*maxRowsWrittenPerDay/)])
    calls = 0
    let said = 0
    for (let nth = 0; nth < 50; nth++) {
      const result = await write(store, 3)
      said += result.notices?.length ?? 0
    }
    expect([calls, said]).toEqual([0, 0])
    vi.advanceTimersByTime(60_000)
    await write(store, 1)
    expect(calls).toBe(1)
    expect(await counts(store)).toEqual({ 'v1:a': written + 151 })
    expect((await store.occurrences({ limit: 200 })).length).toBe(rows)
  })

  test('alerts about a new issue, a minute later at the latest', async () => {
    const store = open()
    await useUp(store)
    expect((await write(store, 1, 'v1:later')).claims).toEqual([])
    vi.advanceTimersByTime(60_000)
    const { claims } = await store.write(aBatch({ now: Date.now(), occurrences: [anEntry()] }))
    expect(claims.map(({ issue }) => issue?.fingerprint)).toContain('v1:later')
  })

  test('counts what it gathered once, also when replies are lost', async () => {
    const store = open()
    const { written } = await useUp(store)
    await write(store, 7)
    vi.advanceTimersByTime(60_000)
    const real = database
    database = {
      ...real,
      async batch(...args) {
        await real.batch(...args)
        throw new Error('D1_ERROR: Network connection lost.')
      },
    }
    const { notices } = await write(store, 2)
    expect(notices).toEqual([expect.stringContaining('this can pass')])
    database = real
    vi.advanceTimersByTime(60_000)
    await write(store, 4)
    vi.advanceTimersByTime(60_000)
    await write(store, 1)
    expect(await counts(store)).toEqual({ 'v1:a': written + 14 })
  })

  test('counts a correction of the account once, by its id', async () => {
    const store = open()
    await useUp(store)
    const accountOf = (id: string, logged: number) => ({
      ...{ id, captured: 1 + logged, stored: 1, fallback: 0, logged, dropped: 0 },
    })
    const correction = { ...accountOf('correction', 2), captured: 2, stored: 0 }
    for (const id of ['one', 'two', 'three']) {
      const accounts = [correction, accountOf(id, 0)]
      const occurrences = entries(1, () => ({ fingerprint: 'v1:a' }))
      await store.write(aBatch({ now: Date.now(), occurrences, accounts }))
      vi.advanceTimersByTime(60_000)
    }
    await write(store)
    const [{ rows }] = (await database.batch(
      [{ sql: "select sum(count) n from klaxon_series where series = '~logged'", params: [] }],
      'read',
    )) as [{ rows: Record<string, unknown>[] }]
    expect(rows).toEqual([{ n: 2 }])
  })

  test('starts again with the next day, with what waited', async () => {
    const store = open()
    const { written } = await useUp(store)
    await write(store, 5)
    await database.batch(
      [
        {
          sql: `update klaxon_settings set value = json_set(value, '$.day', '2001-01-01')`,
          params: [],
        },
      ],
      'write',
    )
    vi.setSystemTime(Date.now() + 24 * 3600_000)
    await write(store, 2)
    expect(await counts(store)).toEqual({ 'v1:a': written + 7 })
    expect((await store.occurrences({ limit: 200 })).length).toBe(written - 1 + 2)
  })

  test('is known to every isolate with its first write', async () => {
    const { written } = await useUp(open())
    const other = open()
    expect((await write(other)).notices).toBeUndefined()
    calls = 0
    await write(other)
    expect(calls).toBe(1)
    await write(other)
    expect(calls).toBe(1)
    expect((await other.occurrences({ limit: 200 })).length).toBe(written)
  })

  test.for([0, -1, '5', Number.NaN])('%j is no limit', (limit) => {
    expect(() => open(limit as number)).toThrow(
      'klaxon: option `maxRowsWrittenPerDay` of d1() must',
    )
  })

  test('has no limit with Infinity', async () => {
    const store = open(Infinity)
    for (let nth = 0; nth < 60; nth++) await write(store)
    expect(await store.occurrences({ limit: 200 })).toHaveLength(60)
  })
})
