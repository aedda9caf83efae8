import type { Scope } from './scope.ts'

/** A recorded failure, kept so that an outer wrapper does not record it again. */
interface RecordedFailure {
  id: string
  /** The thrown value; undefined for a returned status. */
  error: unknown
  /** The wrappers that have seen it. When one sees it again, the request has failed again. */
  seenBy: object[]
}

/** Failures of one request that are remembered. */
const MAX_FAILURES_PER_REQUEST = 8
/** Ids that an isolate remembers at least. It remembers at most twice as many. */
const RECENT_IDS = 1_000

const byRequest = new WeakMap<object, RecordedFailure[]>()
/** Errors that were rethrown, or reported without a request. Any wrapper may see them again. */
const thrownOn = new WeakMap<object, RecordedFailure>()
/** Recent ids. A copied response keeps the header with its id. */
let recentIds = new Set<string>()
/** The ids before them. To delete the oldest of a Set one by one costs 2 µs each. */
let olderIds = new Set<string>()

/** The keys of a request's failures: its Request, and the framework's context. */
export interface FailureKeys {
  request: Request | undefined
  context?: object | undefined
}

function keysOf({ request, framework }: Scope): FailureKeys {
  return { request, context: framework?.context }
}

function listed({ request, context }: FailureKeys): RecordedFailure[] {
  const ofContext = context === undefined ? undefined : byRequest.get(context)
  const ofRequest = request === undefined ? undefined : byRequest.get(request)
  if (ofContext === undefined || ofContext === ofRequest) return ofRequest ?? []
  return ofRequest === undefined ? ofContext : [...ofContext, ...ofRequest]
}

/**
 * The id with which another wrapper or a report has recorded this error of the request; null when
 * none has.
 */
export function recordedError(scope: Scope, error: unknown): string | null {
  const isSame = (failure: RecordedFailure): boolean =>
    failure.error === error && !failure.seenBy.includes(scope.observer)
  const same = listed(keysOf(scope)).find(isSame) ?? (isKey(error) && thrownOn.get(error))
  if (!same || !isSame(same)) return null
  same.seenBy.push(scope.observer)
  return same.id
}

/**
 * The id of an error that the request has already recorded, for `report()`; null when it has not.
 */
export function reportedError(keys: FailureKeys, error: unknown): string | null {
  return listed(keys).find((failure) => failure.error === error)?.id ?? null
}

/** The id, if this isolate has recently recorded its failure; else null. */
export function recentIdOn(id: string | null): string | null {
  return id !== null && (recentIds.has(id) || olderIds.has(id)) ? id : null
}

export function rememberThrow(scope: Scope, error: unknown, id: string): void {
  remember(keysOf(scope), { id, error, seenBy: [scope.observer] })
}

export function rememberReport(keys: FailureKeys, error: unknown, id: string): void {
  const failure = { id, error, seenBy: [] }
  if (keys.request === undefined && keys.context === undefined) {
    if (isKey(error)) thrownOn.set(error, failure)
  } else remember(keys, failure)
}

/** Remembers a rethrown value, so that the next wrapper does not record it again. */
export function rememberThrownOn(scope: Scope, error: unknown, id: string): void {
  if (isKey(error)) thrownOn.set(error, { id, error, seenBy: [scope.observer] })
}

export function rememberId(id: string): void {
  if (recentIds.size >= RECENT_IDS) {
    olderIds = recentIds
    recentIds = new Set()
  }
  recentIds.add(id)
}

function remember({ request, context }: FailureKeys, failure: RecordedFailure): void {
  for (const key of [context, request]) {
    if (key === undefined) continue
    const failures = byRequest.get(key)
    if (failures === undefined) byRequest.set(key, [failure])
    else {
      failures.push(failure)
      if (failures.length > MAX_FAILURES_PER_REQUEST) failures.shift()
    }
  }
}

function isKey(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
