import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { account, expectAccounts, NOTHING_WRONG } from '../support/rig/checker.ts'
import { type Database, startDatabase } from '../support/rig/database.ts'
import type { Fault } from '../support/rig/proxy.ts'
import { type SlackEnd, startSlack } from '../support/rig/slack.ts'
import { inParallel, resetting, startWorkerd, type Workerd } from '../support/rig/workerd.ts'

// The processes use the real clock, so a slow machine needs long time limits.
vi.setConfig({ testTimeout: 60_000 })

let database: Database
let slack: SlackEnd
const workers: Workerd[] = []

beforeAll(async () => {
  database = await startDatabase()
  slack = await startSlack()
})
afterAll(() => Promise.all([database.stop(), slack.stop()]))
beforeEach(async () => {
  for (const table of ['occurrences', 'issues', 'alerts'])
    await database.sql(`delete from klaxon_${table}`)
  Object.assign(database.proxy, { calls: [], fault: () => 'pass' })
  slack.taken = []
})
afterEach(() => Promise.all(workers.splice(0).map((each) => each.stop())))

async function start(...args: Partial<Parameters<typeof startWorkerd>>): Promise<Workerd> {
  const [bindings = {}, options] = args
  const worker = await startWorkerd({ LIBSQL_URL: database.proxy.url, ...bindings }, options)
  workers.push(worker)
  return worker
}

const get = async ({ url }: Workerd, path = '/boom') =>
  (await fetch(new URL(path, url))).body?.cancel()

/**
 * Waits until nothing is in flight. It asks over HTTP, because workerd runs timers only during a
 * request.
 */
async function settled(worker: Workerd, within = 30_000): ReturnType<Workerd['report']> {
  await expect.poll(async () => (await worker.report()).stats.inFlight, { timeout: within }).toBe(0)
  return worker.report()
}

describe('workerd', () => {
  test('a burst of 500 failures is 500 rows in at most 8 round trips', async () => {
    const worker = await start()
    await get(worker, '/burst?of=500')
    const { ids, stats } = await settled(worker)
    expect(ids).toHaveLength(500)
    expect(account(ids, { store: await database.ids() })).toEqual(NOTHING_WRONG)
    expectAccounts({ stats: () => stats })
    expect(database.proxy.calls.length).toBeLessThanOrEqual(8)
  })

  test('clients that reset the connection at once lose none of 1,000 occurrences', async () => {
    const worker = await start()
    await inParallel(1_000, 50, () => resetting(worker.url, '/boom', 'answered'))
    expect((await settled(worker)).ids).toHaveLength(1_000)
    // The client may be gone before the handler runs, so only captured occurrences count.
    await inParallel(500, 50, () => resetting(worker.url, '/boom', 'sent'))
    const { ids, stats } = await settled(worker)
    expect(account(ids, { store: await database.ids() })).toEqual(NOTHING_WRONG)
    expectAccounts({ stats: () => stats })
  })

  test('another request takes over the batch of requests that die during their flush', async () => {
    const worker = await start()
    database.proxy.fault = () => ({ delayMs: 300 })
    // The first request of each round writes the batch of all, and dies while the database is slow.
    for (let round = 0; round < 3; round++) {
      const dying = get(worker, '/dies')
      await inParallel(40, 40, () => get(worker).catch(() => undefined))
      await dying.catch(() => undefined)
    }
    const { ids, stats } = await settled(worker)
    expect(ids).toHaveLength(123)
    expect(account(ids, { store: await database.ids() })).toEqual(NOTHING_WRONG)
    expect(await database.counted()).toBe(123)
    expect(stats).toMatchObject({ captured: 123, stored: 123 })
  })

  test('the next request flushes the batch of a dead one', async () => {
    const worker = await start()
    database.proxy.fault = () => 'hang'
    await get(worker, '/dies').catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await worker.report()).stats).toMatchObject({ captured: 1, inFlight: 1 })
    database.proxy.fault = () => 'pass'
    await new Promise((resolve) => setTimeout(resolve, 5_200))
    await get(worker)
    const { ids } = await settled(worker)
    expect(ids).toHaveLength(2)
    expect(account(ids, { store: await database.ids() })).toEqual(NOTHING_WRONG)
  })

  test('four processes with one database send one alert, and the count is exact', async () => {
    const all = await Promise.all(
      Array.from({ length: 4 }, () => start({ SLACK_WEBHOOK_URL: slack.webhookUrl })),
    )
    await inParallel(800, 40, (nth) => get(all[nth % 4]!))
    const reports = await Promise.all(all.map((worker) => settled(worker)))
    expect(
      account(
        reports.flatMap(({ ids }) => ids),
        { store: await database.ids() },
      ),
    ).toEqual(NOTHING_WRONG)
    expect(await database.counted()).toBe(800)
    expect(slack.taken).toHaveLength(1)
  })
})

describe('a queue as fallback', () => {
  const queues = {
    queueProducers: { KLAXON_QUEUE: { queueName: 'klaxon' } },
    queueConsumers: {
      klaxon: { maxBatchSize: 10, maxBatchTimeout: 0, maxRetries: 100, retryDelay: 0 },
    },
  }

  test('keeps what the database refuses, and a consumer that fails twice stores it once', async () => {
    const worker = await start({}, queues)
    const refused: Fault = { status: 401, body: '' }
    database.proxy.fault = () => refused
    await Promise.all(Array.from({ length: 50 }, () => get(worker)))
    const inQueue = async (): Promise<number> => (await worker.report()).stats.fallback
    await expect.poll(inQueue, { timeout: 15_000 }).toBe(50)
    let refusals = 0
    database.proxy.fault = () => (refusals++ < 2 ? refused : 'pass')
    await expect.poll(() => database.ids(), { timeout: 15_000 }).toHaveLength(50)
    const { ids, stats, deliveries } = await settled(worker)
    expect(stats).toMatchObject({ captured: 50, fallback: 50, stored: 0 })
    expect(deliveries).toBeGreaterThanOrEqual(3)
    expect(account(ids, { store: await database.ids() })).toEqual(NOTHING_WRONG)
    expect(await database.counted()).toBe(50)
  })
})
