import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Claim } from '../../src/model/alert.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'
import { emptySqld, type OwnSqld } from '../support/sqld.ts'
import { aBatch, aMergedEntry, entries } from '../support/store-fixtures.ts'

let server: OwnSqld
let rowsRead: number[] = []

/** Keeps the rows that the server reports as read, for each statement. */
const counting: typeof fetch = async (...args) => {
  const response = await fetch(...args)
  const text = await response.text()
  rowsRead = [...text.matchAll(/"rows_read":(\d+)/g)].map(([, rows]) => Number(rows))
  return new Response(text, response)
}

beforeAll(async () => {
  server = await emptySqld()
  await migrate(libsql({ url: server.url }))
})
afterAll(() => server.stop())

/** Writes, and returns the claims and the rows that their statement read: the last but commit. */
async function written(
  occurrences: QueuedOccurrence[],
): Promise<{ claims: readonly Claim[]; rows: number }> {
  const store = libsql({ url: server.url, fetch: counting })
  const { claims } = await store.write(aBatch({ now: Date.now(), occurrences }))
  return { claims, rows: rowsRead.at(-2)! }
}

test('a claim reads at most 95 rows for an alert, however many occurrences and events there are', async () => {
  const fingerprint = 'v1:hot'
  const paths = (nth: number) => ({ fingerprint, path: `/p${nth}`, route: `/r${nth % 60}` })
  await libsql({ url: server.url }).write(
    aBatch({ now: Date.now(), occurrences: entries(500, paths), channels: [] }),
  )
  const events = Array.from({ length: 500 }, (_, nth) => [`e${nth}`, nth])
  await driverOf(libsql({ url: server.url }))!.batch(
    [
      {
        sql: `insert into klaxon_events (id, fingerprint, at, what, who) select value->>0, '${fingerprint}', value->>1, 'comment', 'bob' from json_each(?)`,
        params: [JSON.stringify(events)],
      },
    ],
    'write',
  )
  const { claims, rows } = await written([aMergedEntry(1, { fingerprint })])
  expect(claims).toMatchObject([{ reason: 'new', issue: { fingerprint } }])
  expect(claims[0]!.places).toHaveLength(50)
  expect(claims[0]!.history).toHaveLength(30)
  expect(rows).toBeLessThanOrEqual(95)
})

test('an alert goes out when another program wrote an event whose data is not JSON', async () => {
  const fingerprint = 'v1:foreign'
  const insert = (id: string, data: string) => ({
    sql: `insert into klaxon_events (id, fingerprint, at, what, channel, data) values (?, '${fingerprint}', 1, 'sent', 'slack', ?)`,
    params: [id, data],
  })
  const driver = driverOf(libsql({ url: server.url }))!
  await driver.batch([insert('f1', '{"alert":'), insert('f2', '7')], 'write')
  const { claims } = await written([aMergedEntry(1, { fingerprint })])
  const event = { at: 1, what: 'sent', channel: 'slack', who: null, reason: null }
  expect(claims).toMatchObject([{ reason: 'new', history: [event, event] }])
})

test('a write without a claim reads none of them', async () => {
  const { claims, rows } = await written([aMergedEntry(1, { fingerprint: 'v1:hot' })])
  expect(claims).toEqual([])
  expect(rows).toBeLessThanOrEqual(10)
})
