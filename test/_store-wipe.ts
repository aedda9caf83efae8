import { sql } from 'drizzle-orm/sql'
import type { Store } from '../src/core/types.ts'
import { CONNECTION, isLibsqlStore } from '../src/store/_store.ts'

const TABLES = ['occurrences', 'issues', 'tallies', 'alerts', 'channels', 'memos']

/** Empties the klaxon tables behind a libSQL store; gives the store back. */
export async function emptied(store: Store): Promise<Store> {
  if (!isLibsqlStore(store)) throw new Error('only a libSQL store has tables')
  await store[CONNECTION].transact(TABLES.map((table) => sql.raw(`delete from klaxon_${table}`)))
  return store
}
