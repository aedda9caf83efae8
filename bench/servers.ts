/**
 * CPU of the server's process for one request, on real servers under load. Alone:
 * `node scripts/run.mjs ../bench/servers.ts [quick] [host=…] [case=…] [rounds=…] [subject=…]`.
 */
import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { loadavg } from 'node:os'
import { type Host, HOSTS, type Server, startHost } from './_hosts.ts'
import { against, interleave, median, ratio, type Rounds } from './_stats.ts'
import { cpuOf } from './_workerd.ts'
import { loadWith } from './_wrk.ts'

/** Every column and the subject that makes it; the second bare copy shows how much is noise. */
export const SUBJECTS: Record<string, string> = {
  bare: 'bare',
  'bare, second copy': 'bare',
  'empty middleware': 'empty',
  'by hand, around the app': 'hand-wrapper',
  'by hand, middleware': 'hand-middleware',
  wrapper: 'wrapper',
  middleware: 'middleware',
  'ok()': 'ok',
}

export const CASES: Record<string, string> = {
  'c.json, 200 B': '/api/json/200',
  'c.json, 2 KB': '/api/json/2k',
  'c.json, 20 KB': '/api/json/20k',
  'Response.json, 200 B': '/api/response/200',
  'Response.json, 2 KB': '/api/response/2k',
  'Response.json, 20 KB': '/api/response/20k',
  'outside the envelope, 200 B': '/outside/200',
  'ok() or its like by hand, 200 B': '/api/ok/200',
  'new Response(text), 200 B': '/api/text/200',
  'returned 404': '/missing',
  throw: '/throws',
}

const QUICK = ['c.json, 200 B', 'Response.json, 200 B']
const QUICK_HOSTS = ['@hono/node-server', 'workerd']
/** Hosts on which a whole run measures every case. */
const EVERY_CASE = ['@hono/node-server', 'workerd']
const CASES_ELSEWHERE = [
  'c.json, 200 B',
  'Response.json, 200 B',
  'Response.json, 2 KB',
  'Response.json, 20 KB',
]
/** Left out of a quick run, and on the other hosts. */
const UNHURRIED = ['by hand, middleware', 'ok()', 'empty middleware']
const CONNECTIONS = 16

/** Whether a subject does something of its own in a case. */
function isApart(subject: string, name: string): boolean {
  const path = CASES[name]!
  if (subject === 'ok()') return path.startsWith('/api/ok/')
  return path.startsWith('/api/') || !subject.startsWith('by hand')
}

/** µs a request by host and case. */
export type Servers = Map<Host, Map<string, Rounds>>

export interface Plan {
  hosts: readonly Host[]
  cases: (host: Host) => readonly string[]
  subjects: (host: Host) => readonly string[]
  rounds: number
  /** By number and not by time: on a busy machine a time is too short for a compiler. */
  requests: number
  warmUp: number
  /** Called after each case. */
  onCase?: (host: Host, name: string, rounds: Rounds) => void
}

export function planOf(quick: boolean): Plan {
  return {
    hosts: quick ? QUICK_HOSTS : Object.keys(HOSTS),
    cases: (host) =>
      quick ? QUICK : EVERY_CASE.includes(host) ? Object.keys(CASES) : CASES_ELSEWHERE,
    subjects: (host) =>
      Object.keys(SUBJECTS).filter(
        (name) => (!quick && EVERY_CASE.includes(host)) || !UNHURRIED.includes(name),
      ),
    rounds: quick ? 2 : 4,
    requests: quick ? 700 : 2_000,
    // A quick run warms up before each case only: its processes have not seen all cases.
    warmUp: quick ? 0 : 12_000,
  }
}

/** One process a subject; under load in turn, in random order; the others idle. */
export async function measureServers(plan: Plan): Promise<Servers> {
  const results: Servers = new Map()
  for (const host of plan.hosts) {
    const servers = new Map<string, Server>()
    try {
      for (const name of plan.subjects(host))
        servers.set(name, await startHost(host, SUBJECTS[name]!))
      const cases = plan.cases(host)
      if (plan.warmUp > 0)
        for (const name of cases) await warmUp(servers, CASES[name]!, plan.warmUp)
      const byCase = new Map<string, Rounds>()
      for (const name of cases) {
        const apart = new Map([...servers].filter(([subject]) => isApart(subject, name)))
        const measured = await measure(apart, CASES[name]!, plan)
        byCase.set(name, measured)
        plan.onCase?.(host, name, measured)
      }
      results.set(host, byCase)
    } finally {
      for (const server of servers.values()) await server.stop()
    }
  }
  return results
}

/** All cases before the first is measured: a server that people run has seen them all. */
async function warmUp(servers: Map<string, Server>, path: string, requests: number): Promise<void> {
  for (const { port } of servers.values()) await loadOf(port, path, requests)
}

async function measure(
  servers: Map<string, Server>,
  path: string,
  { rounds, requests }: Plan,
): Promise<Rounds> {
  // V8 drops the code of what has not run for a while.
  await warmUp(servers, path, 2 * requests)
  return interleave([...servers.keys()], rounds, async (name) => {
    const { pid, port } = servers.get(name)!
    const before = cpuOf(pid!)
    const sent = await loadOf(port, path, requests)
    return (cpuOf(pid!) - before) / sent
  })
}

const loadOf = (port: number, path: string, requests: number): Promise<number> =>
  loadWith(port, path, { connections: CONNECTIONS, requests })

async function main(): Promise<void> {
  const option = (name: string): string | undefined =>
    argv.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1)
  const plan = planOf(argv.includes('quick'))
  const chosen = (name: string, all: readonly string[]): readonly string[] => {
    const text = option(name)
    return text === undefined
      ? all
      : all.filter((each) => text.split('+').some((part) => each.includes(part)))
  }
  const servers = await measureServers({
    ...plan,
    onCase: print,
    hosts: chosen('host', Object.keys(HOSTS)),
    cases: (host) => chosen('case', option('case') ? Object.keys(CASES) : plan.cases(host)),
    subjects: (host) =>
      chosen('subject', option('subject') ? Object.keys(SUBJECTS) : plan.subjects(host)),
    rounds: Number(option('rounds') ?? plan.rounds),
    requests: Number(option('requests') ?? plan.requests),
    warmUp: Number(option('warm-up') ?? plan.warmUp),
  })
  const file = option('out')
  if (file !== undefined) writeFileSync(file, JSON.stringify(toEntries(servers)))
}

type Entries = [Host, [string, [string, number[]][]][]][]

/** As JSON has it. */
function toEntries(servers: Servers): Entries {
  return [...servers].map(([host, cases]) => [
    host,
    [...cases].map(([name, rounds]) => [name, [...rounds]]),
  ])
}

export function fromEntries(entries: Entries): Servers {
  return new Map(
    entries.map(([host, cases]) => [
      host,
      new Map(cases.map(([name, rounds]) => [name, new Map(rounds)])),
    ]),
  )
}

/** One line a case, with the load, which the report lacks. */
export function print(host: Host, name: string, rounds: Rounds): void {
  const base = [...rounds.keys()][0]!
  const cells = [...rounds].map(
    ([subject, own]) =>
      `${subject} ${median(own).toFixed(1)} (${against(rounds, base, subject, ratio).toFixed(2)})`,
  )
  const load = `load average ${loadavg()[0]!.toFixed(1)}`
  process.stderr.write(`${[host, name, ...cells, load].join(' | ')}\n`)
}

if (argv[1]?.endsWith('servers.ts')) {
  // So that the servers are stopped.
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1))
  await main()
  process.exit()
}
