import { toEnvelope } from '../envelope/respond.ts'
import {
  type Call,
  capture,
  captures,
  observe,
  recordedInside,
  type Site,
  waitUntilOf,
} from './capture.ts'
import { type Note, takeNote } from './notes.ts'
import { failureResponse, PLAIN, tag, wantsEnvelope } from './respond.ts'
import { clock, faultName, isPromise } from './seam.ts'
import type { Setup } from './setup.ts'
import { carriedResponse, describe, type Description } from './thrown.ts'

/** Any fetch handler: what it is called with beyond the request is the host's business. */
export type FetchHandler = (this: any, request: any, ...rest: any[]) => unknown

/** Wraps a fetch handler. A handler that answers synchronously stays synchronous. */
export function wrapFetch(handler: FetchHandler, site: Site): FetchHandler {
  return function klaxonFetch(
    this: unknown,
    request: Request,
    second: unknown,
    third: unknown,
  ): unknown {
    const setup = site.setup(second)
    const startedAt = clock()
    const entered = captures
    let result: unknown
    try {
      // `arguments` hands the exact count on and, unlike rest parameters, allocates nothing.
      result = handler.apply(this, arguments as unknown as [Request])
    } catch (error) {
      return onThrow(site, setup, request, second, third, startedAt, entered, error)
    }
    if (isThenable(result))
      return settle(result, site, setup, request, second, third, startedAt, entered)
    return onReturn(site, setup, request, second, third, startedAt, entered, result)
  }
}

async function settle(
  result: PromiseLike<unknown>,
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  startedAt: number,
  entered: number,
): Promise<unknown> {
  let response: unknown
  try {
    response = await result
  } catch (error) {
    return onThrow(site, setup, request, second, third, startedAt, entered, error)
  }
  return onReturn(site, setup, request, second, third, startedAt, entered, response)
}

function callOf(
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  startedAt: number,
  entered: number,
): Call {
  return { site, setup, request, second, ctx: waitUntilOf(third, request), startedAt, entered }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** By shape: a host may have put a class of its own in the global's place. */
function isResponse(value: unknown): value is Response {
  return statusOf(value) !== null
}

/** A response's status, null for anything else: one look, because a getter of the host's costs more than all of ours. */
function statusOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('headers' in value)) return null
  const { status } = value as Response
  return typeof status === 'number' ? status : null
}

function onReturn(
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  startedAt: number,
  entered: number,
  result: unknown,
): unknown {
  const status = statusOf(result)
  if (status === null) return result
  const response = result as Response
  let note: Note | undefined
  try {
    note = takeNote(request)
    if (note === undefined && isUntouched(setup, request, response, status)) return response
    const call = callOf(site, setup, request, second, third, startedAt, entered)
    if (note === undefined) return answer(call, response, captureStatus(call, response))
    const out = onNote(call, note, response)
    if (out !== RETHROW) return out
  } catch (fault) {
    // The outermost seam: what the handler returned goes out, whatever of ours is broken.
    tellFault(setup, fault)
    return response
  }
  throw note.error
}

function tellFault(setup: Setup, fault: unknown): void {
  setup.logger.trouble('fault', `klaxon failed on a request's path: ${faultName(fault)}`)
}

/** The happy path's one question: a success that no one asked to see and the envelope does not change. */
export function isUntouched(
  setup: Setup,
  request: Request,
  response: Response,
  status: number,
): boolean {
  return (
    status < 400 &&
    setup.options.capture === undefined &&
    !(setup.envelope !== null && isEnveloped(setup, request, response))
  )
}

/** Whether the envelope may change this response; a header comes last, because it costs more than method and path. */
function isEnveloped(setup: Setup, request: Request, response: Response): boolean {
  try {
    if (!wantsEnvelope(setup, request)) return false
    const type = response.headers.get('content-type')
    return type === null || type.includes('json')
  } catch (error) {
    // As `observe`, without its closure, which the happy path would allocate: `paths` may be the user's function.
    setup.logger.trouble('envelope', `asking whether to envelope failed: ${faultName(error)}`)
    return false
  }
}

/** Records a returned status when it is a failure. */
export function captureStatus(call: Call, response: Response): string | null {
  if (response.status < 400 && call.setup.options.capture === undefined) return null
  return capture(withHints(call), {
    kind: 'status',
    status: response.status,
    error: undefined,
    description: null,
    response,
  })
}

/** Records a throw and answers for it. */
function onThrow(
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  startedAt: number,
  entered: number,
  error: unknown,
): Response | Promise<Response> {
  let response: Response | Promise<Response>
  try {
    const call = callOf(site, setup, request, second, third, startedAt, entered)
    const made = failure(withHints(call), error)
    response = setup.options.rethrow === true ? made.response : answer(call, made.response, made.id)
  } catch (fault) {
    // The outermost seam: a bare 500, whatever of ours is broken.
    tellFault(setup, fault)
    response = new Response('Internal Server Error', { status: 500, headers: PLAIN })
  }
  if (setup.options.rethrow === true) throw error
  return response
}

/** What the framework knows of a request, asked for on the error path only. */
function withHints(call: Call): Call {
  const { setup, site, request, second } = call
  if (call.hints !== undefined || site.hints === undefined) return call
  return { ...call, hints: observe(setup, 'route', () => site.hints?.(request, second), undefined) }
}

/** Records a throw; the response is the one it carries, or the option's, or klaxon's own. */
export function failure(call: Call, error: unknown): { id: string | null; response: Response } {
  const { setup, request } = call
  const description = observe(setup, 'describe', () => describe(error), UNDESCRIBED)
  const carried = observe(setup, 'describe', () => carriedResponse(error), null)
  const status = carried?.status ?? description.status ?? 500
  const id = capture(call, { kind: 'thrown', status, error, description, response: null })
  const { onError } = setup.options
  const own = observe(
    setup,
    'option onError',
    () => {
      const made: unknown = onError?.(error, { id, request })
      if (made === undefined || (!isPromise(made) && isResponse(made))) return made
      setup.logger.trouble(
        'option onError',
        'option `onError` must return a Response, not a promise or anything else',
      )
      return undefined
    },
    undefined,
  )
  return { id, response: own ?? carried ?? build(call, description, id) }
}

/** Stands for a thrown value that could not be looked at. */
const UNDESCRIBED: Description = {
  name: 'Error',
  message: '',
  stack: null,
  causes: [],
  code: null,
  status: null,
  expose: null,
}

function build(call: Call, description: ReturnType<typeof describe>, id: string | null): Response {
  const { setup, request } = call
  const own = observe(
    setup,
    'response',
    () => failureResponse(setup, request, description, id),
    null,
  )
  return own ?? new Response('Internal Server Error', { status: 500, headers: PLAIN })
}

const RETHROW = Symbol('rethrow')

/** A framework answered for an error by itself: its default is replaced, a user's own handler is respected. */
function onNote(
  call: Call,
  note: Note,
  response: Response,
): Response | Promise<Response> | typeof RETHROW {
  const inner = recordedInside(call)
  if (inner !== null) return answer(call, response, inner)
  const made = failure({ ...call, hints: note.hints }, note.error)
  if (note.builtin && call.setup.options.rethrow === true) return RETHROW
  return answer(call, note.builtin ? withHeadersOf(response, made.response) : response, made.id)
}

/** The new response with what middleware has set on the old one, such as CORS headers. */
export function withHeadersOf(old: Response, fresh: Response): Response {
  if (old === fresh || !hasMoreHeaders(old)) return fresh
  const headers = new Headers(old.headers)
  for (const name of OF_THE_BODY) headers.delete(name)
  for (const [name, value] of fresh.headers) headers.set(name, value)
  return new Response(fresh.body, { status: fresh.status, statusText: fresh.statusText, headers })
}

const OF_THE_BODY = ['content-type', 'content-length', 'content-encoding']

/** Whether a response has headers that say something about more than its body: most have none. */
function hasMoreHeaders({ headers }: Response): boolean {
  for (const [name] of headers) if (!OF_THE_BODY.includes(name)) return true
  return false
}

/** Envelope and error id: the last two things that happen to a response. */
export function answer(
  call: Call,
  response: Response,
  id: string | null,
): Response | Promise<Response> {
  const { setup, request } = call
  const { envelope } = setup
  const wanted =
    envelope !== null &&
    request.method !== 'HEAD' &&
    observe(setup, 'envelope paths', () => wantsEnvelope(setup, request), false)
  const finish = (out: Response): Response =>
    id === null ? out : observe(setup, 'error id', () => tag(out, id), out)
  if (!wanted) return finish(response)
  const out = observe(setup, 'envelope', () => toEnvelope(response, envelope.format, id), response)
  return out instanceof Promise ? out.then(finish, () => finish(response)) : finish(out)
}
