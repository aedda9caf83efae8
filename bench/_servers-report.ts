import { type Figure, figureTable, short, table } from './_figures.ts'
import { against, median, ratio, type Rounds } from './_stats.ts'
import { TRIED } from './_tried.ts'
import type { Servers } from './servers.ts'

const BARE = 'bare'
const SIZES = ['200 B', '2 KB', '20 KB'] as const

/** `c.json` under the wrapper / the bare app. */
const C_JSON: Record<string, readonly number[]> = {
  '@hono/node-server': [1.35, 1.25, 1.25],
  workerd: [1.25, 1.25, 1.25],
}
/** The time of any other handler, divided by that of `json()` and `Response.json()` by hand. */
const BY_HAND = [1, 0.85, 0.7]
const HANDS = ['@hono/node-server', 'workerd', 'Deno.serve', 'Bun.serve']
const OUTSIDE = 1.03

/** The section that leads RESULTS.md. */
export function serversReport(servers: Servers): string {
  return [
    '## On real servers',
    "CPU of the server's process for one request, user and system, over HTTP with 16 connections. Every subject is a process of its own around the same Hono app; they take turns in random order, each with the same number of requests, so that a busy machine takes longer and reads nearly the same. The bounds compare medians of ratios within one round; the second bare copy shows how far two processes of the same code are apart.",
    figureTable(figures(servers)),
    ...[...servers].map(([host, cases]) => `### ${host}\n\n${caseTable(cases)}`),
  ].join('\n\n')
}

function figures(servers: Servers): Figure[] {
  const all: Figure[] = []
  for (const [host, cases] of servers) {
    for (const [i, size] of SIZES.entries()) {
      const own = cases.get(`c.json, ${size}`)
      const bound = C_JSON[host]?.[i]
      if (own !== undefined && bound !== undefined) all.push(...ofJson(host, size, own, bound))
    }
    for (const [i, size] of SIZES.entries()) {
      const own = cases.get(`Response.json, ${size}`)
      if (own !== undefined && HANDS.includes(host)) all.push(ofAny(host, size, own, BY_HAND[i]!))
    }
    all.push(...ofOthers(host, cases))
  }
  return all
}

function ofJson(host: string, size: string, rounds: Rounds, bound: number): Figure[] {
  const over = (subject: string): number => against(rounds, BARE, subject, ratio)
  const wrapper = most(
    `${host}, \`c.json\` of ${size} enveloped, wrapper / bare`,
    over('wrapper'),
    {
      bound,
      tried: TRIED.cJson,
    },
  )
  // A quick run has no empty middleware.
  if (!rounds.has('empty middleware')) return [wrapper]
  return [
    wrapper,
    most(
      `${host}, \`c.json\` of ${size} enveloped, middleware / bare`,
      over('middleware'),
      // The ratio of an empty middleware, plus a quarter.
      { bound: Number((over('empty middleware') + 0.25).toFixed(2)), tried: TRIED.cJson },
    ),
  ]
}

function ofAny(host: string, size: string, rounds: Rounds, bound: number): Figure {
  return most(
    `${host}, \`Response.json\` of ${size} enveloped, wrapper / \`json()\` + \`Response.json()\` by hand`,
    against(rounds, 'by hand, around the app', 'wrapper', ratio),
    { bound, tried: host === 'Bun.serve' ? TRIED.bun : TRIED.general },
  )
}

function ofOthers(host: string, cases: Map<string, Rounds>): Figure[] {
  const made = cases.get('ok() or its like by hand, 200 B')
  const outside = cases.get('outside the envelope, 200 B')
  const found: Figure[] = []
  if (made !== undefined)
    found.push(
      most(`${host}, \`ok(data)\` / its like by hand`, against(made, BARE, 'ok()', ratio), {
        bound: 1.1,
        tried: TRIED.noise,
      }),
    )
  if (outside === undefined) return found
  if (!outside.has('empty middleware')) return found
  const second = Math.max(OUTSIDE, against(outside, BARE, 'bare, second copy', ratio))
  found.push(
    most(
      `${host}, outside the envelope, wrapper / bare`,
      against(outside, BARE, 'wrapper', ratio),
      { bound: Number(second.toFixed(2)), tried: TRIED.outside },
    ),
    most(
      `${host}, outside the envelope, middleware / an empty one`,
      against(outside, 'empty middleware', 'middleware', ratio),
      { bound: OUTSIDE, tried: TRIED.outside },
    ),
  )
  return found
}

function caseTable(cases: Map<string, Rounds>): string {
  // A case lacks the subjects that do nothing of their own in it.
  const subjects = [...new Set([...cases.values()].flatMap((rounds) => [...rounds.keys()]))]
  const rows = [...cases].map(([name, rounds]) => [
    name,
    ...subjects.map((subject) => {
      const times = rounds.get(subject)
      if (times === undefined) return ''
      const own = `${short(median(times))} µs`
      return subject === BARE ? own : `${own} (${short(against(rounds, BARE, subject, ratio))}×)`
    }),
  ])
  return table(['', ...subjects], rows)
}

function most(
  what: string,
  measured: number,
  { bound, tried }: { bound: number; tried: string },
): Figure {
  return { what, measured, unit: '×', bound, at: 'most', tried }
}
