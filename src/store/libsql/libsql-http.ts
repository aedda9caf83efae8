import type { Store } from '../../model/store.ts'
import { transactionStore } from '../sql/create-store.ts'
import { libsqlDriver } from './_driver.ts'
import { httpSession } from './_http.ts'
import { badOption, checkOptions, type LibsqlOptions, storeOptions } from './_options.ts'

export type { LibsqlOptions } from './_options.ts'
export { migrate } from '../sql/migrate.ts'

/**
 * Makes a store on a libSQL server over HTTP: `klaxon/libsql` for workerd and other hosts without
 * files.
 * @example
 * libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN })
 * @throws KlaxonError for an option that cannot work
 */
export function libsql(options: LibsqlOptions): Store {
  const config = checkOptions(options)
  if (config.local) {
    throw badOption(
      'url',
      'be the address of a libSQL server: there are no files here, `file:` and `:memory:` work on Node, Deno and Bun only. ' +
        'Use d1() from klaxon/d1, or memory() from klaxon/memory, or a server such as http://127.0.0.1:8080',
    )
  }
  return transactionStore({ ...libsqlDriver(() => httpSession(config)), ...storeOptions(config) })
}
