import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/libsql'
import { migrate as drizzleMigrate } from 'drizzle-orm/libsql/migrator'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { embeddedMigrations } from '../../scripts/_embed.ts'
import { columnOf, ISSUE_KEYS, OCCURRENCE_KEYS } from '../../src/store/sql/_keys.ts'
import { migrations } from '../../src/store/sql/_migrations.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import * as schema from '../../src/store/sql/schema.ts'
import { emptySqld } from '../support/sqld.ts'
import { aBatch, anEntry } from '../support/store-fixtures.ts'

const drizzleFolder = new URL('../../drizzle', import.meta.url).pathname
const tags = migrations.map(({ tag }) => tag)

let folder: string
let url: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klaxon-migrate-'))
  url = `file:${join(folder, 'x.db')}`
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const tables = async (): Promise<unknown[]> => {
  const { rows } = await createClient({ url }).execute(
    `select name, sql from sqlite_master where name like 'klaxon%' and name <> 'klaxon_migrations' order by name`,
  )
  return rows.map(({ name, sql }) => [
    name,
    String(sql)
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\(\s|\s\)/g, (part) => part.trim()),
  ])
}

describe('migrate', () => {
  test('makes the tables of drizzle/, and nothing when called again', async () => {
    const store = libsql({ url })
    expect(await migrate(store)).toEqual(tags)
    expect(await migrate(store)).toEqual([])
    const made = await tables()
    await rm(folder, { recursive: true })
    await mkdtemp(folder).then((other) => (url = `file:${join(other, 'x.db')}`))
    await drizzleMigrate(drizzle({ connection: { url } }), { migrationsFolder: drizzleFolder })
    expect(made).toEqual(await tables())
  })

  test('is safe with several callers at once', async () => {
    const server = await emptySqld()
    try {
      const callers = Array.from({ length: 8 }, () => migrate(libsql({ url: server.url })))
      expect((await Promise.all(callers)).flat()).toEqual(tags)
      const store = libsql({ url: server.url })
      expect((await store.write(aBatch({ occurrences: [anEntry()] }))).claims).toHaveLength(1)
    } finally {
      await server.stop()
    }
  })

  test("and Drizzle's own migrator know of each other", async () => {
    const own = { migrationsFolder: drizzleFolder, migrationsTable: 'klaxon_migrations' }
    await drizzleMigrate(drizzle({ connection: { url } }), own)
    expect(await migrate(libsql({ url }))).toEqual([])
    await rm(join(folder, 'x.db'))
    expect(await migrate(libsql({ url }))).toEqual(tags)
    await drizzleMigrate(drizzle({ connection: { url } }), own)
  })

  test('takes tables that were made by hand', async () => {
    await createClient({ url }).executeMultiple(
      tags.map((tag) => readFileSync(join(drizzleFolder, `${tag}.sql`), 'utf8')).join('\n'),
    )
    expect(await migrate(libsql({ url }))).toEqual(tags)
  })

  test('leaves nothing behind when a migration fails halfway', async () => {
    await createClient({ url }).execute('create table klaxon_counted_ids (other text)')
    await expect(migrate(libsql({ url }))).rejects.toMatchObject({ name: 'StoreError' })
    expect(await tables()).toHaveLength(1)
  })
})

describe('the SQL that is embedded', () => {
  test('is in step with drizzle/ (node scripts/embed-migrations.ts)', () => {
    const file = new URL('../../src/store/sql/_migrations.ts', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(embeddedMigrations())
  })

  test('is in step with the schema', async () => {
    await migrate(libsql({ url }))
    for (const table of Object.values(schema) as SQLiteTable[]) {
      const { rows } = await createClient({ url }).execute(
        `select * from pragma_table_info('${getTableName(table)}')`,
      )
      const { columns, primaryKeys } = getTableConfig(table)
      const keys = primaryKeys.flatMap((key) => key.columns.map(({ name }) => name))
      expect(rows.map(({ name, notnull, pk }) => [name, notnull === 1, Number(pk) > 0])).toEqual(
        columns.map(({ name, notNull, primary }) => [
          name,
          notNull,
          primary || keys.includes(name),
        ]),
      )
    }
  })

  test('has the columns that are written and read', () => {
    const named = (keys: readonly string[]): unknown =>
      Object.fromEntries(keys.map((key) => [key, columnOf(key)]))
    const names = (table: SQLiteTable): unknown =>
      Object.fromEntries(
        Object.entries(getTableColumns(table)).map(([key, { name }]) => [key, name]),
      )
    expect(names(schema.occurrences)).toEqual(named(OCCURRENCE_KEYS))
    expect(names(schema.issues)).toMatchObject(named(ISSUE_KEYS) as object)
  })
})

test('retention goes on where a later migration was not applied yet', async () => {
  const store = libsql({ url })
  await migrate(store)
  await createClient({ url }).execute('drop table klaxon_threads')
  await store.write(aBatch({ occurrences: [anEntry({ occurredAt: 1 })], channels: [] }))
  const pruned = await store.prune({ occurrencesMs: 1, occurrences: 10, issuesMs: 1 }, Date.now())
  expect(pruned).toEqual({ occurrences: 1, issues: 1, more: false })
})
