/**
 * Pages at 1,000,000 occurrences and 10,000 issues: ms, warm, and rows read, from a file and from
 * sqld over HTTP. `node scripts/run.mjs ../bench/reads.ts [folder] [occurrences]`; a folder that
 * was filled before is used again.
 */
import { copyFile, mkdtemp, readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/_net.ts'
import { startSqld } from '../scripts/_sqld.ts'
import { MAX_ROWS_READ } from '../src/read/limits.ts'
import { createReader } from '../src/read/reader.ts'
import type { Reader } from '../src/read/types.ts'
import { libsql, migrate } from '../src/store/libsql/libsql.ts'
import { driverOf } from '../src/store/sql/sql-store.ts'
import { fillWithRows } from '../test/support/many-rows.ts'

const NOW = Date.UTC(2026, 10, 26, 20)
const WARM_MS = 50
const RUNS = 21

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'klaxon-reads-')))
const occurrences = Number(process.argv[3] ?? 1_000_000)
const isFilled = existsSync(join(folder, 'dbs'))
const server = await startSqld({ dir: folder, port: await freePort() })
let rowsRead = 0

/** Counts what the server says that it read. */
const counting: typeof fetch = async (...args) => {
  const response = await fetch(...args)
  const text = await response.text()
  for (const [, rows] of text.matchAll(/"rows_read":(\d+)/g)) rowsRead += Number(rows)
  return new Response(text, response)
}

try {
  const store = libsql({ url: server.url, fetch: counting, timeoutMs: 60_000 })
  if (!isFilled) {
    await migrate(store)
    await fillWithRows(driverOf(store)!, { occurrences, issues: 10_000, now: NOW })
  }
  const http = createReader(store, { now: () => NOW })
  const file = createReader(libsql({ url: `file:${await copied()}` }), { now: () => NOW })
  const pages = await pagesOf(http)
  console.log(
    `load average ${loadavg()[0]!.toFixed(1)}; median and best of ${RUNS}, bound ${WARM_MS} ms of CPU and ${MAX_ROWS_READ} rows`,
  )
  console.log('page | file: CPU ms, ms | over HTTP: ms | rows read')
  for (const [name, page] of pages) {
    const local = await timed(() => page(file))
    const remote = await timed(() => page(http))
    rowsRead = 0
    await page(http)
    const isOver = local.cpu > WARM_MS || rowsRead > MAX_ROWS_READ
    console.log(
      `${isOver ? '**' : ''}${name} | ${local.cpu.toFixed(1)}, ${print(local)} | ${print(remote)} | ${rowsRead}`,
    )
  }
} finally {
  await server.stop()
}

/** A copy of the server's file, for a client in this process. */
async function copied(): Promise<string> {
  const data = join(folder, 'dbs', 'default')
  const target = join(folder, 'copy.db')
  for (const name of await readdir(data))
    if (/^data(?:-wal)?$/.test(name)) await copyFile(join(data, name), target + name.slice(4))
  return target
}

async function pagesOf(reader: Reader): Promise<[string, (reader: Reader) => Promise<unknown>][]> {
  const { issues } = await reader.list('', { sort: 'count' })
  const { fingerprint } = issues[0]!
  const { id } = (await reader.feed('')).rows[50]!
  return [
    ['issues, 24 h', (each) => each.list('is:open')],
    ['issues, 14 d', (each) => each.list('is:open', { span: '14d' })],
    ['issues by count', (each) => each.list('is:open', { sort: 'count' })],
    ['issues by most in 24 h', (each) => each.list('is:open', { sort: 'recent' })],
    ['issues, text', (each) => each.list('is:open token')],
    ['issues, text that nothing has', (each) => each.list('nothing-has-this-text')],
    ['issues of an environment', (each) => each.list('is:open env:staging')],
    ['the hottest issue', (each) => each.issue(fingerprint)],
    ['an occurrence', (each) => each.occurrence(id)],
    ['occurrences', (each) => each.feed('')],
    ['occurrences, nothing matches', (each) => each.feed('status:418')],
    ['occurrences of a user', (each) => each.feed('user:77')],
    ['releases', (each) => each.releases()],
    ['alerts', (each) => each.alerts()],
    ['health', (each) => each.health()],
  ]
}

interface Timed {
  /** ms of this process: the database's where it is a file. */
  cpu: number
  median: number
  best: number
}

async function timed(page: () => Promise<unknown>): Promise<Timed> {
  const times: number[] = []
  let cpu = process.cpuUsage()
  for (let run = 0; run < RUNS + 2; run++) {
    if (run === 2) cpu = process.cpuUsage()
    const start = performance.now()
    await page()
    if (run > 1) times.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  return {
    cpu: (user + system) / 1_000 / RUNS,
    median: times[times.length >> 1]!,
    best: times[0]!,
  }
}

function print({ median, best }: Timed): string {
  return `${median.toFixed(1)} (${best.toFixed(1)})`
}
