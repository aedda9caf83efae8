import { isThenable } from '../capture/fetch.ts'
import type { HonoContext } from './hono-context.ts'
import type { HonoScope } from './hono-scope.ts'

type Handler = (c: HonoContext, next: () => Promise<void>) => unknown
type Match = readonly [registered: readonly [handler: Handler, ...route: unknown[]], ...unknown[]]
type MatchResult = readonly [matches: readonly Match[], ...params: unknown[]]

interface Router {
  match(method: string, path: string): MatchResult
}

type ErrorHandler = (error: unknown, c: HonoContext) => unknown

/** The members of a Hono app that klaxon uses. The core does not import Hono. */
export interface HonoApp {
  fetch: (...args: unknown[]) => unknown
  request: (...args: unknown[]) => unknown
  errorHandler: ErrorHandler
  router: Router
  routes: readonly unknown[]
}

export function isHono(target: object): target is HonoApp {
  const app = target as Partial<HonoApp> & { onError?: unknown; getPath?: unknown }
  return (
    typeof app.fetch === 'function' &&
    typeof app.onError === 'function' &&
    typeof app.errorHandler === 'function' &&
    typeof app.getPath === 'function' &&
    typeof app.router?.match === 'function'
  )
}

/** Observes requests inside a Hono app, without a change that the app could see. */
export interface Seam {
  /** Must be called right before `app.fetch`, which reads the router first. */
  open(scope: HonoScope): void
  /** Must be called right after `app.fetch`, even when it threw. */
  close(): void
}

/**
 * Hono asks `app.router` for a request's handlers and calls the first of them, synchronously within
 * `app.fetch`. For that moment the app gets a router whose first handler is observed, and an error
 * handler that records the error and calls the app's own. Both are removed before a handler runs.
 * A `getPath` that asks the router itself uses them up: such a request is not observed inside.
 */
export function createSeam(app: HonoApp): Seam {
  let pending: HonoScope | undefined
  let appRouter: Router | undefined
  let observing: Router | undefined
  let isOpen = false
  let errorHandler: ErrorHandler | undefined
  const lists = createLists(take)

  function observingRouter(router: Router): Router {
    if (router !== appRouter) {
      appRouter = router
      observing = Object.create(router, { match: { value: match } }) as Router
    }
    return observing!
  }

  function match(method: string, path: string): MatchResult {
    restore()
    const result = appRouter!.match(method, path)
    const [matches] = result
    const scope = pending
    if (matches.length === 0 || scope === undefined) return result
    scope.isComposed = matches.length > 1
    if (scope.isComposed) {
      const handler = (errorHandler = app.errorHandler)
      app.errorHandler = errorHandlerOf(scope, handler)
    }
    const observed = lists.observed(matches)
    const { length } = result
    // Hono's routers return one or two. A spread would cost half of the observation.
    if (length === 2) return [observed, result[1]]
    return length === 1 ? [observed] : [observed, ...result.slice(1)]
  }

  /** Returns the scope of the request whose first handler runs, once for each request. */
  function take(): HonoScope | undefined {
    const scope = pending
    pending = undefined
    restore()
    return scope
  }

  function restore(): void {
    if (isOpen) app.router = appRouter!
    isOpen = false
    if (errorHandler !== undefined) app.errorHandler = errorHandler
    errorHandler = undefined
  }

  return {
    open(scope) {
      try {
        app.router = observingRouter(app.router)
        pending = scope
        isOpen = true
      } catch {
        // A frozen app cannot be observed inside. Its responses still are.
      }
    },
    close() {
      pending = undefined
      restore()
    },
  }
}

/** Returns the function, so that it stays a young object, as `jsonOf` does. */
function errorHandlerOf(scope: HonoScope, handler: ErrorHandler): ErrorHandler {
  return (error, c) => handleError(scope, handler, error, c)
}

function handleError(
  scope: HonoScope,
  handler: ErrorHandler,
  error: unknown,
  c: HonoContext,
): unknown {
  const observation = scope.observeError(error)
  let response: unknown
  try {
    response = handler(error, c)
  } catch (thrown) {
    observation.handlerFailed = true
    throw thrown
  }
  if (isThenable(response)) {
    // Hono awaits the same promise and handles its rejection.
    response.then(undefined, () => {
      observation.handlerFailed = true
    })
  }
  return response
}

/** Replaces the first handler in lists of matches. */
interface Lists {
  observed(matches: readonly Match[]): readonly Match[]
}

function createLists(take: () => HonoScope | undefined): Lists {
  /**
   * RegExpRouter returns the same list for the same route. Other routers make one for each request.
   */
  const known = new WeakMap<readonly Match[], readonly Match[]>()
  const wrappers = new WeakMap<Handler, Handler>()
  let lastList: readonly Match[] | undefined

  function observed(matches: readonly Match[]): readonly Match[] {
    const before = known.get(matches)
    if (before !== undefined) return before
    const [[[handler, ...route], ...params], ...rest] = matches as [Match, ...Match[]]
    const made: readonly Match[] = [[[wrapperOf(handler), ...route], ...params], ...rest]
    // The router keeps a list that it returns twice in a row.
    if (lastList === matches) known.set(matches, made)
    lastList = matches
    return made
  }

  function wrapperOf(handler: Handler): Handler {
    const known = wrappers.get(handler)
    if (known !== undefined) return known
    const klaxonHandler: Handler = (c, next) => {
      const scope = take()
      scope?.start(c)
      if (scope === undefined || scope.isComposed) return handler(c, next)
      // Hono calls a single handler without `compose`, and keeps no error on the context.
      try {
        return (scope.result = handler(c, next))
      } catch (error) {
        scope.observeError(error)
        throw error
      }
    }
    wrappers.set(handler, klaxonHandler)
    return klaxonHandler
  }

  return { observed }
}
