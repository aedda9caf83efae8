/**
 * The write path at scale: rows a second that one sqld takes, a batch and `maintain` on a large
 * database. `node scripts/run.mjs ../bench/writes.ts [folder] [occurrences]`; 0 is an empty
 * database, and a folder that was filled before is used again.
 */
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/_net.ts'
import { startSqld } from '../scripts/_sqld.ts'
import { createKlaxon } from '../src/klaxon.ts'
import { libsql, migrate } from '../src/store/libsql/libsql.ts'
import { driverOf } from '../src/store/sql/sql-store.ts'
import { fillWithRows } from '../test/support/many-rows.ts'
import { median } from './_stats.ts'
import { cpuOf } from './_workerd.ts'

const ROWS = 10_000
const ISSUES = 500
/** Below the outbox's cap of 1,000, above which the log takes over. */
const IN_FLIGHT = 800

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'klaxon-writes-')))
const occurrences = Number(process.argv[3] ?? 1_000_000)
const isFilled = existsSync(join(folder, 'dbs'))
const server = await startSqld({ dir: folder, port: await freePort() })
const trips: number[] = []

const timing: typeof fetch = async (...args) => {
  const start = performance.now()
  const response = await fetch(...args)
  const body = await response.arrayBuffer()
  trips.push(performance.now() - start)
  return new Response(body, response)
}

interface Spent {
  ms: number
  database: number
  own: number
}

/** Time, and CPU of the database and of this process, in ms. */
async function spent(work: () => Promise<unknown>): Promise<Spent> {
  const [start, before, own] = [performance.now(), cpuOf(server.pid!), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(own)
  const database = (cpuOf(server.pid!) - before) / 1_000
  return { ms: performance.now() - start, database, own: (user + system) / 1_000 }
}

/** Writes rows of many issues as fast as they are taken. */
async function write(klaxon: ReturnType<typeof createKlaxon>): Promise<void> {
  for (let i = 0; i < ROWS; i++) {
    klaxon.report(new Error(`Order of kind ${'abcdefghij'[i % 10]} has no customer`), {
      request: new Request(`http://shop.example/orders/kind${i % ISSUES}/x`),
    })
    while (klaxon.stats().inFlight > IN_FLIGHT)
      await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await klaxon.flush()
}

try {
  const store = libsql({ url: server.url, fetch: timing, timeoutMs: 60_000 })
  await migrate(store)
  const options = { store, log: false, maxRowsPerMinute: false, maintain: false } as const
  if (!isFilled && occurrences > 0)
    await fillWithRows(driverOf(store)!, { occurrences, issues: 10_000, now: Date.now() })
  const full = createKlaxon({ ...options, retention: { days: 30, rows: Math.max(occurrences, 1) } })
  trips.length = 0
  print(`${ROWS} rows into ${occurrences}`, await spent(() => write(full)), full)
  const quiet = await spent(() => full.maintain())
  print('maintain, what is over by these rows', quiet, full)
} finally {
  await server.stop()
}
process.exit()

function print(what: string, { ms, database, own }: Spent, klaxon: { stats(): object }): void {
  const perRow = (value: number): string => ((value / ROWS) * 1_000).toFixed(0)
  const batch = trips.length === 0 ? 0 : median(trips)
  console.log(
    [
      what,
      `${ms.toFixed(0)} ms, ${((ROWS / ms) * 1_000).toFixed(0)} rows/s`,
      `CPU of a row: database ${perRow(database)} µs, klaxon ${perRow(own)} µs`,
      `CPU in all: database ${database.toFixed(0)} ms`,
      `${trips.length} round trips, median ${batch.toFixed(1)} ms`,
      `load average ${loadavg()[0]!.toFixed(1)}`,
      JSON.stringify(klaxon.stats()),
    ].join(' | '),
  )
}
