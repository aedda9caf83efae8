import { draftOccurrence, type Hints } from './occurrence.ts'
import type { Setup } from './setup.ts'
import { faultName, isPromise } from './seam.ts'
import { describe, type Description } from './thrown.ts'
import type { Kind, WaitUntil } from './types.ts'

/** One wrapper: where its setup comes from, and what its framework can tell about a request. */
export interface Site {
  setup(second: unknown): Setup
  hints?: ((request: Request, second: unknown) => Hints) | undefined
}

/** One request on its way through one wrapper. */
export interface Call {
  setup: Setup
  /** Which wrapper this is: an inner one and an outer one are two sites. */
  site: Site
  request: Request
  /** The handler's second argument: env, or the host's own server object. */
  second: unknown
  ctx: WaitUntil | undefined
  /**
   * Unix ms, where the host took the time. A wrapped fetch does not: reading the clock would cost a success more than all
   * else that klaxon does.
   */
  startedAt?: number | undefined
  /** `captures` when the request entered this wrapper. */
  entered: number
  hints?: Hints | undefined
}

/** What `capture` weighs and records. */
export interface Captured {
  kind: Kind
  status: number
  error: unknown
  description: Description | null
  response: Response | null
  extra?: Record<string, unknown> | undefined
}

const recorded = new WeakMap<Request, { site: Site; id: string; sequence: number }>()

/** How many failures were captured in this isolate; a wrapper notes it when a request enters. */
export let captures = 0

/** The id under which an inner wrapper has recorded this request. */
export function recordedInside(call: Call): string | null {
  const inner = recorded.get(call.request)
  // An older mark is of an earlier pass of the same Request object: that was another request.
  const isInner = inner !== undefined && inner.site !== call.site && inner.sequence > call.entered
  return isInner ? inner.id : null
}

/**
 * The observer's seam: what klaxon does on a request's path runs in here, and its exceptions end here,
 * because a failure of ours must never become a failure of the user's request.
 */
export function observe<T>(setup: Setup, what: string, work: () => T, otherwise: T): T {
  try {
    return work()
  } catch (error) {
    setup.logger.trouble(what, `${what} failed: ${faultName(error)}`)
    return otherwise
  }
}

/** Records one failure, synchronously up to the outbox; the occurrence's id, or null when it is not captured. */
export function capture(call: Call, captured: Captured): string | null {
  return observe(
    call.setup,
    'capture',
    () => {
      const inner = recordedInside(call)
      if (inner !== null) return inner
      if (!isWanted(call, captured)) return null
      const draft = draftOccurrence(call.setup, { ...call, ...captured })
      const { id } = draft.occurrence
      recorded.set(call.request, { site: call.site, id, sequence: ++captures })
      call.setup.record(draft, call.ctx)
      return id
    },
    null,
  )
}

/** Records an error that the handler dealt with itself; not what `capture` judges, and no answer to a request. */
export function reportError(
  from: { setup: Setup; request: Request | undefined; ctx: WaitUntil | undefined; hints: Hints },
  error: unknown,
  extra: Record<string, unknown> | undefined,
): string | null {
  const { setup, request, hints } = from
  return observe(
    setup,
    'report',
    () => {
      const description = describe(error)
      const draft = draftOccurrence(setup, {
        kind: 'thrown',
        status: description.status ?? 500,
        request: request ?? new Request('http://report'),
        second: undefined,
        description,
        hints: request === undefined ? { ...hints, event: { name: 'report', subject: '' } } : hints,
        extra,
      })
      setup.record(
        draft,
        from.ctx ?? (request === undefined ? undefined : waitUntilOf(undefined, request)),
      )
      return draft.occurrence.id
    },
    null,
  )
}

function isWanted({ setup, request }: Call, { kind, status, error, response }: Captured): boolean {
  const usual = kind === 'thrown' || status >= 400
  const { capture: predicate } = setup.options
  if (predicate === undefined) return usual
  // A predicate that throws or answers later can't be asked: the usual rule stands in.
  return observe(
    setup,
    'option capture',
    () => {
      const answer: unknown = predicate({ kind, status, request, error, response })
      if (!isPromise(answer)) return Boolean(answer)
      setup.logger.trouble(
        'option capture',
        'option `capture` must answer at once, not by a promise',
      )
      return usual
    },
    usual,
  )
}

/** The execution context among a handler's arguments, or the one srvx puts on the request. */
export function waitUntilOf(third: unknown, request: Request): WaitUntil | undefined {
  if (hasWaitUntil(third)) return third
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
