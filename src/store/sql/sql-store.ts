import type { KlaxonError } from '../../model/klaxon-error.ts'
import type { Store } from '../../model/store.ts'
import { badOption } from './bad-option.ts'
import { batchStore, transactionStore } from './create-store.ts'
import type { SqlStoreOptions } from './driver.ts'

export type {
  SqlDriver,
  SqlLimits,
  SqlResult,
  SqlStatement,
  SqlStoreOptions,
  SqlValue,
} from './driver.ts'
export type { Store, StoreFailure } from '../../model/store.ts'
export { StoreError } from '../../model/store-error.ts'
export { driverOf } from './_connection.ts'
export { migrate } from './migrate.ts'

/**
 * Makes a store on any SQLite database. klaxon's stores for libSQL, D1, Durable Objects and local
 * files are made in the same way.
 * @example
 * const store = sqlStore({
 *   name: 'my-sqlite',
 *   async batch(statements, mode) {
 *     return await database.transaction(mode, statements.map(({ sql, params }) => [sql, params]))
 *   },
 * })
 * @throws KlaxonError for an option that cannot work
 */
export function sqlStore(options: SqlStoreOptions): Store {
  check(options)
  const { transaction } = options
  return transaction === undefined
    ? batchStore(options)
    : transactionStore({ ...options, transaction })
}

function check(options: SqlStoreOptions): void {
  const bad = (option: string, rule: string): KlaxonError => badOption('sqlStore', option, rule)
  if (typeof options !== 'object' || options === null)
    throw bad('batch', 'be set: pass an object with `name` and `batch`')
  const { name, batch, classify, transaction, limits, secrets, migrate } = options
  if (typeof name !== 'string' || name === '') throw bad('name', 'be a text such as "my-sqlite"')
  if (typeof batch !== 'function')
    throw bad('batch', 'be a function that runs statements in one transaction')
  for (const [key, value] of Object.entries({ classify, transaction }))
    if (value !== undefined && typeof value !== 'function')
      throw bad(key, 'be a function, or left out')
  for (const key of ['statements', 'parameterBytes'] as const) {
    const value = limits?.[key]
    if (value !== undefined && !(typeof value === 'number' && value >= 1))
      throw bad(`limits.${key}`, 'be a number from 1 up, or left out')
  }
  if (
    secrets !== undefined &&
    !(Array.isArray(secrets) && secrets.every((s) => typeof s === 'string'))
  )
    throw bad('secrets', 'be a list of texts, or left out')
  if (migrate !== undefined && typeof migrate !== 'boolean')
    throw bad('migrate', 'be true or false, or left out')
}
