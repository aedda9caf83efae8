import { isUnread, toEnvelope, withoutLength } from '../envelope/rewrite/respond.ts'
import { captureStatus, captureThrow, passOn, type Thrown, thrownOf } from './capture.ts'
import { judge, type JudgedResponse, withHeadersOf } from './default-response.ts'
import { hasOwnResponse, isWholeResponse, ownResponseOf } from './describe-error.ts'
import { callHook, guard } from './guard.ts'
import { recentIdOn } from './recorded-failures.ts'
import { covers, discard, errorIdOn, failureResponse, plainFailure, tag } from './respond.ts'
import { amendMessage, messageOf } from './response-message.ts'
import type { RequestScope } from './scope.ts'
import { faultName } from '../util/guards.ts'
import type { Setup } from '../config/setup.ts'

type Answer = Response | Promise<Response>

/** Records a thrown value, and answers for it or rethrows it. */
export function afterThrow(scope: RequestScope, error: unknown, before?: unknown): Answer {
  const { setup } = scope.surface
  try {
    const thrown = thrownOf(scope, error, before)
    const response = responseTo(scope, thrown)
    if (response !== null) {
      const id = captureThrow(scope, thrown, response.status)
      return finishResponse(scope, response, id)
    }
    passOn(scope, thrown, captureThrow(scope, thrown, thrown.description.status ?? 500))
  } catch (fault) {
    // The outermost guard: a plain 500, whatever fails in klaxon.
    warnOfFault(setup, fault)
    if (setup.options.rethrow !== true) return plainFailure()
  }
  throw error
}

/**
 * What the client gets for a throw: the response from onError, else the error's own response, else
 * the default response. null when the error is rethrown.
 */
function responseTo(scope: RequestScope, thrown: Thrown): Response | null {
  const { setup } = scope.surface
  const { error } = thrown
  const isOnErrorAsked = setup.options.rethrow !== true
  const response = isOnErrorAsked ? fromOnError(scope, thrown) : undefined
  if (response !== undefined) {
    if (isWholeResponse(error)) guard(setup, 'response', () => discard(error, response), undefined)
    return response
  }
  const ownResponse = ownResponseOf(error)
  if (ownResponse !== null || !isOnErrorAsked) return ownResponse
  return defaultResponse(scope, thrown)
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
  const { rethrow } = scope.surface.setup.options
  const mayReplace = answeredBy === 'default handler' && rethrow !== true
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
  const finish = (out: Response): Response =>
    id === null ? out : guard(setup, 'error id', () => tag(out, id), out)
  const envelope = guard(
    setup,
    'envelope paths',
    () => (covers(scope) ? setup.envelope : null),
    null,
  )
  if (envelope === null) return finish(response)
  if (request.method === 'HEAD') return finish(withoutLength(response, envelope))
  const printed = framework?.printedBody(response)
  const known = printed !== undefined && isUnread(response) ? printed : undefined
  const out = toEnvelope(response, envelope, id, known)
  return out instanceof Promise ? out.then(finish, () => finish(response)) : finish(out)
}

export function warnOfFault(setup: Setup, fault: unknown): void {
  setup.logger.warn('fault', `klaxon failed on a request's path: ${faultName(fault)}`)
}
