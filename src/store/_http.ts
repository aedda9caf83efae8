import { type Client, createClient } from '@libsql/client/http'
import { storeFetch } from './_fetch.ts'
import type { LibsqlConfig } from './_options.ts'

export function httpClient(config: LibsqlConfig): Client {
  return createClient({
    url: config.url,
    ...(config.authToken === undefined ? {} : { authToken: config.authToken }),
    fetch: storeFetch(config.fetch, config.timeoutMs),
    intMode: 'number',
    // Off. The client's queue makes one request wait for a promise of another, which workerd cancels as hung: the slot
    // is never given back, and after 20 of them every write hangs for good.
    concurrency: -1,
  })
}
