import type { Store } from '../model/store.ts'
import { driverOf } from '../store/sql/sql-store.ts'
import { sqlPageReader } from './sql/reader.ts'
import type { PageReader } from './types.ts'

/** Makes the reader for pages; null for stores without SQL, which keeps a Worker small. */
export function createPageReader(store: Store, now?: () => number): PageReader | null {
  const driver = driverOf(store)
  return driver === null ? null : sqlPageReader(driver, now)
}
