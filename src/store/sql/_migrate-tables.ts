import { StoreError } from '../../model/store-error.ts'
import type { SqlDriver, SqlResult } from './driver.ts'
import { type Migration, migrations } from './_migrations.ts'

const APPLIED = 'select created_at at from klaxon_migrations order by created_at'

/** The migrations that a database lacks. */
export interface Pending {
  pending: Migration[]
  /** Whether a newer klaxon has migrated the database. */
  isNewer: boolean
}

/**
 * Applies pending migrations. Without any, creates tables that someone has dropped.
 * @returns tags of the migrations that this call applied
 */
export async function migrateTables(driver: SqlDriver): Promise<string[]> {
  const { pending, isNewer } = await findPending(driver)
  if (isNewer) {
    throw new StoreError('schema', {
      code: 'NEWER_TABLES',
      hint: 'the klaxon tables are of a newer klaxon: update klaxon, which this service runs in an older version',
    })
  }
  if (pending.length === 0) await repair(driver)
  return apply(driver, pending)
}

/**
 * Applies migrations in order.
 * @returns tags of the migrations that no other caller applied first
 */
async function apply(driver: SqlDriver, pending: readonly Migration[]): Promise<string[]> {
  const applied: string[] = []
  for (const migration of pending)
    if (await applyOne(driver, migration)) applied.push(migration.tag)
  return applied
}

async function findPending(driver: SqlDriver): Promise<Pending> {
  const [, result] = await run(driver, [
    'create table if not exists klaxon_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
    APPLIED,
  ])
  return pendingAfter(result)
}

/**
 * Like `findPending`, but creates no table.
 * @throws StoreError with failure `schema` without klaxon_migrations
 */
export async function readPending(driver: SqlDriver): Promise<Pending> {
  return pendingAfter((await driver.batch([{ sql: APPLIED, params: [] }], 'read'))[0])
}

function pendingAfter(result: SqlResult | undefined): Pending {
  const last = Number(result?.rows.at(-1)?.['at'] ?? 0)
  return {
    pending: migrations.filter(({ when }) => when > last),
    isNewer: last > migrations.at(-1)!.when,
  }
}

/** Creates missing tables and indexes. These statements change nothing else. */
async function repair(driver: SqlDriver): Promise<void> {
  const statements = migrations.flatMap((migration) => migration.statements)
  await run(
    driver,
    statements.filter((statement) => /\bif not exists\b/i.test(statement)),
  )
}

/** Applies a migration; false when another caller came first. */
async function applyOne(driver: SqlDriver, migration: Migration): Promise<boolean> {
  const { hash, when, statements } = migration
  // This comes last: a database may split the statements into two calls, and a recorded migration
  // must be whole.
  const note = `insert into klaxon_migrations (hash, created_at)
select '${hash}', ${when} where not exists (select 1 from klaxon_migrations where created_at >= ${when})`
  try {
    const results = await run(driver, [...statements, note, 'select changes() n'])
    return Number(results.at(-1)?.rows[0]?.['n']) > 0
  } catch (error) {
    if ((await findPending(driver)).pending.includes(migration)) throw error
    return false
  }
}

function run(driver: SqlDriver, texts: readonly string[]): Promise<SqlResult[]> {
  return driver.batch(
    texts.map((sql) => ({ sql, params: [] })),
    'write',
  )
}
