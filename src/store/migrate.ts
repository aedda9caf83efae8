import type { Row } from '@libsql/client/http'
import { sql } from 'drizzle-orm/sql'
import { KlaxonError } from '../core/errors.ts'
import type { Store } from '../core/types.ts'
import { type Migration, migrations } from './_migrations.ts'
import { CONNECTION, isLibsqlStore, type LibsqlStore } from './_store.ts'

/**
 * Brings the klaxon tables of a libSQL store up to date, with the SQL of `drizzle/` and no file system. It changes
 * nothing where they are; several callers at once are safe, and each migration is applied whole or not at all. What
 * was applied is kept in `klaxon_migrations`, in the form of Drizzle's own migrator.
 * @returns tags of the migrations that this call applied
 * @throws StoreError
 * @throws KlaxonError when the store has no tables
 */
export async function migrate(store: Store): Promise<string[]> {
  if (!isLibsqlStore(store)) {
    throw new KlaxonError(
      'migrate(): pass the store of klaxon/libsql; other stores have no tables',
      {
        code: 'BAD_OPTION',
      },
    )
  }
  const applied: string[] = []
  for (const migration of await pending(store)) {
    if (await apply(store, migration)) applied.push(migration.tag)
  }
  return applied
}

async function pending(store: LibsqlStore): Promise<Migration[]> {
  const [, rows = []] = await run(store, [
    'create table if not exists klaxon_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
    'select max(created_at) last from klaxon_migrations',
  ])
  const last = Number(rows[0]?.['last'] ?? 0)
  return migrations.filter(({ when }) => when > last)
}

/** False when another caller came first. */
async function apply(store: LibsqlStore, migration: Migration): Promise<boolean> {
  const { hash, when, statements } = migration
  // first, and null where it is there already: NOT NULL then fails the whole transaction
  const claim = `insert into klaxon_migrations (hash, created_at)
select iif(exists (select 1 from klaxon_migrations where created_at >= ${when}), null, '${hash}'), ${when}`
  try {
    await run(store, [claim, ...statements])
    return true
  } catch (error) {
    if ((await pending(store)).includes(migration)) throw error
    return false
  }
}

async function run(store: LibsqlStore, texts: string[]): Promise<Row[][]> {
  const results = await store[CONNECTION].transact(texts.map((text) => sql.raw(text)))
  return results.map(({ rows }) => rows)
}
