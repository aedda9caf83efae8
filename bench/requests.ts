import { type Cost, isFailing, type Order } from './_orders.ts'
import { type Child, start } from './_child.ts'
import { bundle } from './_bundle.ts'
import { interleave, merge, type Rounds } from './_stats.ts'

/** Every subject and the file that makes it; the second bare copy shows how much is noise. */
export const SUBJECTS: Record<string, string> = {
  bare: 'bare',
  'bare, second copy': 'bare',
  'empty middleware': 'empty-middleware',
  klaxon: 'klaxon',
  'klaxon middleware': 'klaxon-middleware',
  'klaxon, logging': 'klaxon-logging',
  'one POST by hand': 'one-post',
  honeybadger: 'honeybadger',
  '@hono/sentry': 'hono-sentry',
  evlog: 'evlog',
  '@sentry/cloudflare': 'sentry',
}

export const CASES: Record<string, string> = {
  '200 small': '/small',
  '200 of 20 KB': '/large',
  '200 small, enveloped': '/api/small',
  'no route (404)': '/nowhere',
  throw: '/throws',
}

/** The cases of a quick run. */
const QUICK = ['200 small', 'throw']

/** What is too near to bare for two processes to tell apart, whose memory alone differs by more. */
const CLOSE = ['bare', 'bare, second copy', 'empty middleware', 'klaxon', 'klaxon middleware']

export interface Requests {
  /** µs until the response is there, by case. */
  time: Map<string, Rounds>
  /** µs of CPU in all, by failing case. */
  cpu: Map<string, Rounds>
  /** How many requests one request made each subject send, by case. */
  sends: Map<string, Map<string, number>>
}

/**
 * µs of a small 200 with every subject in one process. They share the memory and the host's code,
 * so that a second bare copy reads as the first one does.
 */
export async function measureWrapping(quick: boolean): Promise<Rounds> {
  const [launches, rounds] = quick ? [2, 9] : [9, 25]
  const order = { path: CASES['200 small']!, what: 'time' } as const
  const all: Rounds[] = []
  for (let launch = 0; launch < launches; launch++) {
    const paths = await Promise.all(CLOSE.map((name) => bundle(`subjects/${SUBJECTS[name]}.ts`)))
    const child: Child<Order, Cost> = await start('requests', paths)
    const time = async (name: string, times: number): Promise<number> =>
      (await child.ask({ ...order, times, subject: CLOSE.indexOf(name) })).micros
    for (let i = 0; i < 2; i++) for (const name of CLOSE) await time(name, 20_000)
    const times = batchOf(await time('bare', 2_000))
    all.push(await interleave(CLOSE, rounds, (name) => time(name, times)))
    child.stop()
  }
  return merge(all)
}

/** ms that one batch should take. */
const BATCH_MS = 25
/** ms that a subject runs before it is measured, or until 20,000 requests. */
const WARM_UP_MS = 120

/**
 * The subjects in Node, in process, each in a process of its own, so that none shapes the other's
 * compiled code. Several launches, because the compiler does not decide alike twice.
 */
export async function measureRequests(quick: boolean): Promise<Requests> {
  const [launches, rounds] = quick ? [1, 3] : [3, 9]
  const cases = Object.entries(CASES).filter(([name]) => !quick || QUICK.includes(name))
  const time = new Map<string, Rounds[]>()
  const cpu = new Map<string, Rounds[]>()
  const sends: Requests['sends'] = new Map()
  for (let launch = 0; launch < launches; launch++) {
    const children = await launchAll()
    for (const [name, path] of cases) {
      push(time, name, await measure(children, { path, what: 'time' }, rounds))
      if (isFailing(path)) push(cpu, name, await measure(children, { path, what: 'cpu' }, rounds))
    }
    if (launch === 0) await countSends(children, sends)
    for (const child of children.values()) child.stop()
  }
  return { time: mergeAll(time), cpu: mergeAll(cpu), sends }
}

type Children = Map<string, Child<Order, Cost>>

async function launchAll(): Promise<Children> {
  const children: Children = new Map()
  for (const [name, file] of Object.entries(SUBJECTS)) {
    const path = await bundle(`subjects/${file}.ts`)
    children.set(name, await start('requests', [path]))
  }
  return children
}

async function countSends(children: Children, sends: Requests['sends']): Promise<void> {
  for (const [subject, child] of children) {
    const byCase = new Map<string, number>()
    for (const [name, path] of Object.entries(CASES)) {
      const { posts } = await child.ask({ path, what: 'cpu', times: 1 })
      byCase.set(name, posts)
    }
    sends.set(subject, byCase)
  }
}

/** Warms each child up, finds how many requests fill a batch, then takes the rounds. */
async function measure(
  children: Children,
  order: Omit<Order, 'times'>,
  rounds: number,
): Promise<Rounds> {
  const times = new Map<string, number>()
  for (const [name, child] of children) {
    const first = await child.ask({ ...order, times: 500 })
    const warmUp = Math.ceil((WARM_UP_MS * 1000) / first.micros)
    await child.ask({ ...order, times: Math.min(20_000, warmUp) })
    const { micros } = await child.ask({ ...order, times: 1_000 })
    times.set(name, batchOf(micros))
  }
  return interleave([...children.keys()], rounds, async (name) => {
    const { micros } = await children.get(name)!.ask({ ...order, times: times.get(name)! })
    return micros
  })
}

/** A multiple of 100, so that a storm ends with whole waves and whole database batches. */
function batchOf(micros: number): number {
  return Math.min(20_000, Math.max(200, Math.ceil((BATCH_MS * 1000) / micros / 100) * 100))
}

function push(into: Map<string, Rounds[]>, name: string, rounds: Rounds): void {
  into.set(name, [...(into.get(name) ?? []), rounds])
}

function mergeAll(all: Map<string, Rounds[]>): Map<string, Rounds> {
  return new Map([...all].map(([name, rounds]) => [name, merge(rounds)]))
}
