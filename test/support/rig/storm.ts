import { expect } from 'vitest'
import type { KlaxonOptions } from '../../../src/config/options.ts'
import { createKlaxon, type Klaxon } from '../../../src/klaxon.ts'
import { onCallersTime } from '../callers-time.ts'
import { expectAccounts, keptLog, type KeptLog } from './checker.ts'

type Fetch = (request: Request) => Promise<Response>

export interface Isolate {
  klaxon: Klaxon
  log: KeptLog
  fetch: Fetch
}

/**
 * One isolate under test: failing routes with a new klaxon. Every occurrence has a row, unless
 * options change it.
 */
export function isolate(options: KlaxonOptions): Isolate {
  if (options.store !== undefined) onCallersTime(options.store)
  const log = keptLog()
  const klaxon = createKlaxon({
    log,
    maxRowsPerMinute: false,
    rowsPerIssueAnHour: false,
    environment: 'rig',
    ...options,
  })
  const wrapped = klaxon.wrap(failing)
  return { klaxon, log, fetch: async (request) => (await wrapped(request)) as Response }
}

/** Three ways to fail. Each `?kind=` makes a separate issue. */
async function failing(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url)
  const kind = searchParams.get('kind') ?? ''
  if (pathname === '/fine') return new Response('fine')
  if (pathname === '/api/missing')
    return Response.json({ message: 'No such thing' }, { status: 404 })
  if (pathname === '/away') return new Response('Back soon', { status: 503 })
  throw new TypeError(`Broken ${kind}`)
}

const PATHS = ['/api/broken', '/api/missing', '/away', '/broken?kind=a', '/broken?kind=b']
const INTERNAL = '{"success":false,"result":null,"message":"Internal Server Error"}'
const ANSWERS: [number, string][] = [
  [500, INTERNAL],
  [404, '{"success":false,"result":null,"message":"No such thing"}'],
  [503, 'Back soon'],
  [500, 'Internal Server Error'],
  [500, 'Internal Server Error'],
]

export interface StormOptions {
  requests: number
  /** Records in memory at which the storm waits. Above 1,000 it never waits. */
  room?: number
  /** Awaited while there is no room; real time unless the test drives the clock. */
  breathe?: () => Promise<unknown>
}

/** Sends failing requests, checks every answer, and returns the error ids of the answers. */
export async function storm(
  { klaxon, fetch }: Isolate,
  {
    requests,
    room = 500,
    breathe = () => new Promise((resolve) => setTimeout(resolve, 2)),
  }: StormOptions,
): Promise<string[]> {
  const ids: string[] = []
  for (let nth = 0; nth < requests; nth++) {
    const response = await fetch(new Request(`http://rig${PATHS[nth % PATHS.length]}`))
    const [status, body] = ANSWERS[nth % ANSWERS.length]!
    if (response.status !== status || (await response.text()) !== body)
      expect.fail(`answer ${nth} differs from the control`)
    ids.push(response.headers.get('x-error-id')!)
    if (nth % 100 === 99) expectAccounts(klaxon)
    while (klaxon.stats().inFlight >= room) await breathe()
  }
  return ids
}
