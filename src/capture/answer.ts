import { isUnread, toEnvelope, withoutLength } from '../envelope/rewrite/respond.ts'
import { captureStatus, captureThrow, passOn, type Thrown, thrownOf } from './capture.ts'
import { judge, type JudgedResponse, withHeadersOf } from './default-response.ts'
import { hasOwnResponse, isWholeResponse, ownResponseOf } from './describe-error.ts'
import { callHook, guard } from './guard.ts'
import { recentIdOn } from './recorded-failures.ts'
import { discard, errorIdOn, failureResponse, plainFailure, tag, wantsEnvelope } from './respond.ts'
import { amendMessage, messageOf } from './response-message.ts'
import type { RequestScope } from './scope.ts'
import { faultName } from '../util/guards.ts'
import type { Setup } from '../config/setup.ts'

/** What the client gets for a throw. */
type Decision =
  | {
      by: 'response from onError' | 'own response of the error' | 'default response'
      response: Response
    }
  | { by: 'rethrow' }

type Answer = Response | Promise<Response>

/** Records a thrown value, and answers for it or rethrows it. */
export function afterThrow(scope: RequestScope, error: unknown, before?: unknown): Answer {
  const { setup } = scope.surface
  try {
    const thrown = thrownOf(scope, error, before)
    const decision = decide(scope, thrown)
    if (decision.by !== 'rethrow') {
      const id = captureThrow(scope, thrown, decision.response.status)
      return finishResponse(scope, decision.response, id)
    }
    passOn(scope, thrown, captureThrow(scope, thrown, thrown.description.status ?? 500))
  } catch (fault) {
    // The outermost guard: a plain 500, whatever fails in klaxon.
    warnOfFault(setup, fault)
    if (setup.options.rethrow !== true) return plainFailure()
  }
  throw error
}

function decide(scope: RequestScope, thrown: Thrown): Decision {
  const { setup } = scope.surface
  const { error } = thrown
  const isOnErrorAsked = setup.options.rethrow !== true
  const response = isOnErrorAsked ? fromOnError(scope, thrown) : undefined
  if (response !== undefined) {
    if (isWholeResponse(error)) guard(setup, 'response', () => discard(error, response), undefined)
    return { by: 'response from onError', response }
  }
  const ownResponse = guard(setup, 'response', () => ownResponseOf(error), null)
  if (ownResponse !== null) return { by: 'own response of the error', response: ownResponse }
  if (!isOnErrorAsked) return { by: 'rethrow' }
  return { by: 'default response', response: defaultResponse(scope, thrown) }
}

function defaultResponse(scope: RequestScope, { description, id }: Thrown): Response {
  const { setup } = scope.surface
  const response = guard(setup, 'response', () => failureResponse(scope, description, id), null)
  return response ?? plainFailure()
}

function fromOnError(scope: RequestScope, { id, error }: Thrown): Response | undefined {
  const { setup } = scope.surface
  const { onError } = setup.options
  if (onError === undefined) return undefined
  const response: unknown = callHook(setup, 'onError', () =>
    onError(error, { id, request: scope.request }),
  )
  if (response === undefined || isWholeResponse(response)) return response
  setup.logger.warn('option onError', 'option `onError` must return a Response or undefined')
  return undefined
}

/** The order to rethrow an error, with the framework's response to it. */
export class Rethrow {
  readonly response: Response

  constructor(response: Response) {
    this.response = response
  }
}

/** The response that goes out, or the order to rethrow the error. */
export type Handled = Response | Rethrow

/** An error for which a framework has made a response. */
export interface HandledError {
  error: unknown
  /** The earlier error whose error handler threw this one. */
  before?: unknown
  response: Response
  /** The error handler that made the response, if klaxon can tell. */
  answeredBy: 'default handler' | 'own handler' | 'unknown'
}

/**
 * Records an error that a framework has answered. The framework's default response is replaced. A
 * response of the app's error handler, or of the error itself, goes out.
 */
export function afterHandledError(
  scope: RequestScope,
  handled: HandledError,
): Handled | Promise<Handled> {
  const { response } = handled
  const thrown = thrownOf(scope, handled.error, handled.before)
  // An inner wrapper has answered already.
  if (thrown.isRecorded && errorIdOn(response) === thrown.id)
    return finishResponse(scope, response, thrown.id)
  const judged = judgeHandled(scope, thrown, handled)
  if (judged instanceof Promise)
    return judged
      .then((made) => answerHandled(scope, thrown, made))
      .catch((fault: unknown) => {
        // The outermost guard of an asynchronous answer.
        warnOfFault(scope.surface.setup, fault)
        return plainFailure()
      })
  return answerHandled(scope, thrown, judged)
}

function judgeHandled(
  scope: RequestScope,
  thrown: Thrown,
  { response, answeredBy }: HandledError,
): JudgedResponse | Promise<JudgedResponse> {
  if (answeredBy === 'own handler') return { response, isDefault: false }
  if (!hasOwnResponse(thrown.error)) return judge(scope, thrown, response)
  const { onError, rethrow } = scope.surface.setup.options
  const mayReplace = answeredBy === 'default handler' && onError !== undefined && rethrow !== true
  const replacement = mayReplace ? fromOnError(scope, thrown) : undefined
  if (replacement === undefined) return { response, isDefault: false }
  discard(response, replacement)
  return { response: withHeadersOf(response, replacement), isDefault: false }
}

function answerHandled(
  scope: RequestScope,
  thrown: Thrown,
  { response, isDefault }: JudgedResponse,
): Handled | Promise<Handled> {
  if (!isDefault)
    return finishResponse(scope, response, captureThrow(scope, thrown, response.status))
  if (scope.surface.setup.options.rethrow === true) {
    passOn(scope, thrown, captureThrow(scope, thrown, thrown.description.status ?? 500))
    return new Rethrow(response)
  }
  const fresh = withHeadersOf(
    response,
    fromOnError(scope, thrown) ?? defaultResponse(scope, thrown),
  )
  return finishResponse(scope, fresh, captureThrow(scope, thrown, fresh.status))
}

/** Records a returned status that is a failure, and finishes the response. */
export function afterReturn(scope: RequestScope, response: Response): Answer {
  const { setup } = scope.surface
  const isFailure = response.status >= 400
  const recent = isFailure ? recentIdOn(errorIdOn(response)) : null
  if (recent !== null) return finishResponse(scope, response, recent)
  const message = isFailure ? guard(setup, 'message', () => messageOf(scope, response), null) : null
  const recorded = captureStatus(scope, response, message)
  const out = finishResponse(scope, response, recorded?.id ?? null)
  if (recorded === null || !isFailure) return out
  const amended = (enveloped: Response): Response => {
    guard(setup, 'message', () => amendMessage(setup, recorded.captured, enveloped), undefined)
    return enveloped
  }
  return out instanceof Promise ? out.then(amended) : amended(out)
}

/** Applies the envelope and sets the error id. These are the last changes of a response. */
export function finishResponse(scope: RequestScope, response: Response, id: string | null): Answer {
  const { surface, request, framework } = scope
  const { setup } = surface
  const { envelope } = setup
  const finish = (out: Response): Response =>
    id === null ? out : guard(setup, 'error id', () => tag(out, id), out)
  if (
    envelope === null ||
    !guard(setup, 'envelope paths', () => wantsEnvelope(setup, request), false)
  )
    return finish(response)
  if (request.method === 'HEAD') return finish(withoutLength(response, envelope))
  const printed = framework?.printedBody(response)
  const known = printed !== undefined && isUnread(response) ? printed : undefined
  const out = guard(setup, 'envelope', () => toEnvelope(response, envelope, id, known), response)
  return out instanceof Promise ? out.then(finish, () => finish(response)) : finish(out)
}

export function warnOfFault(setup: Setup, fault: unknown): void {
  setup.logger.warn('fault', `klaxon failed on a request's path: ${faultName(fault)}`)
}
