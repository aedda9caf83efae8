import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeSuite } from '../suites/store.ts'
import { aBatch, entries } from '../support/store-fixtures.ts'
import { type RemoteStore, remoteStore } from '../support/store-remote.ts'
import { startWorkers } from '../support/workerd.ts'

describe('in a Durable Object of workerd', () => {
  let workers: Miniflare
  let store: RemoteStore
  beforeAll(async () => {
    workers = await startWorkers({
      entry: 'test/support/fixtures/durable-worker.ts',
      durableObjects: { KLAXON: { className: 'KlaxonStore', useSQLite: true } },
    })
    store = remoteStore(String(await workers.ready))
    await store.migrate()
  })
  afterAll(() => workers?.dispose())
  test('deletes what is older than its retention when its alarm rings, and sets the next', async () => {
    const old = { occurredAt: Date.now() - 40 * 86_400_000 }
    await store.empty()
    const occurrences = [
      ...entries(2, () => old),
      ...entries(3, () => ({ occurredAt: Date.now() })),
    ]
    await store.write(aBatch({ now: Date.now(), channels: [], occurrences }))
    const response = await fetch(new URL('/ring', String(await workers.ready)))
    expect(await response.json()).toBeGreaterThan(Date.now() + 3_000_000)
    expect(await store.occurrences()).toHaveLength(3)
  })

  storeSuite('durable()', async () => {
    await store.empty()
    return store
  })
})
