import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { driverOf, migrate, type SqlDriver, sqlStore } from '../../src/store/sql/sql-store.ts'
import { migrations } from '../../src/store/sql/_migrations.ts'
import { emptySqld } from '../support/sqld.ts'
import { aBatch, anEntry, entries } from '../support/store-fixtures.ts'
import { remoteStore } from '../support/store-remote.ts'
import { startWorkers } from '../support/workerd.ts'

interface Opened {
  store: Store
  close(): Promise<unknown>
}

/** Each function opens a store on a database without tables. */
const stores: Record<string, () => Promise<Opened>> = {
  'libsql() in memory': async () => ({ store: libsql({ url: ':memory:' }), close: async () => {} }),
  'libsql() on a server': async () => {
    const server = await emptySqld()
    return { store: libsql({ url: server.url }), close: () => server.stop() }
  },
  'sqlite()': async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klaxon-zero-'))
    const store = sqlite({ path: join(folder, 'klaxon.db') })
    return { store, close: () => rm(folder, { recursive: true }) }
  },
  'd1()': () => worker({ entry: 'test/support/fixtures/d1-worker.ts', d1Databases: ['DB'] }),
  'durable()': () =>
    worker({
      entry: 'test/support/fixtures/durable-worker.ts',
      durableObjects: { KLAXON: { className: 'KlaxonStore', useSQLite: true } },
    }),
}

async function worker(script: Parameters<typeof startWorkers>[0]): Promise<Opened> {
  const workers = await startWorkers(script)
  return { store: remoteStore(String(await workers.ready)), close: () => workers.dispose() }
}

describe.each(Object.entries(stores))('%s on a database without tables', (_name, open) => {
  let opened: Opened
  beforeEach(async () => {
    opened = await open()
  })
  afterEach(() => opened.close())

  test('makes them, and writes the records that met it, from 8 writers at once', async () => {
    const { store } = opened
    const batches = Array.from({ length: 8 }, () => aBatch({ occurrences: entries(5) }))
    const results = await Promise.all(batches.map((batch) => store.write(batch)))
    expect(results.flatMap(({ claims }) => claims)).toHaveLength(1)
    expect((await store.issues())[0]?.count).toBe(40)
    expect(await store.occurrences({ limit: 100 })).toHaveLength(40)
  })

  test('makes them for a reader, too', async () => {
    expect(await opened.store.issues()).toEqual([])
    expect(await opened.store.occurrences()).toEqual([])
  })
})

describe('a store whose tables are not as they should be', () => {
  let folder: string
  let url: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-half-'))
    url = `file:${join(folder, 'klaxon.db')}`
  })
  afterEach(() => rm(folder, { recursive: true }))
  const execute = (text: string) => createClient({ url }).execute(text)
  const write = (store: Store) => store.write(aBatch({ occurrences: [anEntry()] }))
  const failureOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'no failure',
      (error: unknown) => error,
    )

  test('makes a table again that someone dropped', async () => {
    const store = libsql({ url })
    await write(store)
    await execute('drop table klaxon_counted_ids')
    await write(store)
    expect((await store.issues())[0]?.count).toBe(2)
  })

  test('goes on where a migration was half applied', async () => {
    const [half] = migrations
    for (const statement of half!.statements.slice(0, 5)) await execute(statement)
    const store = libsql({ url })
    await write(store)
    expect(await migrate(store)).toEqual([])
    expect((await store.issues())[0]?.count).toBe(1)
  })

  test('makes nothing with `migrate: false`, and says what to run', async () => {
    const store = libsql({ url, migrate: false })
    expect(await failureOf(write(store))).toMatchObject({
      failure: 'schema',
      message: expect.stringContaining('npx klaxon migrate') as string,
    })
    const { rows } = await execute('select count(*) n from sqlite_master')
    expect(rows[0]?.['n']).toBe(0)
    await migrate(store)
    expect((await write(store)).claims).toHaveLength(1)
  })

  test('asks for a newer klaxon where a newer one made the tables', async () => {
    await migrate(libsql({ url }))
    await execute(
      `insert into klaxon_migrations (hash, created_at) values ('later', 9000000000000)`,
    )
    const store = libsql({ url })
    await write(store)
    await execute('alter table klaxon_issues drop column resolved_in')
    await execute('alter table klaxon_issues rename column title to heading')
    expect(await failureOf(write(store))).toMatchObject({
      failure: 'schema',
      code: 'NEWER_TABLES',
      message: expect.stringContaining('update klaxon') as string,
    })
  })

  test('says so where a table has other columns, and tries again a minute later at the soonest', async () => {
    const counted = counting(driverOf(libsql({ url, migrate: false }))!)
    const store = sqlStore(counted)
    await migrate(store)
    await execute('alter table klaxon_issues rename column title to heading')
    expect(await failureOf(write(store))).toMatchObject({
      failure: 'schema',
      message: expect.stringContaining('lacks columns') as string,
    })
    counted.calls = 0
    expect(await failureOf(write(store))).toMatchObject({ failure: 'schema' })
    expect(counted.calls).toBe(1)
  })

  test.for([
    ['auth', 'SQLITE_AUTH'],
    ['refused', 'SQLITE_READONLY'],
  ] as const)('says so where no table may be made: %s', async ([failure, code]) => {
    const driver = driverOf(libsql({ url, migrate: false }))!
    const store = sqlStore({
      name: 'reader',
      async batch(statements, mode) {
        if (statements.some(({ sql }) => /^create/i.test(sql)))
          throw Object.assign(new Error('not allowed'), { code })
        return driver.batch(statements, mode)
      },
    })
    for (const work of [write(store), write(store)])
      expect(await failureOf(work)).toMatchObject({
        failure,
        message: expect.stringMatching(/tables are missing.*npx klaxon migrate/) as string,
      })
  })

  test('tries again at once where the database was only away while it migrated', async () => {
    const driver = driverOf(libsql({ url, migrate: false }))!
    let isAway = true
    const store = sqlStore({
      name: 'away',
      async batch(statements, mode) {
        if (isAway && statements.some(({ sql }) => /^create/i.test(sql))) throw new Error('away')
        return driver.batch(statements, mode)
      },
    })
    expect(await failureOf(write(store))).toMatchObject({ failure: 'transient' })
    isAway = false
    expect((await write(store)).claims).toHaveLength(1)
  })
})

function counting(driver: SqlDriver): SqlDriver & { calls: number } {
  const counted = {
    ...driver,
    calls: 0,
    batch(...args: Parameters<SqlDriver['batch']>) {
      counted.calls++
      return driver.batch(...args)
    },
  }
  return counted
}
