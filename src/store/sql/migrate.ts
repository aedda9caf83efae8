import { KlaxonError } from '../../model/klaxon-error.ts'
import { isStoreError } from '../../model/store-error.ts'
import type { Store } from '../../model/store.ts'
import { driverOf } from './_connection.ts'
import type { SqlDriver } from './driver.ts'
import { migrateTables, readPending } from './_migrate-tables.ts'
import { type Migration, migrations } from './_migrations.ts'
import { rawDriver } from './_self-migrating.ts'

/**
 * Creates and updates the tables of a SQL store. It needs no file system. A store calls it itself,
 * unless its option `migrate` is false. It changes nothing when the tables are up to date, and
 * several callers at once are safe. Applied migrations are recorded in `klaxon_migrations`, as
 * Drizzle's migrator does.
 * @returns tags of the migrations that this call applied
 * @throws StoreError
 * @throws KlaxonError when the store has no tables
 * @example
 * await migrate(libsql({ url }))
 */
export async function migrate(store: Store): Promise<string[]> {
  return migrateTables(tablesOf(store))
}

/** The migrations that `migrate` would apply. Changes nothing. */
export async function pendingMigrations(
  store: Store,
): Promise<{ pending: Migration[]; isNewer: boolean }> {
  try {
    return await readPending(tablesOf(store))
  } catch (error) {
    if (isStoreError(error) && error.failure === 'schema')
      return { pending: [...migrations], isNewer: false }
    throw error
  }
}

function tablesOf(store: Store): SqlDriver {
  const driver = driverOf(store)
  if (driver !== null) return rawDriver(driver)
  throw new KlaxonError(
    'migrate(): pass a store of klaxon/libsql, klaxon/d1, klaxon/sqlite, klaxon/durable or klaxon/store; ' +
      'other stores have no tables',
    { code: 'BAD_OPTION' },
  )
}
