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
  try {
    // A second writer waits its turn (ms). Waiting blocks the event loop, so briefly: after it the write counts as
    // failed and is tried again.
    const client = createClient({ url, intMode: 'number', concurrency: 1, timeout: 200 })
    if (url === ':memory:') return client
    // Several processes on one file: with WAL, readers and the writer do not block each other. Where another process
    // has the file locked just now, that one sees to it.
    await client.execute('pragma journal_mode = wal').catch(() => client.reconnect())
    return reopenedWhenBusy(client)
  } catch {
    // the driver throws a plain Error with the path in it
    throw new StoreError('refused', { code: 'SQLITE_CANTOPEN' })
  }
}

/**
 * A statement that met a lock is left running by the driver, and on its connection each later COMMIT fails with "SQL
 * statements in progress", for good. A new connection starts clean.
 */
function reopenedWhenBusy(client: Client): Client {
  for (const name of ['execute', 'batch', 'transaction'] as const) {
    const call = client[name].bind(client) as (...args: unknown[]) => Promise<never>
    client[name] = (...args: unknown[]) =>
      call(...args).catch((error: { code?: unknown }) => {
        if (error.code === 'SQLITE_BUSY') client.reconnect()
        throw error
      })
  }
  return client
}
