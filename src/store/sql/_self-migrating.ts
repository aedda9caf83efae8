import { isStoreError, StoreError } from '../../model/store-error.ts'
import type { SqlDriver } from './driver.ts'
import { migrateTables } from './_migrate-tables.ts'

/** ms until a failed migration is tried again. Each try costs a write two round trips. */
const MIGRATION_PAUSE_MS = 60_000

const NOT_MADE =
  'the klaxon tables are missing, and the database does not let klaxon make them: ' +
  'run `npx klaxon migrate` with credentials that may create tables'

const WRONG_COLUMNS =
  'a klaxon table lacks columns that this klaxon needs: it was changed by hand, or another program created it'

const raw = new WeakMap<SqlDriver, SqlDriver>()

/** The driver below a self-migrating one. */
export function rawDriver(driver: SqlDriver): SqlDriver {
  return raw.get(driver) ?? driver
}

/**
 * Makes a driver that migrates at the first missing table or column, and then runs the batch again.
 * Every request that meets a missing table migrates, because in workerd a request cannot await
 * another's promise. Only one of them applies a migration.
 */
export function selfMigrating(driver: SqlDriver): SqlDriver {
  let failed: { at: number; error: StoreError } | undefined

  async function makeTables(): Promise<void> {
    if (failed !== undefined && Date.now() - failed.at < MIGRATION_PAUSE_MS) throw failed.error
    try {
      await migrateTables(driver)
    } catch (error) {
      throw remember(error, NOT_MADE)
    }
  }

  function remember(error: unknown, hint: string): unknown {
    if (!isStoreError(error) || error.failure === 'transient') return error
    const { failure, code } = error
    // The migration failed, so no occurrence of the batch is at fault.
    const cause = failure === 'poison' ? 'schema' : failure
    const explained =
      error.code === 'NEWER_TABLES'
        ? error
        : new StoreError(cause, { hint, ...(code === undefined ? {} : { code }) })
    failed = { at: Date.now(), error: explained }
    return explained
  }

  const migrating: SqlDriver = {
    ...driver,
    async batch(statements, mode) {
      try {
        return await driver.batch(statements, mode)
      } catch (error) {
        if (!isMissing(error)) throw error
      }
      await makeTables()
      try {
        return await driver.batch(statements, mode)
      } catch (error) {
        throw isMissing(error) ? remember(error, WRONG_COLUMNS) : error
      }
    },
  }
  raw.set(migrating, driver)
  return migrating
}

const isMissing = (error: unknown): boolean => isStoreError(error) && error.failure === 'schema'
