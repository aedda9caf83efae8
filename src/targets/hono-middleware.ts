import { notFinalized } from './hono-app.ts'
import type { HonoContext } from './hono-context.ts'
import { HonoScope } from './hono-scope.ts'
import { HonoVariable } from './hono-variable.ts'
import {
  afterHandledError,
  afterThrow,
  type Handled,
  Rethrow,
  warnOfFault,
} from '../capture/answer.ts'
import { captureThrow, thrownOf } from '../capture/capture.ts'
import { isSuccess, onOutcome } from '../capture/fetch.ts'
import { countObserver } from '../envelope/rewrite/mark.ts'
import type { Observer } from '../capture/surface.ts'

type Next = () => Promise<void>

/** Makes klaxon's Hono middleware. It decides as the wrapper does. */
export function honoMiddleware(observer: Observer) {
  countObserver()
  return async function klaxonMiddleware(c: HonoContext, next: Next): Promise<void> {
    const scope = openScope(observer, c)
    // Registered twice: the outer one observes the request.
    if (scope === null) {
      await next()
      return
    }
    try {
      await next()
    } catch (error) {
      // Hono passes Errors to its error handler. Other values, and errors of that handler, arrive
      // here.
      c.res = await afterThrow(scope, error, c.error)
      return
    }
    const response = answer(scope, c)
    // Awaits only a promise, because each await costs time.
    if (response instanceof Promise) replace(c, await response)
    else replace(c, response)
  }
}

/** Makes the scope of a request. null when an outer middleware observes the request already. */
function openScope(observer: Observer, c: HonoContext): HonoScope | null {
  const known = c.get('klaxon')
  if (known instanceof HonoVariable && known.hasMiddleware) return null
  const scope = new HonoScope(observer, c.req.raw, c.env, undefined)
  scope.c = c
  // The wrapper around the app and the middleware share the request's context.
  if (known instanceof HonoVariable) scope.requestContext = known.scope.openContext()
  scope.variable.hasMiddleware = true
  // The app may have a variable of this name. It stays.
  if (known === undefined || known instanceof HonoVariable) c.set('klaxon', scope.variable)
  scope.watchBody()
  return scope
}

type Replacement = Handled | undefined

/** The response that replaces `c.res`; undefined when `c.res` stays. */
function answer(scope: HonoScope, c: HonoContext): Replacement | Promise<Replacement> {
  const { setup } = scope.surface
  try {
    // Does not read `c.res`: reading would create a response.
    if (!c.finalized) {
      const thrown = thrownOf(scope, notFinalized())
      const id = captureThrow(scope, thrown, 500)
      if (id !== null) c.header('x-error-id', id)
      return undefined
    }
    const { res } = c
    const { error } = c
    if (error !== undefined)
      return afterHandledError(scope, { error, response: res, answeredBy: 'unknown' })
    return isSuccess(setup, scope.request, res, scope.isCovered) ? undefined : onOutcome(scope, res)
  } catch (fault) {
    warnOfFault(setup, fault)
    return undefined
  }
}

/**
 * Replaces `c.res`. It is set to undefined first, because Hono otherwise merges the old headers
 * into the new response.
 */
function replace(c: HonoContext, response: Replacement): void {
  if (response === undefined) return
  c.res = undefined as never
  // With `rethrow` Hono has answered already. Throwing would make it answer again.
  c.res = response instanceof Rethrow ? response.response : response
}
