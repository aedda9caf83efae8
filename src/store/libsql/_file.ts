import type { Client } from '@libsql/client/http'
import { StoreError } from '../../model/store-error.ts'
import type { Session } from './_driver.ts'
import type { LibsqlConfig } from './_options.ts'

/** Opens one client for all calls, at the first call. */
export function localSession(config: LibsqlConfig): () => Promise<Session> {
  let client: Promise<Client> | undefined
  return async () => {
    client ??= localClient(config)
    try {
      return { client: await client }
    } catch (error) {
      client = undefined
      throw error
    }
  }
}

/**
 * Opens a file. The native module is imported here, so that a host with a remote server never loads
 * it.
 */
async function localClient({ url }: LibsqlConfig): Promise<Client> {
  const { createClient } = await import('@libsql/client/sqlite3')
  try {
    // `timeout` is the ms that a second writer waits. Waiting blocks the event loop, so it is
    // short. The write is then tried again.
    const client = createClient({ url, intMode: 'number', concurrency: 1, timeout: 200 })
    if (url === ':memory:') return client
    // With WAL, readers and the writer do not block each other. When another process has locked the
    // file, that process sets it.
    await client.execute('pragma journal_mode = wal').catch(() => client.reconnect())
    return reopenedWhenBusy(client)
  } catch {
    // The driver throws a plain Error that contains the path.
    throw new StoreError('refused', { code: 'SQLITE_CANTOPEN' })
  }
}

/**
 * Opens a new connection after SQLITE_BUSY. The driver leaves the statement running, and every
 * later COMMIT on its connection fails with "SQL statements in progress".
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
