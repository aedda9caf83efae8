import { afterReturn, afterThrow, warnOfFault } from './answer.ts'
import { currentContext, klaxonRunWithContext } from './async-context.ts'
import { mayEnvelope, plainFailure, statusOf } from './respond.ts'
import type { RequestScope } from './scope.ts'
import type { Observer, Surface } from './surface.ts'
import { countObserver } from '../envelope/rewrite/mark.ts'
import type { Setup } from '../config/setup.ts'

/** Any fetch handler. The arguments after the request depend on the host. */
export type FetchHandler = (this: any, request: any, ...rest: any[]) => unknown

/**
 * Wraps a fetch handler. A synchronous handler stays synchronous. A success allocates nothing: the
 * scope of a request is made when something must be recorded or rewritten.
 */
export function wrapFetch(handler: FetchHandler, observer: Observer): FetchHandler {
  countObserver()

  function scopeOf(request: Request, env: unknown, executionContext: unknown): RequestScope {
    return {
      observer,
      surface: observer.surfaceFor(env),
      request,
      env,
      executionContext,
      requestContext: currentContext(),
      framework: undefined,
    }
  }

  async function klaxonSettle(
    result: PromiseLike<unknown>,
    request: Request,
    env: unknown,
    executionContext: unknown,
  ): Promise<unknown> {
    let response: unknown
    try {
      response = await result
    } catch (error) {
      return onThrow(error, request, env, executionContext)
    }
    return onReturn(response, request, env, executionContext)
  }

  function onThrow(
    error: unknown,
    request: Request,
    env: unknown,
    executionContext: unknown,
  ): Response | Promise<Response> {
    try {
      return afterThrow(scopeOf(request, env, executionContext), error)
    } catch (thrown) {
      return unlessThrownOn(thrown, error)
    }
  }

  function onReturn(
    response: unknown,
    request: Request,
    env: unknown,
    executionContext: unknown,
  ): unknown {
    if (isUnchanged(observer.surfaceFor(env).setup, request, response)) return response
    try {
      return onOutcome(scopeOf(request, env, executionContext), response as Response)
    } catch {
      // The outermost guard: the response goes out, even when no warning can be logged.
      return response
    }
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
    // Before the handler, so that its reports use this env.
    if (needsContext(observer.surfaceFor(env)))
      return klaxonFetchWithContext.apply(this, arguments as unknown as [Request])
    let result: unknown
    try {
      // `arguments` keeps the exact count and, unlike rest parameters, allocates nothing.
      result = handler.apply(this, arguments as unknown as [Request])
    } catch (error) {
      return onThrow(error, request, env, executionContext)
    }
    if (isThenable(result)) return klaxonSettle(result, request, env, executionContext)
    return onReturn(result, request, env, executionContext)
  }

  return klaxonFetch
}

/**
 * Rethrows the handler's error. Any other error is klaxon's own fault, and the client gets a plain
 * 500.
 */
export function unlessThrownOn(thrown: unknown, error: unknown): Response {
  if (Object.is(thrown, error)) throw error
  return plainFailure()
}

/** Whether the request still needs a context. */
export function needsContext({ hasContext }: Surface): boolean {
  return hasContext && currentContext() === undefined
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
  } catch {
    // The value goes back to the host unchanged.
    return false
  }
}

/**
 * True when the handler's result can be returned as it is.
 * @param covered as for `mayEnvelope`
 */
export function isUnchanged(
  setup: Setup,
  request: Request,
  result: unknown,
  covered?: boolean,
): boolean {
  try {
    const status = statusOf(result)
    return status === null || isSuccess(setup, request, result as Response, covered)
  } catch (fault) {
    // The outermost guard: the handler's result goes out, whatever fails in klaxon.
    warnOfFault(setup, fault)
    return true
  }
}

/**
 * Whether a response is a success that is neither recorded nor enveloped.
 * @param covered as for `mayEnvelope`
 */
export function isSuccess(
  setup: Setup,
  request: Request,
  response: Response,
  covered?: boolean,
): boolean {
  return (
    response.status < 400 &&
    setup.options.capture === undefined &&
    (setup.envelope === null || !mayEnvelope(setup, request, response, covered))
  )
}

/** Slow path. Separate so that V8 can inline `onReturn`. */
export function onOutcome(scope: RequestScope, response: Response): Response | Promise<Response> {
  try {
    return afterReturn(scope, response)
  } catch (fault) {
    warnOfFault(scope.surface.setup, fault)
    return response
  }
}
