import { createClient } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { desc, eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { libsql } from '../../src/store/libsql.ts'
import { issues, occurrences } from '../../src/store/schema.ts'
import { aBatch, anEntry, HOUR, NOON } from '../_store-fixtures.ts'
import { migratedSqld } from '../_store-server.ts'

// The database is the user's own: they read and write these tables too.
const server = migratedSqld()
const execute = (text: string) => createClient({ url: server.url }).execute(text)

test("the tables answer the user's own Drizzle queries", async () => {
  const entry = anEntry({ extra: { order: 7 }, causes: [{ name: 'A', message: 'b', stack: null }] })
  await libsql({ url: server.url }).write(aBatch({ entries: [entry] }))
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
  const store = libsql({ url: server.url })
  const { claims } = await store.write(aBatch({ entries: [anEntry()] }))
  await store.settle(
    claims.map(({ id, channel }) => ({ id, channel, outcome: 'failed' })),
    NOON,
  )
  await execute(`update klaxon_issues set state = 'ignored'`)
  expect((await store.write(aBatch({ now: NOON + HOUR, entries: [anEntry()] }))).claims).toEqual([])
  await execute(`update klaxon_issues set state = 'open'`)
  expect((await store.write(aBatch({ now: NOON + HOUR }))).claims).toHaveLength(1)
})

test('a row that is resolved without a time comes back as well', async () => {
  const store = libsql({ url: server.url })
  await store.write(aBatch({ channels: [], entries: [anEntry()] }))
  await execute(`update klaxon_issues set state = 'resolved', alert_due = null`)
  const { claims } = await store.write(aBatch({ entries: [anEntry()] }))
  expect(claims[0]).toMatchObject({ reason: 'regression', issue: { state: 'open' } })
})

test('a column that holds no JSON any more is read as null, and its alert is sent', async () => {
  const store = libsql({ url: server.url })
  const entry = anEntry({ extra: { a: 1 } })
  const { claims } = await store.write(aBatch({ entries: [entry] }))
  await store.settle(
    claims.map(({ id, channel }) => ({ id, channel, outcome: 'failed' })),
    NOON,
  )
  await execute(`update klaxon_occurrences set extra = 'no json {'`)
  const again = await store.write(aBatch())
  expect(again.claims[0]?.occurrence).toEqual({ ...entry.occurrence, extra: null })
})

test('rows that the user deletes leave their issue and its alert', async () => {
  const store = libsql({ url: server.url })
  const { claims } = await store.write(aBatch({ entries: [anEntry()] }))
  await store.settle(
    claims.map(({ id, channel }) => ({ id, channel, outcome: 'failed' })),
    NOON,
  )
  await execute('delete from klaxon_occurrences')
  expect((await store.write(aBatch())).claims[0]).toMatchObject({
    occurrence: null,
    issue: { count: 1 },
  })
})
