/**
 * What `set()` and `note()` cost a request that succeeds, with `context: true`, on this Node.
 * Alone: `node scripts/run.mjs ../bench/context.ts`.
 */
import { createKlaxon } from '../src/klaxon.ts'
import { median } from './_stats.ts'

const ROUNDS = 31
const CALLS = 20_000
/** ns that the two may cost a request. */
const BOUND_NS = 500

type Handler = (request: Request) => Promise<Response>

/** ns of CPU of one call: unlike the time, it is the same on a busy machine. */
async function nsOf(handler: Handler): Promise<number> {
  const request = new Request('https://shop.example/orders')
  const start = process.cpuUsage()
  for (let i = 0; i < CALLS; i++) await handler(request)
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * 1_000) / CALLS
}

/** The section of the report. */
export async function measureContext(): Promise<string> {
  const answer = new Response('ok')
  const without = createKlaxon({ log: false })
  const within = createKlaxon({ log: false, context: true })
  const variants: [string, Handler][] = [
    ['without the option', without.wrap(async (_request: Request) => answer) as Handler],
    ['`context: true`, unused', within.wrap(async (_request: Request) => answer) as Handler],
    [
      '`set()` and `note()`',
      within.wrap(async (_request: Request) => {
        within.set({ orderId: 7 })
        within.note('paid')
        return answer
      }) as Handler,
    ],
  ]
  const rounds = variants.map((): number[] => [])
  for (let round = 0; round < ROUNDS + 3; round++) {
    for (const [i, [, handler]] of variants.entries()) {
      const ns = await nsOf(handler)
      if (round >= 3) rounds[i]!.push(ns)
    }
  }
  // Each round beside the one without: what else the machine does is in both.
  const added = rounds.map((list) => median(list.map((ns, round) => ns - rounds[0]![round]!)))
  const rows = variants.map(([name], i) => {
    const isOver = added[i]! > BOUND_NS
    const ns = `${added[i]!.toFixed(0)} ns`
    return `| ${name} | ${isOver ? `**${ns}**` : ns} |`
  })
  const head = ['\n## Context\n', `Added to a request that succeeds, at most ${BOUND_NS} ns.\n`]
  return [...head, '| | added |', '| --- | --- |', ...rows, ''].join('\n')
}

if (process.argv[1]?.endsWith('context.ts')) {
  process.stdout.write(await measureContext())
  process.exit()
}
