import type { AlertPolicy, Claim, Settlement } from './alert.ts'
import type { Issue, IssueState } from './issue.ts'
import type { Cause, Occurrence, QueuedOccurrence } from './occurrence.ts'

/** The occurrences that one round trip writes, and the caller for whom it claims alerts. */
export interface WriteBatch {
  /** The owner of the claims. New for every try. */
  attempt: string
  /**
   * Attempts of earlier tries whose replies were lost. Alerts that they have leased are free,
   * because nobody has sent them.
   */
  former?: readonly string[]
  /** Unix ms of the caller. */
  now: number
  occurrences: readonly QueuedOccurrence[]
  policy: AlertPolicy
  /** Keys of the channels that the caller can send to. Without channels nothing is claimed. */
  channels: readonly string[]
  /** Keys of those channels that have `resolve`. */
  resolving?: readonly string[]
  /** The options `service` and `environment` of the caller. */
  service?: string | null
  environment?: string | null
  /**
   * Whether to claim the due alerts of all issues of this service and environment, not only of
   * those in the batch.
   */
  due?: boolean
  /**
   * Outcomes of this isolate's occurrences since its last report. The store counts each account
   * once, by its id.
   */
  accounts?: readonly Account[]
  /**
   * Called before each round trip after the first, which only a refused occurrence needs. When it
   * throws, `write` rejects with its error.
   */
  beforeRoundTrip?(): void
}

/**
 * Increases of `stats()`, in occurrences. `captured` is the sum of the other numbers, so that the
 * accounts of all isolates add up. The account of a batch counts its occurrences as stored. A later
 * account corrects it when some were not stored: `stored: -2, logged: 2`.
 */
export interface Account {
  /** The same for every try. */
  id: string
  captured: number
  stored: number
  fallback: number
  logged: number
  dropped: number
}

/** A job that must run, from the option `heartbeats`. */
export interface Job {
  name: string
  service: string | null
  environment: string | null
  /** ms between two runs. */
  everyMs: number
  /** ms that a run may be late. */
  graceMs: number
  /** Fingerprint of the issue of its missed runs. */
  fingerprint: string
}

/** A run that did not happen. */
export interface MissedRun {
  name: string
  /** Unix ms of the last run that ended well. For a job that never ran: when it was declared. */
  lastAt: number
}

export interface WriteResult {
  claims: Claim[]
  /**
   * Whether another klaxon of this service and environment uses other `alerts` options. Set when
   * the batch says `due`.
   */
  otherPolicy?: boolean
  /**
   * Ids of occurrences that the database refuses for good (poison). All others are written.
   */
  refused?: readonly string[]
  /** Messages about the store for the log, where each appears at most once a minute. */
  notices?: readonly string[]
}

/** How long rows stay in the store. */
export interface Retention {
  /** ms that an occurrence stays. */
  occurrencesMs: number
  /** Rows of the service. Above it, the issues with most rows lose their oldest ones. */
  occurrences: number
  /** Rows that every issue keeps. @default 50 */
  perIssue?: number
  /** ms that an issue stays after its `lastSeen`. */
  issuesMs: number
  /** ms that the history of issues and the hourly counts stay. @default 90 days */
  historyMs?: number
}

/** A change of an issue by a person, or by klaxon itself. */
export interface IssueChange {
  state?: IssueState
  /**
   * With `state: 'resolved'`: occurrences of the releases known now do not open the issue again.
   */
  inNextRelease?: boolean
  /** The same, for the given releases. */
  resolvedIn?: readonly string[] | null
  /** Unix ms by the caller's clock. null unmutes. */
  mutedUntil?: number | null
  /** Mutes until the issue has this count. null unmutes. */
  mutedUntilCount?: number | null
}

/** Who changes an issue, for its history. */
export interface ChangedBy {
  /** Unix ms of the caller. */
  now: number
  who?: string | null
  /** A comment for the history. It may come with an empty change. */
  comment?: string | null
}

/** Asks for the right to maintain a service's rows. */
export interface MaintainClaim {
  service: string | null
  /** Equal for all calls of one klaxon. */
  owner: string
  /** ms for which the right is asked. 0 gives it back. */
  ms: number
  /** Unix ms of the caller. */
  now: number
}

/** Where occurrences, issues and alert state live. One suite runs against every implementation. */
export interface Store {
  readonly name: string
  readonly secrets?: readonly string[]
  /**
   * Writes rows, issues and counts, and claims due alerts, in one atomic round trip. Writing an
   * occurrence again changes nothing, counts included. A batch without occurrences only claims.
   * @throws StoreError
   */
  write(batch: WriteBatch): Promise<WriteResult>
  /** Records the outcomes of claims. Settling a claim twice is harmless. */
  settle(settlements: readonly Settlement[], now: number): Promise<void>
  /**
   * Deletes one chunk of a service's rows that are too old or too many, and stores the retention
   * for other processes that maintain this database. The service is null when the option is not
   * set. `more` says that another chunk is due.
   */
  prune(
    retention: Retention,
    now: number,
    service?: string | null,
  ): Promise<{ occurrences: number; issues: number; more: boolean }>
  /** The stored retentions, by service. */
  retentions?(): Promise<{ service: string | null; retention: Retention }[]>
  /** Whether this owner may maintain the service now. Of many owners one may. */
  claimMaintain?(claim: MaintainClaim): Promise<boolean>
  /**
   * Changes issues, and records the change in their history.
   * @returns the number of issues found
   */
  setIssue(
    fingerprints: string | readonly string[],
    change: IssueChange,
    by: ChangedBy,
  ): Promise<number>
  /**
   * Replaces the stacks of an occurrence by mapped ones. @returns whether the occurrence exists
   */
  amend?(
    id: string,
    stacks: { errorStack: string | null; causes: Cause[] | null },
  ): Promise<boolean>
  /**
   * Reads the text that a channel keeps about an issue until retention deletes the issue. Without
   * this method channels keep it in the isolate's memory.
   */
  getThread?(channel: string, fingerprint: string): Promise<string | null>
  setThread?(channel: string, fingerprint: string, value: string): Promise<void>
  /**
   * Records that a job has run just now, and resolves its issue if it is open. @throws StoreError
   */
  heartbeat?(job: Job): Promise<void>
  /**
   * Declares all jobs of a service and environment, deletes those that are not declared any more,
   * and claims missed runs. Of many callers one gets each claim, once per `everyMs` without a run.
   * Jobs with an ignored issue are skipped.
   * @throws StoreError
   */
  missedRuns?(jobs: readonly Job[]): Promise<MissedRun[]>
  /** Newest first, at most `limit` (50). */
  issues(query?: { state?: IssueState; limit?: number }): Promise<Issue[]>
  /** Newest first, at most `limit` (50). */
  occurrences(query?: { fingerprint?: string; id?: string; limit?: number }): Promise<Occurrence[]>
}

/** Why a store refused, by what helps against it. */
export type StoreFailure =
  /** May pass: refused connection, timeout, 429, 5xx, locked, stream expired, garbled reply. */
  | 'transient'
  /** An occurrence of the batch is at fault. */
  | 'poison'
  /** 401 or 403. */
  | 'auth'
  /** The tables are missing: run the migration. */
  | 'schema'
  /** The database takes no writes: disk full, read-only, quota used up. */
  | 'refused'
