/**
 * How the failure was noticed: the handler threw; it returned a status >= 400; a browser reported
 * it; a job did not run.
 */
export type Kind = 'thrown' | 'status' | 'browser' | 'missed'

/** One captured failure. Every string in it is redacted and cut. */
export interface Occurrence {
  /** UUIDv7 (RFC 9562), also the `x-error-id` response header. */
  id: string
  /** Unix time in ms. */
  occurredAt: number
  /** `v1:` and 32 hex digits (128 bits); equal for occurrences of one issue. */
  fingerprint: string
  /** The title in lists and alerts, at most 200 characters. */
  title: string
  kind: Kind
  /** The option `service`; null when it is not set. */
  service: string | null
  status: number
  method: string
  path: string
  query: string | null
  route: string | null
  host: string | null
  clientIp: string | null
  userAgent: string | null
  userId: string | null
  username: string | null
  errorName: string | null
  /** At most 2 KB. */
  errorMessage: string | null
  /** At most 16 KB. */
  errorStack: string | null
  /** The chain of `cause`, outermost first, at most 6. */
  causes: Cause[] | null
  requestId: string | null
  /** The trace-id of a W3C `traceparent` header, 32 hex digits. */
  traceId: string | null
  release: string | null
  environment: string | null
  /** `workerd`, `node`, `deno`, `bun` or `unknown`. */
  runtime: string
  colo: string | null
  country: string | null
  headers: Record<string, string> | null
  extra: Record<string, unknown> | null
  /** The context that `set()` gave the request. */
  context: Record<string, unknown> | null
  /** What happened in the request before it failed, oldest first, at most 30. */
  breadcrumbs: Breadcrumb[] | null
  /** Debug ids of the bundle's files, as bundlers inject them: file → 32 hex digits. */
  debugIds: Record<string, string> | null
  /** The id of the occurrence whose request this one repeats: the header `x-klaxon-resend`. */
  resentFrom: string | null
  /**
   * Set for `scheduled`, `queue`, `email` and `tail` handlers. null for requests, because the hot
   * path reads no clock.
   */
  durationMs: number | null
}

/** One event of a request before it failed. */
export interface Breadcrumb {
  /** Unix ms. */
  at: number
  /** `note()`, a line of the console, or an outgoing `fetch`. */
  kind: 'note' | 'console' | 'fetch'
  message: string
  data: Record<string, unknown> | null
}

export interface Cause {
  name: string
  message: string
  stack: string | null
  /** The error's `code`, such as `ECONNREFUSED`. */
  code?: string | null
}

/** An occurrence that waits for the store. */
export interface QueuedOccurrence {
  occurrence: Occurrence
  /**
   * The number of occurrences that it stands for: more than 1 when occurrences above
   * `maxRowsPerMinute` were merged.
   */
  count: number
  /** Whether it becomes a row. Without a row it only counts in its issue. */
  row: boolean
  /**
   * Whether its issue was alerted while the store was away. The write that stores it must not alert
   * again.
   */
  alerted?: boolean
}

/** An occurrence without its fingerprint, which is computed after the response has gone out. */
export interface CapturedOccurrence {
  occurrence: Occurrence
  code: string | null
  /** The whole redacted message, when the occurrence keeps only a part of it. */
  message?: string | null
  /**
   * The occurrence before the option's `redact` function changed it. The function also judges a
   * message that is read later.
   */
  beforeFunction?: Occurrence | undefined
  /** Approximate size in characters. */
  size: number
}
