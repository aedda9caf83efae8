import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unstable_startWorker } from 'wrangler'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { migratedSqld } from '../support/store-server.ts'

const server = migratedSqld()
let worker: Awaited<ReturnType<typeof unstable_startWorker>>
beforeAll(async () => {
  worker = await unstable_startWorker({
    config: '',
    name: 'store-isolate',
    entrypoint: fileURLToPath(new URL('../support/fixtures/store-worker.ts', import.meta.url)),
    compatibilityDate: '2026-08-01',
    bindings: { LIBSQL_URL: { type: 'plain_text', value: server.url } },
    dev: { server: { port: 0 }, inspector: false, logLevel: 'none', watch: false, persist: false },
  })
  await worker.ready
}, 60_000)
afterAll(() => worker?.dispose())

// A client that queues requests hangs here: a request then waits for another request's promise,
// which workerd cancels.
test(
  '60 requests at once that share a store in one isolate all write, twice in a row',
  { timeout: 60_000 },
  async () => {
    const claims: unknown[] = []
    for (const round of ['a', 'b']) {
      const requests = Array.from({ length: 60 }, async (_, nth) => {
        const response = await worker.fetch(`http://store/${round}${nth}`, {
          signal: AbortSignal.timeout(50_000),
        })
        expect(response.status).toBe(200)
        claims.push(await response.json())
      })
      await Promise.all(requests)
    }
    const store = libsql({ url: server.url })
    expect(await store.occurrences({ limit: 500 })).toHaveLength(120)
    expect((await store.issues())[0]?.count).toBe(120)
    expect(claims.filter((count) => count !== 0)).toEqual([1])
  },
)
