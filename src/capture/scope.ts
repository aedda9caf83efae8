import type { PrintedBody } from '../envelope/rewrite/respond.ts'
import type { WaitUntil } from '../model/wait-until.ts'
import type { EventFacts } from './request-facts.ts'
import type { FailureDetails } from './occurrence.ts'
import type { RequestContext } from './request-context.ts'
import type { Observer, Surface } from './surface.ts'

/** One request or event in one wrapper. */
export interface Scope {
  observer: Observer
  surface: Surface
  request: Request | undefined
  /** The event, when there is no request. */
  event?: EventFacts | undefined
  /** Unix ms, for events. The hot path of requests reads no clock. */
  startedAt?: number | undefined
  /** The handler's second argument: bindings, or the host's own server object. */
  env: unknown
  /** The handler's third argument, on hosts that have one. */
  executionContext: unknown
  /** The values of `set`, `note` and `setUser`; undefined when none was called. */
  requestContext: RequestContext | undefined
  /** The framework's view of the request. Read only when it fails. */
  framework: FrameworkView | undefined
}

/**
 * The scope of a request. Outside of Hono it is made only when something must be recorded or
 * rewritten.
 */
export interface RequestScope extends Scope {
  request: Request
  /** Whether the envelope covers the request; undefined until it is asked for. */
  isCovered?: boolean | undefined
}

/** A framework's view of a request. */
export interface FrameworkView {
  /** The framework's context object, which wrapper and middleware share. */
  context: object
  /** @param isNotFound whether a 404 was returned */
  details(isNotFound: boolean): FailureDetails
  /** The body of the response; undefined when klaxon has not seen it. */
  printedBody(response: Response): PrintedBody | undefined
}

/** The object with `waitUntil`: the execution context, or srvx's request. */
export function waitUntilOf(
  executionContext: unknown,
  request: Request | undefined,
): WaitUntil | undefined {
  if (hasWaitUntil(executionContext)) return executionContext
  return hasWaitUntil(request) ? request : undefined
}

function hasWaitUntil(value: unknown): value is WaitUntil {
  return (
    typeof value === 'object' &&
    value !== null &&
    'waitUntil' in value &&
    typeof value.waitUntil === 'function'
  )
}
