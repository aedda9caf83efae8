/**
 * The dashboard at 1,000,000 occurrences and 10,000 issues: ms of a page, from a file, warm; and
 * of the list alone, 50 rows of it. `node scripts/run.mjs ../bench/dashboard.ts [folder]
 * [occurrences]`; a folder that was filled before is used again. It reads `dist/`: build first.
 */
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { dashboardWith } from '../dist/dashboard/dashboard.js'
import { IssuesPage } from '../dist/dashboard/pages/issues.js'
import { createReader } from '../dist/read/reader.js'
import { libsql, migrate } from '../dist/store/libsql/libsql.js'
import { driverOf } from '../dist/store/sql/sql-store.js'
import { fillWithRows } from '../test/support/many-rows.ts'

const NOW = Date.UTC(2026, 10, 26, 20)
const WARM_MS = 50
const RENDER_MS = 2
const RUNS = 41
const WARM_UP = 100

const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'klaxon-dashboard-')))
const occurrences = Number(process.argv[3] ?? 1_000_000)
const file = join(folder, 'klaxon.db')
const isFilled = existsSync(file)
const store = libsql({ url: `file:${file}` })
if (!isFilled) {
  await migrate(store)
  await fillWithRows(driverOf(store)!, { occurrences, issues: 10_000, now: NOW })
}
Date.now = () => NOW

const reader = createReader(store)
const app = dashboardWith(() => reader, { store, path: '', auth: { by: () => ({ name: 'ada' }) } })
const list = await reader.list('is:open', { span: '24h' })
const hottest = (await reader.list('', { sort: 'count' })).issues[0]!.fingerprint
const { id } = (await reader.feed('')).rows[50]!

console.log(
  `load average ${loadavg()[0]!.toFixed(1)}; page | ms of CPU | median | best, of ${RUNS}`,
)
const view = {
  base: '',
  nonce: '',
  token: '',
  visitor: { name: 'ada' },
  hasSession: false,
  readOnly: false,
  timeZone: 'UTC',
  now: NOW,
}
const props = { view, list, done: null, isEmpty: false, after: undefined }
await show(`${list.issues.length} rows rendered`, RENDER_MS, async () =>
  String(IssuesPage(props as never)),
)
for (const path of [
  'issues?q=is:open',
  'issues?q=is:open&span=24h',
  'issues?q=is:open&sort=count',
  'issues?q=token',
  `i/${hottest}`,
  `i/${hottest}/occurrences`,
  `e/${id}`,
  'occurrences',
  'occurrences?q=status:418',
  'releases',
  'alerts',
  'health',
])
  await show(path.replace(hottest, 'HOTTEST').replace(id, 'ID'), WARM_MS, async () => {
    const response = await app.request(`/${path}`)
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`)
    await response.text()
  })
process.exit()

async function show(name: string, bound: number, run: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  for (let nth = 0; nth < WARM_UP; nth++) await run()
  const before = process.cpuUsage()
  for (let nth = 0; nth < RUNS; nth++) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  const cpu = (user + system) / 1_000 / RUNS
  times.sort((a, b) => a - b)
  const figures = [cpu, times[RUNS >> 1]!, times[0]!].map((ms) => ms.toFixed(2))
  const mark = cpu > bound ? '**' : ''
  console.log(`${mark}${name} | ${figures.join(' | ')}${mark}`)
}
