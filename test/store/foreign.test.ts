import { createClient } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { desc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { issues, occurrences } from '../../src/store/sql/schema.ts'
import { aBatch, anEntry, NOON } from '../support/store-fixtures.ts'
import { onCallersTime } from '../support/callers-time.ts'
import { migratedSqld } from '../support/store-server.ts'
import { HOUR_MS } from '../../src/util/time-units.ts'

// The database belongs to the user, who also reads and writes these tables.
const server = migratedSqld()
const execute = (text: string) => createClient({ url: server.url }).execute(text)

test("the tables answer the user's own Drizzle queries", async () => {
  const entry = anEntry({ extra: { order: 7 }, causes: [{ name: 'A', message: 'b', stack: null }] })
  await onCallersTime(libsql({ url: server.url })).write(aBatch({ occurrences: [entry] }))
  const db = drizzle({ connection: { url: server.url } })
  const rows = await db
    .select()
    .from(occurrences)
    .innerJoin(issues, eq(issues.fingerprint, occurrences.fingerprint))
    .orderBy(desc(occurrences.occurredAt))
  expect(rows[0]?.klaxon_occurrences).toEqual(entry.occurrence)
  expect(rows[0]?.klaxon_issues).toMatchObject({
    count: 1,
    state: 'open',
    alertDue: null,
    alertedAt: NOON,
  })
})

test("an issue that the user's own SQL silences is silent, alerts that wait included", async () => {
  const store = onCallersTime(libsql({ url: server.url }))
  const { claims } = await store.write(aBatch({ occurrences: [anEntry()] }))
  await store.settle(
    claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'failed' })),
    NOON,
  )
  await execute(`update klaxon_issues set state = 'ignored'`)
  expect(
    (await store.write(aBatch({ now: NOON + HOUR_MS, occurrences: [anEntry()] }))).claims,
  ).toEqual([])
  await execute(`update klaxon_issues set state = 'open'`)
  expect((await store.write(aBatch({ now: NOON + HOUR_MS }))).claims).toHaveLength(1)
})

test('a row that is resolved without a time comes back as well', async () => {
  const store = onCallersTime(libsql({ url: server.url }))
  await store.write(aBatch({ channels: [], occurrences: [anEntry()] }))
  await execute(`update klaxon_issues set state = 'resolved', alert_due = null`)
  const { claims } = await store.write(aBatch({ occurrences: [anEntry()] }))
  expect(claims[0]).toMatchObject({ reason: 'regression', issue: { state: 'open' } })
})

test('a column that holds no JSON any more is read as null, and its alert is sent', async () => {
  const store = onCallersTime(libsql({ url: server.url }))
  const entry = anEntry({ extra: { a: 1 } })
  const { claims } = await store.write(aBatch({ occurrences: [entry] }))
  await store.settle(
    claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'failed' })),
    NOON,
  )
  await execute(`update klaxon_occurrences set extra = 'no json {'`)
  const again = await store.write(aBatch())
  expect(again.claims[0]?.occurrence).toEqual({ ...entry.occurrence, extra: null })
})

test('rows that the user deletes leave their issue and its alert', async () => {
  const store = onCallersTime(libsql({ url: server.url }))
  const { claims } = await store.write(aBatch({ occurrences: [anEntry()] }))
  await store.settle(
    claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'failed' })),
    NOON,
  )
  await execute('delete from klaxon_occurrences')
  expect((await store.write(aBatch())).claims[0]).toMatchObject({
    occurrence: null,
    issue: { count: 1 },
  })
})
