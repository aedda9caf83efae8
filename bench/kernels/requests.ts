/**
 * Subjects in one process, mostly a single one: `node kernels/requests.ts BUNDLE…`. The parent asks
 * for one batch after another and so interleaves the subjects; each answer is what one request
 * cost.
 */
import { type Cost, isFailing, type Order } from '../_orders.ts'
import { median } from '../_stats.ts'
import { nowhere } from './_nowhere.ts'

interface Worker {
  fetch(request: Request, env: object, ctx: object): Response | Promise<Response>
}

const env = { SINK: 'http://127.0.0.1:1', LIBSQL_URL: 'http://127.0.0.1:2' }
const CONCURRENT = 50

let posts = 0
globalThis.fetch = (...args) => {
  posts++
  return nowhere(...(args as Parameters<typeof nowhere>))
}

const workers: Worker[] = []
for (const [i, path] of process.argv.slice(2).entries()) {
  // A bundle that is named twice is two copies.
  workers.push(((await import(`${path}?${i}`)) as { default: Worker }).default)
}

const pending = new Set<Promise<unknown>>()
const ctx = {
  waitUntil(promise: Promise<unknown>) {
    const settled = Promise.allSettled([promise]).then(() => void pending.delete(settled))
    pending.add(settled)
  },
  passThroughOnException() {},
  props: {},
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function request(path: string): Request {
  const headers = { 'user-agent': 'bench/1.0', accept: 'application/json', 'cf-ray': '8f1-FRA' }
  return new Request(`http://shop.example${path}?page=2`, { headers })
}

async function idle(): Promise<void> {
  while (pending.size > 0) await Promise.all(pending)
}

/**
 * Back to back, for a success leaves nothing to do behind it. Nothing waits for I/O here, so the
 * time until the response is this process's CPU time, which does not count what neighbours on the
 * same cores take. (The CPU time of one thread would be nearer, but Linux brings it up to date only
 * every few ms.)
 */
async function successes(worker: Worker, path: string, times: number): Promise<number> {
  const pool = Array.from({ length: 64 }, () => request(path))
  const before = process.cpuUsage()
  for (let i = 0; i < times; i++) await worker.fetch(pool[i & 63]!, env, ctx)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / times
}

/**
 * With a turn of the event loop between, in which background work is done and not waited for. The
 * median, because one request is too short for the CPU clock and a neighbour's turn would count.
 */
async function failures(worker: Worker, path: string, times: number): Promise<number> {
  const spent: number[] = []
  for (let i = 0; i < times; i++) {
    const one = request(path)
    const start = performance.now()
    const response = await worker.fetch(one, env, ctx)
    spent.push(performance.now() - start)
    await response.text()
    await tick()
  }
  await idle()
  return median(spent) * 1000
}

/** CPU of all threads, the background work's included, with 50 requests at a time. */
async function storm(worker: Worker, path: string, times: number): Promise<number> {
  const before = process.cpuUsage()
  for (let done = 0; done < times; done += CONCURRENT) {
    await Promise.all(
      Array.from({ length: Math.min(CONCURRENT, times - done) }, async () => {
        const response = await worker.fetch(request(path), env, ctx)
        return response.text()
      }),
    )
    await tick()
  }
  await idle()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / times
}

async function obey({ subject = 0, path, times, what }: Order): Promise<Cost> {
  posts = 0
  const worker = workers[subject]!
  const failing = isFailing(path)
  if (what === 'cpu') return { micros: await storm(worker, path, times), posts }
  return { micros: await (failing ? failures : successes)(worker, path, times), posts }
}

process.on('message', (order: Order) => {
  void obey(order).then((cost) => process.send!(cost))
})
process.send!('ready')
