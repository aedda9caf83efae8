import { hasOwnErrorHandler } from './hono-default.ts'
import { createSeam, type HonoApp } from './hono-seam.ts'
import { type HonoFailure, HonoScope } from './hono-scope.ts'
import {
  afterHandledError,
  afterThrow,
  type Handled,
  Rethrow,
  warnOfFault,
} from '../capture/answer.ts'
import { klaxonRunWithContext } from '../capture/async-context.ts'
import { captureThrow, thrownOf } from '../capture/capture.ts'
import {
  type FetchHandler,
  isThenable,
  isUnchanged,
  needsContext,
  onOutcome,
  unlessThrownOn,
} from '../capture/fetch.ts'
import { guard } from '../capture/guard.ts'
import { discard, statusOf } from '../capture/respond.ts'
import { countObserver } from '../envelope/rewrite/mark.ts'
import type { Observer } from '../capture/surface.ts'

/**
 * The message of Hono's error when no handler has answered. klaxon sees the response, not the
 * error.
 */
const NOT_FINALIZED =
  'Context is not finalized. Did you forget to return a Response object or `await next()`?'

export function notFinalized(): Error {
  const error = new Error(NOT_FINALIZED)
  // The stack would show klaxon's own frames, which have no part in the failure.
  error.stack = `Error: ${NOT_FINALIZED}`
  return error
}

/** Makes the `fetch` of a wrapped Hono app. */
export function wrapHonoFetch(app: HonoApp, observer: Observer): FetchHandler {
  countObserver()
  const seam = createSeam(app)

  async function klaxonSettle(result: PromiseLike<unknown>, scope: HonoScope): Promise<unknown> {
    let response: unknown
    try {
      response = await result
    } catch (error) {
      if (observesRejection(scope)) await NEXT_TURN
      return onRejection(scope, error)
    }
    if (observesRejection(scope)) await NEXT_TURN
    return onReturn(app, scope, response)
  }

  function klaxonFetchWithContext(this: unknown, ...args: [Request, ...unknown[]]): unknown {
    return klaxonRunWithContext(klaxonFetch, this, args)
  }

  function klaxonFetch(
    this: unknown,
    request: Request,
    env: unknown,
    executionContext: unknown,
  ): unknown {
    const scope = new HonoScope(observer, request, env, executionContext)
    if (needsContext(scope.surface))
      return klaxonFetchWithContext.apply(this, arguments as unknown as [Request])
    let result: unknown
    seam.open(scope)
    try {
      result = app.fetch.apply(app, arguments as unknown as unknown[])
    } catch (error) {
      return onRejection(scope, error)
    } finally {
      seam.close()
    }
    return isThenable(result) ? klaxonSettle(result, scope) : onReturn(app, scope, result)
  }

  return klaxonFetch
}

const NEXT_TURN = Promise.resolve()

/**
 * Whether the result of the request's only handler is a promise. Its rejection is then observed in
 * the next turn: Hono answers it, and keeps no error. A promise that has not settled by then, such
 * as the loser of a race, is not waited for.
 */
function observesRejection(scope: HonoScope): boolean {
  const { result } = scope
  if (!(result instanceof Promise)) return false
  try {
    // The `then` of a subclass may do the work once more.
    void Promise.prototype.then.call(result, undefined, (error) => void scope.observeError(error))
    return true
  } catch {
    // The constructor of a subclass threw.
    return false
  }
}

function onReturn(app: HonoApp, scope: HonoScope, result: unknown): unknown {
  const { surface, request, isCovered } = scope
  if (!scope.hasError && isUnchanged(surface.setup, request, result, isCovered)) return result
  return onHonoOutcome(app, scope, result as Response)
}

function onHonoOutcome(app: HonoApp, scope: HonoScope, response: Response): unknown {
  let last: HonoFailure | undefined
  let handled: Handled | Promise<Handled>
  try {
    const failures = scope.failures()
    if (statusOf(response) === null) {
      // The error handler has answered nothing.
      captureEarlier(scope, failures)
      return response
    }
    if (failures.length === 0 && scope.isUnfinished && response.status >= 400)
      failures.push({ error: notFinalized(), before: undefined })
    last = failures.pop()
    captureEarlier(scope, failures)
    if (last === undefined) return onOutcome(scope, response)
    const answeredBy = hasOwnErrorHandler(app) ? 'own handler' : 'default handler'
    handled = afterHandledError(scope, { ...last, response, answeredBy })
  } catch (fault) {
    // The outermost guard: the app's response goes out, whatever fails in klaxon.
    warnOfFault(scope.surface.setup, fault)
    return response
  }
  const settle = (out: Handled): Response => {
    if (!(out instanceof Rethrow)) return out
    discard(out.response)
    throw last!.error
  }
  return handled instanceof Promise ? handled.then(settle) : settle(handled)
}

function onRejection(scope: HonoScope, error: unknown): unknown {
  const failures = scope.failures(error)
  const { before } = failures.pop()!
  captureEarlier(scope, failures)
  try {
    return afterThrow(scope, error, before)
  } catch (thrown) {
    return unlessThrownOn(thrown, error)
  }
}

/** Captures errors that were handled before the last one. Each is a separate failure. */
function captureEarlier(scope: HonoScope, failures: readonly HonoFailure[]): void {
  for (const { error, before } of failures) {
    const capture = (): void => {
      const thrown = thrownOf(scope, error, before)
      captureThrow(scope, thrown, thrown.description.status ?? 500)
    }
    guard(scope.surface.setup, 'capture', capture, undefined)
  }
}
