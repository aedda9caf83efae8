import { addressOf, buildOccurrence } from '../capture/occurrence.ts'
import { waitUntilOf } from '../capture/scope.ts'
import type { Observer, Surface } from '../capture/surface.ts'
import type { CapturedOccurrence } from '../model/occurrence.ts'
import { badOption } from '../model/klaxon-error.ts'
import { faultName } from '../util/guards.ts'
import { createRate } from './rate.ts'
import { type BrowserReport, readReport } from './report.ts'
import { REPORT_SCRIPT } from './script.ts'

/** Options of `klaxon.intake()`. */
export interface IntakeOptions {
  /**
   * Origins of pages that may report, such as `["https://app.example.com"]`.
   * @default the intake's own origin
   */
  origins?: readonly string[]
  /**
   * Reports per minute and isolate. One client may send a quarter of them. More are refused.
   * @default 60
   */
  rate?: number
}

/**
 * A fetch handler for one path of the app. It never throws, and never answers with a 4xx or 5xx.
 */
export type Intake = (request: Request, env?: unknown, ctx?: unknown) => Promise<Response>

const REPORTS_PER_MINUTE = 60

/**
 * Takes error reports of browsers. Anyone can send one, so reports stay apart from the server's
 * failures: their kind is `browser`, and their service is `<service>/browser`.
 *
 * @throws KlaxonError that names the option and the fix
 */
export function createIntake(observer: Observer, options: IntakeOptions = {}): Intake {
  const { origins, rate = REPORTS_PER_MINUTE } = options
  if (origins !== undefined && !(Array.isArray(origins) && origins.every(isOrigin)))
    throw badOption(
      'origins',
      'of intake() must be a list of origins such as ["https://app.example.com"]',
    )
  if (!Number.isSafeInteger(rate) || rate < 0)
    throw badOption('rate', 'of intake() must be reports a minute, a whole number from 0')
  const hasRoom = createRate(rate)

  function isAllowed(request: Request): boolean {
    const origin = request.headers.get('origin')
    if (origin === null || !isOrigin(origin)) return false
    if (origins !== undefined) return origins.includes(origin)
    // Compares hosts alone: a proxy may end TLS, so the schemes may differ.
    return new URL(origin).host === new URL(request.url).host
  }

  async function take(
    surface: Surface,
    request: Request,
    env: unknown,
    ctx: unknown,
  ): Promise<Response> {
    const { setup, recorder } = surface
    if (!isAllowed(request)) return answer('origin')
    // Before it reads the body, so that a flood costs little.
    if (!hasRoom(addressOf(setup, { request, env }), setup.now())) return answer('rate')
    const report = await readReport(request)
    if (report === null) return answer('body')
    recorder.record(occurrenceOf(surface, request, env, report), waitUntilOf(ctx, request))
    return answer()
  }

  return async function klaxonIntake(request, env, ctx) {
    const surface = observer.surfaceFor(env)
    try {
      const { method } = request
      if (method === 'GET' || method === 'HEAD') return script(method)
      if (method === 'POST') return await take(surface, request, env, ctx)
      return answer('method')
    } catch (error) {
      surface.setup.logger.warn('intake', `a browser's report was lost: ${faultName(error)}`)
      return answer('fault')
    }
  }
}

function occurrenceOf(
  { setup }: Surface,
  from: Request,
  env: unknown,
  report: BrowserReport,
): CapturedOccurrence {
  const origin = from.headers.get('origin')!
  const page = report.url?.startsWith(`${origin}/`) ? report.url : origin
  const request = new Request(page, { headers: from.headers })
  // A copied Request lacks the members that the host added.
  for (const name of ['cf', 'ip'] as const)
    Object.defineProperty(request, name, { value: (from as { cf?: unknown; ip?: unknown })[name] })
  const service = setup.service === null ? 'browser' : `${setup.service}/browser`
  const captured = buildOccurrence(
    { ...setup, service },
    { kind: 'browser', status: 0, request, env, description: report.description },
  )
  // These describe the server, or must not come from a client.
  Object.assign(captured.occurrence, { debugIds: null, resentFrom: null, runtime: 'browser' })
  return captured
}

/**
 * Answers 204, refusals included: a 4xx would be recorded, and a client could fill the database.
 */
function answer(refused?: string): Response {
  return new Response(null, {
    status: 204,
    headers: refused === undefined ? {} : { 'x-klaxon-intake': `refused: ${refused}` },
  })
}

function script(method: string): Response {
  return new Response(method === 'HEAD' ? null : REPORT_SCRIPT, {
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
    },
  })
}

function isOrigin(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}
