/** The one member of an execution context that klaxon uses. */
export interface WaitUntil {
  waitUntil(promise: Promise<unknown>): void
}

/** How a failure showed itself: thrown by the handler, or returned as a status >= 400. */
export type Kind = 'thrown' | 'status'

/** One captured failure. Every string is redacted and capped before it gets here. */
export interface Occurrence {
  /** UUIDv7 (RFC 9562), also the `x-error-id` response header. */
  id: string
  /** Unix time in ms. */
  occurredAt: number
  /** `v1:` and 32 hex digits (128 bits); equal for occurrences of one issue. */
  fingerprint: string
  /** What the issue is called in lists and alerts, at most 200 characters. */
  title: string
  kind: Kind
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
  /** Of `scheduled`, `queue`, `email` and `tail` handlers; null for requests, whose happy path reads no clock. */
  durationMs: number | null
}

export interface Cause {
  name: string
  message: string
  stack: string | null
}

export type IssueState = 'open' | 'resolved' | 'ignored'

/** The group of occurrences with one fingerprint. Times are Unix ms. */
export interface Issue {
  fingerprint: string
  title: string
  kind: Kind
  status: number
  method: string
  route: string | null
  firstSeen: number
  lastSeen: number
  count: number
  firstRelease: string | null
  lastRelease: string | null
  state: IssueState
  resolvedAt: number | null
  mutedUntil: number | null
  lastOccurrenceId: string | null
}

/** Why an issue alerts. */
export type AlertReason = 'new' | 'regression' | 'milestone' | 'every' | 'test'

/** One message about one issue. */
export interface IssueAlert {
  kind: 'issue'
  reason: AlertReason
  issue: Issue
  /** The occurrence that set the alert off; null when retention has removed it. */
  occurrence: Occurrence | null
  /** False when the database could not be reached: the message then says "not stored". */
  stored: boolean
  /** IANA name for the times in the message. */
  timeZone: string
  /** Page of this issue, when there is a dashboard. */
  url: string | null
}

/** One message for all issues over the channel's budget. */
export interface DigestAlert {
  kind: 'digest'
  issues: number
  occurrences: number
  /** Unix ms. */
  since: number
  stored: boolean
  timeZone: string
  url: string | null
}

export type Alert = IssueAlert | DigestAlert

/** What became of one attempt to send. */
export type SendResult =
  | { ok: true }
  | {
      ok: false
      /** For the log: never holds a secret or the vendor's echo of our payload. */
      reason: string
      /** ms to leave the whole channel alone (429 with `Retry-After`). */
      retryAfterMs?: number
      /** The channel refuses for good: it is disabled for an hour. */
      permanent?: boolean
    }

/** What klaxon hands to a notifier; inject it in tests. */
export interface SendContext {
  fetch: typeof fetch
  /** Where the store keeps what the channel wants to know again; missing while there is no store within reach. */
  memo?: ChannelMemo
}

/** What a channel keeps about an issue between two alerts, such as the message that its thread hangs on. Never throws. */
export interface ChannelMemo {
  get(fingerprint: string): Promise<string | undefined>
  set(fingerprint: string, value: string): Promise<void>
}

/** A channel. `send` may throw or hang: klaxon bounds it and treats both as a failure that can pass. */
export interface Notifier {
  /** Unique among the notifiers of one klaxon: the key of the channel's budget and of its pauses. */
  readonly name: string
  /** Configured tokens and URLs; replaced by `[Filtered]` wherever they turn up in a record. */
  readonly secrets?: readonly string[]
  send(alert: Alert, context: SendContext): Promise<SendResult>
}

/** A record on its way to the store. */
export interface Entry {
  occurrence: Occurrence
  /** Occurrences this entry stands for: 1, or more when rows over `maxRowsPerMinute` were merged. */
  count: number
  /** Whether it becomes a row of its own. A merged entry only counts in its issue. */
  row: boolean
}

/** Where entries go that the store refused. */
export interface Fallback {
  readonly name: string
  /** Takes all entries or throws. */
  put(entries: readonly Entry[]): Promise<void>
  /** Puts back what it holds, batch by batch, until `write` throws; how many records. Called after a success. */
  replay?(write: (entries: readonly Entry[]) => Promise<void>): Promise<number>
}

/** When an issue alerts; the same for every isolate. */
export interface AlertPolicy {
  /** One alert per occurrence instead of per issue. */
  every: boolean
  /** ms between two alerts of one issue. */
  cooldownMs: number
  /** Counts at which an open issue alerts again, ascending. */
  milestones: readonly number[]
  /** Alerts per minute and channel; the rest becomes one digest. */
  perMinute: number
}

/** Everything one round trip writes and claims. */
export interface WriteBatch {
  /** New for every try: owner of the claims made by it. */
  attempt: string
  /** Unix ms of the caller. */
  now: number
  entries: readonly Entry[]
  policy: AlertPolicy
  /** Names of the channels that the caller can send to; empty: no claims. */
  channels: readonly string[]
}

/** A claimed, leased alert: send it, then tell the store with `settle`. */
export interface Claim {
  id: string
  channel: string
  /** Issue alerts; null for a digest. */
  reason: AlertReason | null
  issue: Issue | null
  occurrence: Occurrence | null
  digest: { issues: number; occurrences: number; since: number } | null
}

export interface WriteResult {
  claims: Claim[]
  /** Ids of entries that the database refuses for good (poison), where the store can tell; all others are written. */
  refused?: readonly string[]
}

/** What became of a claim. */
export interface Settlement {
  id: string
  channel: string
  /** `sent` and `dropped` remove the claim, `failed` gives its lease back. */
  outcome: 'sent' | 'dropped' | 'failed'
  /** Unix ms until which every isolate leaves the channel alone. */
  pausedUntil?: number
  /** Whether that pause is a refusal for good. */
  permanent?: boolean
}

/** How long rows stay. */
export interface Retention {
  /** ms */
  occurrencesMs: number
  /** rows */
  occurrences: number
  /** ms after `lastSeen` */
  issuesMs: number
}

/** Where occurrences, issues and alert state live. One suite runs against every implementation. */
export interface Store {
  readonly name: string
  readonly secrets?: readonly string[]
  /**
   * Writes rows, groups and counts, and claims due alerts, in one atomic round trip.
   * The same entries written again change nothing, counts included. No entries: only claims.
   * @throws StoreError
   */
  write(batch: WriteBatch): Promise<WriteResult>
  /** Records what became of claims. Settling twice is harmless. */
  settle(settlements: readonly Settlement[], now: number): Promise<void>
  /** Deletes one chunk of what is too old; `more` when another chunk is due. */
  prune(
    retention: Retention,
    now: number,
  ): Promise<{ occurrences: number; issues: number; more: boolean }>
  /** Sets an issue's state; `mutedUntil` in Unix ms, null unmutes. False when there is no such issue. */
  setIssue(
    fingerprint: string,
    change: { state?: IssueState; mutedUntil?: number | null },
    now: number,
  ): Promise<boolean>
  /** What a channel keeps about an issue, until retention takes the issue. A store without it: as long as the isolate lives. */
  recall?(channel: string, fingerprint: string): Promise<string | null>
  remember?(channel: string, fingerprint: string, value: string): Promise<void>
  /** Newest first, at most `limit` (50). */
  issues(query?: { state?: IssueState; limit?: number }): Promise<Issue[]>
  /** Newest first, at most `limit` (50). */
  occurrences(query?: { fingerprint?: string; id?: string; limit?: number }): Promise<Occurrence[]>
}

/** Why a store refused, in terms of what can be done about it. */
export type StoreFailure =
  /** May pass: refused connection, timeout, 429, 5xx, locked, stream expired, garbled reply. */
  | 'transient'
  /** A record of the batch is at fault. */
  | 'poison'
  /** 401 or 403. */
  | 'auth'
  /** The tables are missing: run the migration. */
  | 'schema'
  /** Disk full, read-only and the like. */
  | 'refused'
