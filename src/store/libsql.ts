import type { Client } from '@libsql/client/http'
import { StoreError } from '../core/store-error.ts'
import type { Store } from '../core/types.ts'
import { httpClient } from './_http.ts'
import { checkOptions, type LibsqlConfig, type LibsqlOptions } from './_options.ts'
import { createLibsqlStore } from './_store.ts'

export type { LibsqlOptions } from './_options.ts'
export { migrate } from './migrate.ts'

/**
 * The store on libSQL: a server over HTTP, or a database file (`file:local.db`, `:memory:`) in this process.
 * Nothing is opened before the first call.
 * @throws KlaxonError for an option that cannot work
 */
export function libsql(options: LibsqlOptions): Store {
  const config = checkOptions(options)
  return createLibsqlStore(
    () => (config.local ? localClient(config) : httpClient(config)),
    config.secrets,
  )
}

/** Loaded when it is needed: a host that talks to a server never loads the native module. */
async function localClient({ url }: LibsqlConfig): Promise<Client> {
  const { createClient } = await import('@libsql/client/sqlite3')
  const client = opened(() =>
    // A second writer waits its turn (ms). Waiting blocks the event loop, so briefly: after it the write counts as
    // failed and is tried again.
    createClient({ url, intMode: 'number', concurrency: 1, timeout: 200 }),
  )
  // Several processes on one file: with WAL, readers and the writer do not block each other.
  if (url !== ':memory:') await client.execute('pragma journal_mode = wal')
  return client
}

/** The driver throws a plain Error, with the path in it, when it cannot open the file. */
function opened<T>(open: () => T): T {
  try {
    return open()
  } catch {
    throw new StoreError('refused', { code: 'SQLITE_CANTOPEN' })
  }
}
