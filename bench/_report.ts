import type { Size } from './_bundle.ts'
import { figureTable, short, table } from './_figures.ts'
import type { Runtime } from './_kernel.ts'
import { machine, versions } from './_machine.ts'
import { promises } from './_promises.ts'
import type { Results } from './_results.ts'
import { serversReport } from './_servers-report.ts'
import { added, against, median, ratio, type Rounds, spread } from './_stats.ts'
import type { CallCosts } from './calls.ts'
import type { Memory } from './memory.ts'
import type { Requests } from './requests.ts'
import type { Workers } from './workers.ts'

const MB = 1_000_000

export { machine }

export function report(results: Results): string {
  return `${[
    '# Benchmark',
    'Made by `npm run bench`; `npm run bench -- quick` prints a shorter run and leaves this file. Every ratio is the median of ratios within one round of one run, in which the subjects take turns in random order; absolute times are those of this machine and its neighbours.',
    `${results.quick ? 'A quick run: one launch a subject, whose ratios may be far off. ' : ''}Machine: ${results.machine}.\n\nVersions: ${versions()}.`,
    serversReport(results.servers),
    '## Figures in process, and beside the peers',
    figureTable(promises(results)),
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
    '## Beside the peers, over HTTP',
    'One process each, 16 connections on loopback, taking turns. klaxon stores every failure in a real sqld on the same cores; the POST by hand tells of it in one request, and the peers POST to a server that keeps nothing.',
    ...[...results.workers].map(([host, workers]) => `### ${host}\n\n${workersTable(workers)}`),
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
