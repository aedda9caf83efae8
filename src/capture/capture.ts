import { HUSHED_KEY, isHushed } from '../util/hush.ts'
import { markActiveSpan } from './active-span.ts'
import { describe, type Description, read } from './describe-error.ts'
import { callHook, guard } from './guard.ts'
import { buildOccurrence, type Failure, type FailureDetails } from './occurrence.ts'
import {
  type FailureKeys,
  recordedError,
  rememberId,
  rememberReport,
  rememberThrow,
  rememberThrownOn,
  reportedError,
} from './recorded-failures.ts'
import type { RequestContext } from './request-context.ts'
import { type Scope, type RequestScope, waitUntilOf } from './scope.ts'
import type { Surface } from './surface.ts'
import type { Outcome } from '../config/options.ts'
import type { CapturedOccurrence } from '../model/occurrence.ts'
import { uuidv7 } from '../util/uuid.ts'

/** A thrown value with its description and the id of its occurrence. */
export interface Thrown {
  error: unknown
  description: Description
  id: string
  /** Whether an inner wrapper or a report has recorded it already. */
  isRecorded: boolean
}

/**
 * Describes a thrown value.
 * @param before the earlier error whose error handler threw this one
 */
export function thrownOf(scope: Scope, error: unknown, before?: unknown): Thrown {
  const recorded = recordedError(scope, error)
  return {
    error,
    description: describe(error, before),
    id: recorded ?? idFor(scope),
    isRecorded: recorded !== null,
  }
}

function idFor({ requestContext, surface: { setup } }: Scope): string {
  const make = (): string => uuidv7(setup.now())
  return requestContext === undefined ? make() : requestContext.claimId(make)
}

/**
 * Records a throw, after the status for the client is known.
 * @returns the occurrence's id, or null when it is not captured
 */
export function captureThrow(scope: Scope, thrown: Thrown, status: number): string | null {
  const { setup, stats } = scope.surface
  const { error, description, id } = thrown
  if (thrown.isRecorded) return id
  return guard(
    setup,
    'capture',
    () => {
      if (isClientAbort(scope.request, error)) {
        stats.aborted++
        return null
      }
      if (!isWanted(scope, { kind: 'thrown', status, error, response: null })) return null
      rememberThrow(scope, error, id)
      record(scope, { kind: 'thrown', status, description, id })
      return id
    },
    null,
  )
}

/** Marks a value that the wrapper rethrows, so that outer wrappers do not record it again. */
export function passOn(scope: Scope, { error }: Thrown, id: string | null): void {
  if (id !== null) rememberThrownOn(scope, error, id)
}

/** The recorded occurrence of a returned status. It may still get its message. */
export interface CapturedStatus {
  id: string
  captured: CapturedOccurrence
}

/** Whether klaxon's dashboard answered. Its 401 and 404 are no issue of the app. */
function isDashboardPage({ framework }: Scope, response: Response): boolean {
  const context = framework?.context as { get(key: string): unknown } | undefined
  return isHushed(response) || context?.get(HUSHED_KEY) === true
}

/** Records a returned status when it is a failure. */
export function captureStatus(
  scope: RequestScope,
  response: Response,
  message: string | null,
): CapturedStatus | null {
  const { setup } = scope.surface
  const { status } = response
  if (status < 400 && setup.options.capture === undefined) return null
  return guard(
    setup,
    'capture',
    () => {
      if (isDashboardPage(scope, response)) return null
      if (!isWanted(scope, { kind: 'status', status, error: undefined, response })) return null
      const id = idFor(scope)
      const captured = record(scope, { kind: 'status', status, description: null, message, id })
      return { id, captured }
    },
    null,
  )
}

function record(
  scope: Scope,
  failure: Pick<Failure, 'kind' | 'status' | 'description' | 'message' | 'id'>,
): CapturedOccurrence {
  const { request, event, startedAt, env, requestContext, framework, surface } = scope
  const isNotFound = failure.kind === 'status' && failure.status === 404
  const details =
    framework && guard(surface.setup, 'route', () => framework.details(isNotFound), undefined)
  const captured = buildOccurrence(surface.setup, {
    ...failure,
    request,
    event,
    startedAt,
    env,
    requestContext,
    details,
  })
  rememberId(captured.occurrence.id)
  surface.recorder.record(captured, waitUntilOf(scope.executionContext, request))
  markActiveSpan(captured.occurrence.id)
  return captured
}

/** The source of a reported error. */
export interface ReportSource extends FailureKeys {
  surface: Surface
  env?: unknown
  executionContext?: unknown
  details?: FailureDetails | undefined
  requestContext?: RequestContext | undefined
}

/**
 * Records an error that the app has handled. The option `capture` does not apply, because it
 * decides on responses.
 */
export function reportError(
  source: ReportSource,
  error: unknown,
  extra?: Record<string, unknown>,
): string | null {
  const { surface, request, env, executionContext, details, requestContext } = source
  const { setup, recorder } = surface
  return guard(
    setup,
    'report',
    () => {
      const known = reportedError(source, error)
      if (known !== null) return known
      const description = describe(error)
      const status = description.status ?? 500
      const captured = buildOccurrence(setup, {
        kind: 'thrown',
        status,
        request,
        env,
        description,
        details,
        requestContext,
        extra,
      })
      const { id } = captured.occurrence
      rememberReport(source, error, id)
      rememberId(id)
      recorder.record(captured, waitUntilOf(executionContext, request))
      return id
    },
    null,
  )
}

/** Whether the handler failed only because the client had left. */
function isClientAbort(request: Request | undefined, error: unknown): boolean {
  const signal = request?.signal
  if (!signal?.aborted) return false
  const { reason } = signal
  if (error === reason) return true
  const cause = read(error, 'cause')
  return read(error, 'name') === 'AbortError' || (cause !== undefined && cause === reason)
}

/**
 * Whether an outcome is recorded: by the option `capture`, else by the default rule. A thrown
 * redirect is an answer, not a failure.
 */
function isWanted(scope: Scope, outcome: Omit<Outcome, 'request'>): boolean {
  const { kind, status } = outcome
  const usual = status >= 400 || (kind === 'thrown' && !isThrownRedirect(outcome))
  const { setup } = scope.surface
  const { capture: predicate } = setup.options
  if (predicate === undefined) return usual
  // When the predicate throws or answers by a promise, the usual rule decides.
  const wanted: unknown = callHook(
    setup,
    'capture',
    () => predicate({ ...outcome, request: scope.request ?? null }) ?? false,
  )
  return wanted === undefined ? usual : Boolean(wanted)
}

function isThrownRedirect({ status, error }: Omit<Outcome, 'request'>): boolean {
  return status >= 300 && read(error, 'status') === status
}
