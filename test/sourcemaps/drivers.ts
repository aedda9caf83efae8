import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '../../src/model/store.ts'
import { type D1Like, d1 } from '../../src/store/d1/d1.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import type { SqlDriver } from '../../src/store/sql/driver.ts'
import { driverOf, migrate, sqlStore } from '../../src/store/sql/sql-store.ts'

export interface TestDriver extends SqlDriver {
  /** How many batches there were. */
  batches: number
  /** The rows that the last batch read, if the database reports them. */
  rowsRead: number
  /** The database fails at this batch: it does not run it, or its reply is lost. */
  fault: { batch: number; isWritten: boolean } | undefined
  rows(sql: string, ...params: (string | number)[]): Promise<Record<string, unknown>[]>
  close(): void
}

/** Checks the limits of D1, and fails where a test says. */
function faulty(driver: SqlDriver, close: () => void = () => {}): TestDriver {
  const self: TestDriver = {
    name: driver.name,
    batches: 0,
    rowsRead: 0,
    fault: undefined,
    async batch(statements, mode) {
      const fault = self.fault?.batch === self.batches++ ? self.fault : undefined
      if (fault && !fault.isWritten) throw new Error('the database is away')
      for (const { sql, params } of statements) {
        if (params.length > 100) throw new Error(`${params.length} parameters`)
        if (sql.length > 100_000) throw new Error('a long statement')
        for (const param of params)
          if (typeof param !== 'number' && (param?.length ?? 0) > 2_000_000)
            throw new Error('a long parameter')
      }
      const results = await driver.batch(statements, mode)
      self.rowsRead = results.reduce((sum, { rowsRead = 0 }) => sum + rowsRead, 0)
      if (fault) throw new Error('the reply is lost')
      return results
    },
    async rows(sql, ...params) {
      const [result] = await driver.batch([{ sql, params }], 'write')
      return result!.rows
    },
    close,
  }
  return self
}

const MIGRATION = readFileSync(new URL('../../drizzle/0000_init.sql', import.meta.url), 'utf8')

/** Node's own SQLite. */
export function sqliteDriver(path = ':memory:'): TestDriver {
  const database = new DatabaseSync(path)
  database.exec(MIGRATION)
  const store = sqlStore({
    name: 'node:sqlite',
    async batch(statements) {
      database.exec('begin immediate')
      try {
        const results = statements.map(({ sql, params }) => ({
          rows: database.prepare(sql).all(...params) as Record<string, unknown>[],
        }))
        database.exec('commit')
        return results
      } catch (error) {
        database.exec('rollback')
        throw error
      }
    },
  })
  return faulty(driverOf(store)!, () => database.close())
}

export const libsqlDriver = (url: string): Promise<TestDriver> => migrated(libsql({ url }))

/** D1 of Miniflare. */
export const d1Driver = (database: unknown): Promise<TestDriver> =>
  migrated(d1({ database: database as D1Like }))

async function migrated(store: Store): Promise<TestDriver> {
  await migrate(store)
  return faulty(driverOf(store)!)
}
