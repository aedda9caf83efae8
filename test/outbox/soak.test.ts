import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { spool } from '../../src/fallback/spool.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { account, expectAccounts, idsOf, NOTHING_WRONG } from '../support/rig/checker.ts'
import { type Database, startDatabase } from '../support/rig/database.ts'
import { isolate } from '../support/rig/storm.ts'

let database: Database
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klaxon-soak-'))
  database = await startDatabase()
})
afterAll(async () => {
  await database.stop()
  await rm(dir, { recursive: true, force: true })
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs `work` every `everyMs` by the clock. */
async function paced(
  everyMs: number,
  forMs: number,
  work: (nth: number) => Promise<void>,
): Promise<void> {
  const start = performance.now()
  for (let nth = 0; nth * everyMs < forMs; nth++) {
    await sleep(Math.max(0, start + nth * everyMs - performance.now()))
    await work(nth)
  }
}

const p99 = (times: number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!

test('a database that is away for 60 s at 200 errors a second loses none of 12,000', async () => {
  const one = isolate({
    store: libsql({ url: database.proxy.url }),
    fallback: spool(join(dir, 'spool.ndjson')),
  })
  const ids: string[] = []
  const times: { away: number[]; there: number[] } = { away: [], there: [] }
  const fail = async (into: number[]): Promise<void> => {
    const before = performance.now()
    const response = await one.fetch(new Request('http://rig/broken'))
    into.push(performance.now() - before)
    ids.push(response.headers.get('x-error-id')!)
  }
  await paced(5, 20_000, () => fail(times.there))
  await one.klaxon.flush()
  await database.proxy.down()
  await paced(5, 60_000, () => fail(times.away))
  await database.proxy.up()
  await sleep(6_000)
  await paced(5, 1_000, () => fail(times.there))
  await one.klaxon.flush()
  await expect.poll(() => database.ids(), { timeout: 60_000 }).toHaveLength(ids.length)
  expectAccounts(one.klaxon)
  const { fallback, logged } = one.klaxon.stats()
  console.log({
    captured: ids.length,
    fallback,
    logged,
    p99: { away: p99(times.away), there: p99(times.there) },
  })
  const sinks = { store: await database.ids(), log: idsOf(one.log.records()) }
  expect(account(ids, sinks)).toEqual(NOTHING_WRONG)
  expect(one.log.records()).toEqual([])
})

test('ten minutes at 50 requests a second, 20% errors, keep the heap level', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const one = isolate({ store: libsql({ url: database.proxy.url }) })
  // The memory of the rig would look like a leak. So the log keeps no lines, and the rig keeps
  // nothing per request.
  const before = await database.ids()
  const samples: { at: number; heap: number }[] = []
  await paced(20, 600_000, async (nth) => {
    const response = await one.fetch(new Request(`http://rig/${nth % 5 === 0 ? 'away' : 'fine'}`))
    await response.text()
    if (nth % 1_500 !== 0) return
    database.proxy.calls = []
    collect()
    samples.push({ at: nth * 20, heap: process.memoryUsage().heapUsed })
  })
  await one.klaxon.flush()
  const { captured, stored, inFlight } = one.klaxon.stats()
  expect({ stored, inFlight }).toEqual({ stored: captured, inFlight: 0 })
  expect(await database.ids()).toHaveLength(before.length + captured)
  const { slope, error } = perHour(samples.filter(({ at }) => at >= 120_000))
  console.log({
    captured,
    slope: `${slope.toFixed(2)} ± ${error.toFixed(2)} MB an hour`,
    samples: samples.map(({ heap }) => (heap / 1e6).toFixed(2)),
  })
  // Ten minutes cannot distinguish 1 MB per hour from none with certainty. The growth must not
  // exceed it by more than the noise.
  expect(slope - 2 * error).toBeLessThan(1)
})

/** The growth of the heap in MB per hour by least squares, and its standard error. */
function perHour(samples: { at: number; heap: number }[]): { slope: number; error: number } {
  const points = samples.map(({ at, heap }) => ({ x: at / 3_600_000, y: heap / 1e6 }))
  const mean = (values: number[]): number => values.reduce((sum, n) => sum + n, 0) / values.length
  const x = mean(points.map((point) => point.x))
  const y = mean(points.map((point) => point.y))
  const spread = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
  const slope = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) / spread
  const rest = points.reduce((sum, point) => sum + (point.y - y - slope * (point.x - x)) ** 2, 0)
  return { slope, error: Math.sqrt(rest / (points.length - 2) / spread) }
}
