import type { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Occurrence } from '../../src/model/occurrence.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { startWorkers } from '../support/workerd.ts'
import { type Database, startDatabase } from '../support/rig/database.ts'

/** A message in the form that Email Routing passes. */
const MAIL = 'From: a@shop.example\r\nMessage-ID: <1@shop.example>\r\nSubject: tea\r\n\r\nHello\r\n'

/** The object that Miniflare returns. Its published type needs the global types of Workers. */
interface Triggers {
  scheduled(options: { cron: string }): Promise<{ outcome: string; noRetry: boolean }>
}

describe.each([
  ['an export with handlers', 'test/support/fixtures/events.ts'],
  ['a WorkerEntrypoint class', 'test/support/fixtures/events-class.ts'],
])('%s on workerd', (_name, entry) => {
  let database: Database
  let miniflare: Miniflare
  let url: URL
  let worker: Triggers

  beforeAll(async () => {
    database = await startDatabase()
    miniflare = await startWorkers({
      entry,
      bindings: { LIBSQL_URL: database.proxy.url },
      queueProducers: { KLAXON_QUEUE: { queueName: 'klaxon' }, ORDERS: { queueName: 'orders' } },
      queueConsumers: {
        klaxon: { maxBatchTimeout: 0 },
        orders: { maxBatchTimeout: 0, maxRetries: 2, retryDelay: 0 },
      },
    })
    url = await miniflare.ready
    worker = (await miniflare.getWorker()) as unknown as Triggers
  })
  afterAll(async () => {
    await miniflare?.dispose()
    await database.stop()
  })

  /** The rows of one kind of event, once there are as many as expected. */
  async function rows(method: string, path: string, count: number): Promise<Occurrence[]> {
    const found = async () =>
      (await libsql({ url: database.url }).occurrences()).filter(
        (each) => each.method === method && each.path === path,
      )
    await expect.poll(found, { timeout: 10_000 }).toHaveLength(count)
    return found()
  }

  test('a cron trigger that throws has a row, and the platform sees the failure', async () => {
    expect(await worker.scheduled({ cron: '*/5 * * * *' })).toMatchObject({ outcome: 'exception' })
    const [row] = await rows('SCHEDULED', '*/5 * * * *', 1)
    expect(row).toMatchObject({
      kind: 'thrown',
      errorName: 'TypeError',
      errorMessage: 'cron broke',
      runtime: 'workerd',
      durationMs: expect.any(Number),
    })
  })

  test('a cron trigger keeps its own methods, and one that succeeds has no row', async () => {
    expect(await worker.scheduled({ cron: '1 1 * * *' })).toMatchObject({ noRetry: true })
    expect(await worker.scheduled({ cron: '0 0 * * *' })).toMatchObject({ outcome: 'ok' })
    await rows('SCHEDULED', '1 1 * * *', 1)
    await rows('SCHEDULED', '0 0 * * *', 0)
  })

  test('a queue consumer that throws has a row for each try, because the platform retries', async () => {
    expect((await fetch(new URL('/order', url))).status).toBe(202)
    const tries = await rows('QUEUE', 'orders', 3)
    expect(tries[0]).toMatchObject({ errorName: 'RangeError', errorMessage: 'orders broke' })
    expect(new Set(tries.map((each) => each.fingerprint)).size).toBe(1)
  })

  test('an email handler that throws has a row, and the platform sees the failure', async () => {
    const send = (to: string) =>
      fetch(new URL(`/cdn-cgi/local/email?from=a@shop.example&to=${to}`, url), {
        method: 'POST',
        body: `To: ${to}\r\n${MAIL}`,
      })
    expect((await send('fine@shop.example')).status).toBe(200)
    const broken = await send('broken@shop.example')
    expect(broken.status).toBe(500)
    expect(await broken.text()).toContain('email broke')
    const [row] = await rows('EMAIL', '', 1)
    expect(row).toMatchObject({ errorName: 'SyntaxError', errorMessage: 'email broke' })
  })

  test('what the database refuses goes through the queue and is consumed without a line of the user', async () => {
    let refusals = 0
    database.proxy.fault = () => (refusals++ < 1 ? { status: 401, body: '' } : 'pass')
    const id = (await fetch(new URL('/boom', url))).headers.get('x-error-id')
    const [row] = await rows('GET', '/boom', 1)
    expect(row).toMatchObject({ id, errorMessage: 'fetch broke' })
    expect(refusals).toBeGreaterThan(1)
    // The user's queue handler, which throws, did not get the batch.
    await rows('QUEUE', 'klaxon', 0)
  })
})
