import type { Store } from '../../src/model/store.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'

const TABLES = [
  'occurrences',
  'issues',
  'counted_ids',
  'alerts',
  'channels',
  'threads',
  'events',
  'hours',
  'series',
  'texts',
  'releases',
  'settings',
  'heartbeats',
]

/** Empties the klaxon tables behind a SQL store; gives the store back. */
export async function emptied(store: Store): Promise<Store> {
  await driverOf(store)!.batch(
    TABLES.map((table) => ({ sql: `delete from klaxon_${table}`, params: [] })),
    'write',
  )
  return store
}
