import type { Issue } from './issue.ts'
import type { Occurrence } from './occurrence.ts'

/** Why an issue alerts. `resolved` goes only to channels that have `resolve`. */
export type AlertReason = 'new' | 'regression' | 'milestone' | 'every' | 'resolved' | 'test'

/** What happened to an issue before an alert: an earlier alert, or what someone did. */
export interface EarlierEvent {
  /** Unix ms. */
  at: number
  /** `sent` for an alert, else an action such as `resolved`, `muted`, `comment`. */
  what: string
  /** The channel that was told; null for an action. In a claim it is the channel's key. */
  channel: string | null
  /**
   * Who acted; null when unknown. In an alert, a person of Slack is `U042 in Slack`, and an e-mail
   * address ends before its `@`.
   */
  who: string | null
  /** Why the issue alerted; null for an action. */
  reason: AlertReason | null
}

/** Where an occurrence failed. */
export interface Place {
  method: string
  /** The pattern of the URL; null when unknown. */
  route: string | null
  /** The path; null when the route is known. Route and path have 200 characters at most. */
  path: string | null
}

/** One message about one issue. */
export interface IssueAlert {
  kind: 'issue'
  reason: AlertReason
  issue: Issue
  /**
   * The occurrence that made the issue alert, with mapped stacks when `sourceMaps` is set. null
   * when retention has deleted it.
   */
  occurrence: Occurrence | null
  /** Occurrences of the issue so far. */
  count: number
  /** Unix ms of the first one. */
  since: number
  /** Occurrences since the alert before this one. */
  added: number
  /** The innermost cause of the error, as `Name: message`; null when the error has none. */
  cause: string | null
  /** The context that `set()` gave the request. */
  context: Record<string, unknown> | null
  /** What changed, in words: `new in 1.4.2`, `back in 1.4.3`. */
  changed: string | null
  /**
   * The places of the newest 50 occurrences, newest first: `GET /orders/:id`. Empty when there is
   * one place only, for `alerts: "every"`, and when the database could not be reached.
   */
  places: readonly string[]
  /**
   * The last alert of each channel name, and the last action of each kind, newest first. Channels
   * of one name count as one, such as two webhooks of Slack without the option `name`. Empty for a
   * first alert, for `alerts: "every"`, and when the database could not be reached.
   */
  history: readonly EarlierEvent[]
  /** Address of the occurrence's trace, from the option `traceUrl`. */
  traceUrl: string | null
  /** False when the database could not be reached: the message then says "not stored". */
  stored: boolean
  /** IANA name for the times in the message. */
  timeZone: string
  /** Address of the issue's page, from the option `dashboard`. */
  url: string | null
}

/** One message about all issues above the channel's budget. */
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
  /** Issues with a lower status never alert. @default 0 */
  minStatus?: number
  /**
   * Issues with a status below 500 alert from their tenth occurrence within an hour. @default false
   */
  quiet?: boolean
}

/**
 * An alert that this isolate has claimed. It must send the alert, then call the store's `settle`.
 */
export interface Claim {
  id: string
  /** The attempt that claimed it. */
  attempt: string
  /** The channel's key. */
  channel: string
  /** Times it was sent and refused. */
  tries: number
  /** null for a digest. */
  reason: AlertReason | null
  issue: Issue | null
  occurrence: Occurrence | null
  /** Occurrences since the issue's alert before this one. */
  added: number
  /** Titles of the newest occurrences of an overflow issue; empty for other issues. */
  newest: readonly string[]
  /** Places of the issue's newest 50 occurrences, each one once, newest first. */
  places: readonly Place[]
  /** Alerts and actions before this alert, of the issue's newest 30 events, newest first. */
  history: readonly EarlierEvent[]
  digest: { issues: number; occurrences: number; since: number } | null
}

/** The outcome of a claim. */
export interface Settlement {
  id: string
  attempt: string
  channel: string
  /** `failed` returns the lease, so that the alert is tried again. The others end the claim. */
  outcome: 'sent' | 'dropped' | 'failed' | 'gave up'
  /** Why it failed, for the issue's history. Missing when it was not tried. Contains no secret. */
  reason?: string
  /** The new number of tries. Unchanged when missing. */
  tries?: number
  /** ms until this alert may be tried again. */
  retryMs?: number
  /** ms for which no isolate sends to the channel. */
  pauseMs?: number
  /** Whether the channel refused for good. */
  permanent?: boolean
}
