import { createClient } from '@libsql/client/http'
import type { Session } from './_driver.ts'
import { storeFetch } from './_fetch.ts'
import type { LibsqlConfig } from './_options.ts'

/**
 * Makes a client for one call. It costs 5 µs, opens no connection, and shares nothing with other
 * requests.
 */
export function httpSession(config: LibsqlConfig): Session {
  let reply: Uint8Array | undefined
  const client = createClient({
    url: config.url,
    ...(config.authToken === undefined ? {} : { authToken: config.authToken }),
    fetch: storeFetch(config, (bytes) => (reply = bytes)),
    intMode: 'number',
    // Turns the client's queue off. In the queue a request awaits another request's promise, which
    // workerd cancels as hung. Its slot is never freed, and after 20 of them every write hangs.
    concurrency: -1,
  })
  return { client, rowsRead: () => rowsReadIn(reply) }
}

/**
 * Finds `rows_read`, which the client drops. A JSON string would escape the quotes, so each match
 * is a key.
 */
function rowsReadIn(reply: Uint8Array | undefined): number[] {
  if (reply === undefined) return []
  const found = new TextDecoder().decode(reply).matchAll(/"rows_read":\s*(\d+)/g)
  return Array.from(found, ([, digits]) => Number(digits))
}
