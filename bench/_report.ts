import type { Size } from './_bundle.ts'
import { type Figure, figureTable, short, table } from './_figures.ts'
import type { Runtime } from './_kernel.ts'
import { machine, versions } from './_machine.ts'
import { added, against, median, ratio, type Rounds, spread } from './_stats.ts'
import { TRIED } from './_tried.ts'
import type { Text } from './bodies.ts'
import type { CallCosts } from './calls.ts'
import type { Memory } from './memory.ts'
import type { Requests } from './requests.ts'
import type { Burst, Workers } from './workers.ts'

const MB = 1_000_000

export interface Results {
  machine: string
  quick: boolean
  wrapping: Rounds
  requests: Requests
  calls: Map<Runtime, CallCosts[]>
  workers: Workers
  burst: Burst
  bodies: Map<Runtime, Map<Text, Map<number, Rounds>>>
  memory: Map<Runtime, Memory>
  sizes: Map<string, Size>
}

export { machine }

export function report(results: Results): string {
  return `${[
    '# Benchmark',
    'Made by `npm run bench`; `npm run bench -- quick` prints a shorter run and leaves this file. Every ratio is the median of ratios within one round of one run, in which the subjects take turns in random order; absolute times are those of this machine and its neighbours.',
    `${results.quick ? 'A quick run: one launch a subject, whose ratios may be far off. ' : ''}Machine: ${results.machine}.\n\nVersions: ${versions()}.`,
    '## Figures',
    figureTable(figures(results)),
    '## One request in Node, in process',
    'Each subject in a process of its own, around the same Hono app, with a transport that goes nowhere and a silent console. Time until the response: CPU of back-to-back requests for a 200, median of single requests for a failure. Two processes of the same code differ by up to a fifth for a 200, so that only large ratios of those columns mean anything.',
    requestTable(results.requests),
    'CPU in all, of every thread, per failing request, 50 at a time, background work included:',
    cpuTable(results.requests),
    'A small 200 with every subject in one process, where memory and the compiler treat them alike:',
    wrappingTable(results.wrapping),
    '## One async call that succeeds',
    'ns added to the call of an async function that returns the same response, in process.',
    callTable(results.calls),
    '## workerd over HTTP',
    'One workerd each, 16 connections on loopback, taking turns. klaxon stores every error in a real sqld on the same cores; the peers POST to a server that keeps nothing.',
    workersTable(results.workers),
    `1,000 errors in one burst, 50 at a time: ${results.burst.roundTrips} requests to the database, ${results.burst.rows} rows in it.`,
    '## Bodies',
    'µs of CPU to make a JSON response from a string, transform it and read it, each transform in a process of its own, and times what it costs untransformed. `ascii` bodies hold nothing else; a string of ASCII makes a body faster, so that everything behind it weighs more.',
    ...bodyTables(results.bodies),
    '## 100 MB that stream',
    memoryTable(results.memory),
    '## Sizes',
    sizeTable(results.sizes),
  ].join('\n\n')}\n`
}

function figures({
  wrapping,
  requests,
  calls,
  workers,
  burst,
  bodies,
  memory,
  sizes,
}: Results): Figure[] {
  const call = (runtime: Runtime, variant: string): number =>
    calls.get(runtime)!.find((cost) => cost.variant === variant)!.added
  const body = (size: number, other: string, transform: string): number =>
    against(bodies.get('workerd')!.get('utf-8')!.get(size)!, other, transform, ratio)
  const most = (
    what: string,
    measured: number,
    unit: string,
    bound: number,
    tried?: string,
  ): Figure => ({
    what,
    measured,
    unit,
    bound,
    at: 'most',
    ...(tried === undefined ? {} : { tried }),
  })
  const least = (...args: Parameters<typeof most>): Figure => ({ ...most(...args), at: 'least' })
  const noise = short(against(wrapping, 'bare', 'bare, second copy', ratio))
  const mem = (runtime: Runtime): number =>
    (memory.get(runtime)!.through - memory.get(runtime)!.past) / MB
  return [
    most(
      `\`withKlaxon(app)\` / bare Hono app, 200 with no envelope, Node (second bare copy: ${noise})`,
      against(wrapping, 'bare', 'klaxon', ratio),
      '×',
      1.03,
      TRIED.wrap,
    ),
    most(
      'Hono middleware / an empty middleware',
      against(wrapping, 'empty middleware', 'klaxon middleware', ratio),
      '×',
      1.03,
      TRIED.middleware,
    ),
    most(
      'added to one async call that succeeds, Node',
      call('Node', 'klaxon, no envelope'),
      ' ns',
      60,
      TRIED.call,
    ),
    most(
      'added to one async call that succeeds, workerd',
      call('workerd', 'klaxon, no envelope'),
      ' ns',
      90,
      TRIED.call,
    ),
    most(
      'the same with the envelope on, outside its path, Node',
      call('Node', 'klaxon, outside the API path'),
      ' ns',
      60,
      TRIED.apiCall,
    ),
    most(
      'the same with the envelope on, outside its path, workerd',
      call('workerd', 'klaxon, outside the API path'),
      ' ns',
      90,
      TRIED.apiCall,
    ),
    most(
      'added until the response when the handler throws, Node',
      against(requests.time.get('throw')!, 'bare', 'klaxon', added),
      ' µs',
      8,
      TRIED.throwTime,
    ),
    most(
      'CPU per captured error in a storm, Node',
      against(requests.cpu.get('throw')!, 'bare', 'klaxon', added),
      ' µs',
      30,
      TRIED.storm,
    ),
    least(
      'workerd, every request throws, each stored: req/s of bare',
      against(workers.perSecond.get('throw')!, 'bare', 'klaxon', ratio),
      '×',
      0.5,
      TRIED.workerd,
    ),
    most(
      'workerd, every request throws, each stored: CPU a request',
      median(workers.cpu.get('throw')!.get('klaxon')!),
      ' µs',
      75,
      TRIED.workerd,
    ),
    most(
      'envelope / identity, 20 KB, workerd',
      body(20_000, 'none', 'klaxon'),
      '×',
      1.6,
      TRIED.envelope,
    ),
    most(
      'envelope / identity, 1 MB, workerd',
      body(1_000_000, 'none', 'klaxon'),
      '×',
      1.6,
      TRIED.envelope,
    ),
    least(
      '`json()` + `Response.json()` / envelope, 20 KB, workerd',
      body(20_000, 'klaxon', 'json() + Response.json()'),
      '×',
      2.5,
      TRIED.envelope,
    ),
    least(
      '`json()` + `Response.json()` / envelope, 1 MB, workerd',
      body(1_000_000, 'klaxon', 'json() + Response.json()'),
      '×',
      2.5,
      TRIED.envelope,
    ),
    least(
      '`json()` + `Response.json()` / envelope, 200 B, workerd',
      body(200, 'klaxon', 'json() + Response.json()'),
      '×',
      1,
      TRIED.envelope,
    ),
    most(
      'memory a 100 MB body adds by streaming through, Node',
      mem('Node'),
      ' MB',
      8,
      TRIED.memory,
    ),
    most(
      'memory a 100 MB body adds by streaming through, workerd',
      mem('workerd'),
      ' MB',
      8,
      TRIED.memory,
    ),
    most(
      'of 100 MB, given by the source when the first byte is out, workerd',
      memory.get('workerd')!.givenAtFirst / MB,
      ' MB',
      2,
    ),
    most('core, minified + gzip', sizes.get('klaxon, core')!.gzip / 1000, ' KB', 8, TRIED.size),
    most(
      'Worker with core, libsql and slack, minified + gzip',
      sizes.get('klaxon, Worker with core, libsql and slack')!.gzip / 1000,
      ' KB',
      46,
      TRIED.size,
    ),
    most(
      'database round trips for 1,000 errors in one burst',
      burst.roundTrips,
      '',
      12,
      TRIED.burst,
    ),
  ]
}

function requestTable({ time, sends }: Requests): string {
  const names = [...time.values()][0]!.keys()
  const rows = [...names].map((name) => [
    name,
    ...[...time].map(([what, rounds]) => {
      const own = short(median(rounds.get(name)!))
      if (what.startsWith('200'))
        return `${own} µs (${short(against(rounds, 'bare', name, ratio))}×)`
      return `${own} µs (${signed(against(rounds, 'bare', name, added))})`
    }),
    ['200 small', 'no route (404)', 'throw'].map((what) => sends.get(name)!.get(what)).join(' / '),
  ])
  return table(['', ...time.keys(), 'sends on 200 / 404 / throw'], rows)
}

function wrappingTable(rounds: Rounds): string {
  const rows = [...rounds].map(([name, own]) => [
    name,
    `${short(median(own))} µs`,
    `${against(rounds, 'bare', name, ratio).toFixed(3)}×`,
  ])
  return table(['', '200 small', 'of bare'], rows)
}

function cpuTable({ cpu }: Requests): string {
  const names = [...cpu.values()][0]!.keys()
  const rows = [...names].map((name) => [
    name,
    ...[...cpu.values()].map((rounds) => {
      const own = rounds.get(name)!
      const more = signed(against(rounds, 'bare', name, added))
      return `${short(median(own))} µs ± ${short(spread(own))} (${more})`
    }),
  ])
  return table(['', ...cpu.keys()], rows)
}

function callTable(calls: Map<Runtime, CallCosts[]>): string {
  const variants = [...calls.values()][0]!.map(({ variant }) => variant)
  const rows = variants.map((variant, i) => [
    variant,
    ...[...calls.values()].map((costs) => short(costs[i]!.added)),
  ])
  return table(['', ...calls.keys()], rows)
}

function workersTable({ perSecond, cpu }: Workers): string {
  const names = [...perSecond.values()][0]!.keys()
  const rows = [...names].map((name) => [
    name,
    ...[...perSecond].flatMap(([what, rounds]) => [
      `${short(median(rounds.get(name)!))} (${short(against(rounds, 'bare', name, ratio))}×)`,
      `${short(median(cpu.get(what)!.get(name)!))} µs`,
    ]),
  ])
  const head = [...perSecond.keys()].flatMap((what) => [`${what}: req/s`, `${what}: CPU a request`])
  return table(['', ...head], rows)
}

function bodyTables(bodies: Results['bodies']): string[] {
  return [...bodies].flatMap(([runtime, byText]) =>
    [...byText].map(([text, bySize]) => {
      const names = [...[...bySize.values()][0]!.keys()]
      const rows = names.map((name) => [
        name,
        ...[...bySize.values()].map(
          (rounds) =>
            `${short(median(rounds.get(name)!))} (${short(against(rounds, 'none', name, ratio))}×)`,
        ),
      ])
      return table([`${runtime}, ${text}`, ...[...bySize.keys()].map(bytes)], rows)
    }),
  )
}

function memoryTable(memory: Map<Runtime, Memory>): string {
  const mb = (value: number): string => `${short(value / MB)} MB`
  const rows = [...memory].map(([runtime, { past, through, givenAtFirst }]) => [
    runtime,
    mb(past),
    mb(through),
    mb(givenAtFirst),
  ])
  const head = [
    '',
    'peak over start, past klaxon',
    'through klaxon',
    'given when the first byte is out',
  ]
  return table(head, rows)
}

function sizeTable(sizes: Map<string, Size>): string {
  const kb = (value: number): string => `${short(value / 1000)} KB`
  const rows = [...sizes].map(([name, { minified, gzip, parts }]) => [
    name,
    kb(minified),
    kb(gzip),
    parts
      .filter(([, size]) => size > 500)
      .slice(0, 6)
      .map(([part, size]) => `${part} ${kb(size)}`)
      .join(', '),
  ])
  return table(['', 'minified', '+ gzip', 'largest parts, minified'], rows)
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${short(Math.abs(value))}`
}

function bytes(size: number): string {
  if (size >= MB) return `${size / MB} MB`
  return size >= 1000 ? `${size / 1000} KB` : `${size} B`
}
