import { isStoreError } from '../../model/store-error.ts'
import { migrations } from '../../store/sql/_migrations.ts'
import { rawDriver } from '../../store/sql/_self-migrating.ts'
import type { SqlDriver } from '../../store/sql/driver.ts'
import type { SchemaVersion } from '../types.ts'

/**
 * Compares the tables with those that this klaxon makes. It asks apart from the page: without the
 * table of migrations, which Drizzle's own migrator does not make, a whole batch would fail.
 */
export async function schemaVersion(driver: SqlDriver): Promise<SchemaVersion> {
  const sql = 'select max(created_at) last from klaxon_migrations'
  try {
    // Below the driver that migrates: reading a page makes no tables.
    const [result] = await rawDriver(driver).batch([{ sql, params: [] }], 'read')
    return versionOf(Number(result?.rows[0]?.['last'] ?? 0))
  } catch (error) {
    if (isStoreError(error) && error.failure === 'schema') return versionOf(0)
    throw error
  }
}

/** @param last Unix ms of the newest migration in the database; 0 when none is recorded */
function versionOf(last: number): SchemaVersion {
  const newest = migrations.at(-1)!
  const applied = migrations.findLast(({ when }) => when <= last)
  const code = newest.tag
  if (last === 0) return { database: null, code, state: 'unrecorded' }
  if (last > newest.when) return { database: null, code, state: 'newer' }
  const state = applied === newest ? 'current' : 'older'
  return { database: applied?.tag ?? null, code, state }
}
