import {
  answer,
  captureStatus,
  onNote,
  recordThrow,
  respondTo,
  RETHROW,
  withHints,
} from './answer.ts'
import { type Call, captures, type Site, waitUntilOf } from './capture.ts'
import { type Note, takeNote } from './notes.ts'
import { plainFailure, statusOf, wantsEnvelope } from './respond.ts'
import { faultName } from './seam.ts'
import type { Setup } from './setup.ts'

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
    const entered = captures
    let result: unknown
    try {
      // `arguments` hands the exact count on and, unlike rest parameters, allocates nothing.
      result = handler.apply(this, arguments as unknown as [Request])
    } catch (error) {
      return onThrow(site, setup, request, second, third, entered, error)
    }
    if (isThenable(result)) return settle(result, site, setup, request, second, third, entered)
    return onReturn(site, setup, request, second, third, entered, result)
  }
}

async function settle(
  result: PromiseLike<unknown>,
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  entered: number,
): Promise<unknown> {
  let response: unknown
  try {
    response = await result
  } catch (error) {
    return onThrow(site, setup, request, second, third, entered, error)
  }
  return onReturn(site, setup, request, second, third, entered, response)
}

function callOf(
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  entered: number,
): Call {
  return { site, setup, request, second, ctx: waitUntilOf(third, request), entered }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    if (typeof value !== 'object' || value === null) return false
    return typeof (value as { then?: unknown }).then === 'function'
  } catch {
    // What cannot be asked goes back to the host as it came.
    return false
  }
}

function onReturn(
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  entered: number,
  result: unknown,
): unknown {
  let note: Note | undefined
  try {
    const status = statusOf(result)
    if (status === null) return result
    note = takeNote(request, result as Response)
    if (note === undefined && isUntouched(setup, request, result as Response, status)) return result
  } catch (fault) {
    // The outermost seam: what the handler returned goes out, whatever of ours is broken.
    tellFault(setup, fault)
    return result
  }
  return onOutcome(site, setup, request, second, third, entered, result as Response, note)
}

/** What the happy path never comes to; by itself, because V8 inlines only what is short. */
function onOutcome(
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  entered: number,
  response: Response,
  note: Note | undefined,
): unknown {
  try {
    const call = callOf(site, setup, request, second, third, entered)
    if (note === undefined) return answer(call, response, captureStatus(call, response))
    const out = onNote(call, note, response)
    if (out !== RETHROW) return out
  } catch (fault) {
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
    return type === null || /json/i.test(type) || response.body === null
  } catch (error) {
    // As `observe`, without its closure, which the happy path would allocate: `paths` may be the user's function.
    setup.logger.trouble('envelope', `asking whether to envelope failed: ${faultName(error)}`)
    return false
  }
}

/** A note that is still there is of an error whose handler, the user's own, has thrown in its turn. */
function withNote(call: Call): Call {
  const note = takeNote(call.request)
  if (note === undefined) return withHints(call)
  return { ...call, hints: { before: note.error, ...note.hints } }
}

/** Records a throw and answers for it. */
function onThrow(
  site: Site,
  setup: Setup,
  request: Request,
  second: unknown,
  third: unknown,
  entered: number,
  error: unknown,
): Response | Promise<Response> {
  try {
    const call = withNote(callOf(site, setup, request, second, third, entered))
    const thrown = recordThrow(call, error)
    if (setup.options.rethrow !== true) return answer(call, respondTo(call, thrown), thrown.id)
  } catch (fault) {
    // The outermost seam: a bare 500, whatever of ours is broken.
    tellFault(setup, fault)
    if (setup.options.rethrow !== true) return plainFailure()
  }
  throw error
}
