import type { Store } from '../../model/store.ts'
import { transactionStore } from '../sql/create-store.ts'
import { libsqlDriver } from './_driver.ts'
import { localSession } from './_file.ts'
import { httpSession } from './_http.ts'
import { checkOptions, type LibsqlOptions, storeOptions } from './_options.ts'

export type { LibsqlOptions } from './_options.ts'
export { migrate } from '../sql/migrate.ts'

/**
 * Makes a store on libSQL: a server over HTTP, or a database file (`file:local.db`, `:memory:`) in
 * this process. It opens the database at the first call.
 * @example
 * libsql({ url: process.env.LIBSQL_URL, authToken: process.env.LIBSQL_AUTH_TOKEN })
 * @throws KlaxonError for an option that cannot work
 */
export function libsql(options: LibsqlOptions): Store {
  const config = checkOptions(options)
  const open = config.local ? localSession(config) : () => httpSession(config)
  return transactionStore({ ...libsqlDriver(open), ...storeOptions(config) })
}
