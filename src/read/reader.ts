import type { Store } from '../model/store.ts'
import { driverOf } from '../store/sql/sql-store.ts'
import { sqlReader } from './sql/reader.ts'
import { tableReader } from './tables/reader.ts'
import type { Reader } from './types.ts'

export interface ReaderOptions {
  /**
   * The clock of reads and actions, in Unix ms.
   * @default Date.now for reads, the database's own clock for actions
   */
  now?: () => number
}

/**
 * Makes a reader of a store: lists, pages, search, and actions on issues.
 * @example
 * const reader = createReader(libsql({ url, authToken }))
 * const { issues } = await reader.list('is:open status:5xx', { sort: 'count' })
 */
export function createReader(store: Store, options: ReaderOptions = {}): Reader {
  const driver = driverOf(store)
  return driver === null ? tableReader(store, options.now) : sqlReader(driver, options.now)
}
