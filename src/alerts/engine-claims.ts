import type { AlertReason, Claim } from '../model/alert.ts'
import { groupBy } from '../util/group-by.ts'
import type { EngineParts } from './engine.ts'
import { type IssueRecord, toIssue } from './policy.ts'

/** An alert that waits, is leased, or was sent within the last hour. */
export interface AlertRecord {
  id: string
  channel: string
  reason: AlertReason
  fingerprint: string
  occurrenceId: string | null
  createdAt: number
  sinceCount: number
  overBudget: boolean
  tries: number
  leaseOwner: string | null
  leaseUntil: number
  sentAt: number | null
}

/**
 * Alerts that were tried less often come first, so that a refused one never keeps back the next.
 */
export function bySendingOrder(a: AlertRecord, b: AlertRecord): number {
  return a.tries - b.tries || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
}

/** The details of a digest, of a test alert, and of an alert that is claimed without a store. */
export const NO_DETAILS: ClaimDetails = { newest: [], places: [], history: [] }

/** The members of a claim that are read from more than its alert and issue. */
export type ClaimDetails = Pick<Claim, 'newest' | 'places' | 'history'>

/** The claim of a leased alert. */
export function toClaim(
  alert: AlertRecord,
  { issues, find, details }: Pick<EngineParts, 'issues' | 'find' | 'details'>,
): Claim {
  const { id, channel, tries, reason, fingerprint, occurrenceId, sinceCount, leaseOwner } = alert
  const issue = toIssue(issues.get(fingerprint)!)
  return {
    ...{ id, attempt: leaseOwner!, channel, tries, reason, issue },
    occurrence: find(occurrenceId),
    added: Math.max(0, issue.count - sinceCount),
    ...(details?.(alert) ?? NO_DETAILS),
    digest: null,
  }
}

/** The claim of a digest: a channel's leased alerts above its budget. */
export function toDigest(
  alerts: readonly AlertRecord[],
  issues: ReadonlyMap<string, IssueRecord>,
): Claim {
  const { leaseOwner, channel } = alerts[0]!
  const attempt = leaseOwner!
  const groups = groupBy(alerts, ({ fingerprint }) => fingerprint)
  let occurrences = 0
  for (const [fingerprint, group] of groups) {
    const before = Math.min(...group.map(({ sinceCount }) => sinceCount))
    occurrences += Math.max(0, issues.get(fingerprint)!.count - before)
  }
  const since = Math.min(...alerts.map(({ createdAt }) => createdAt))
  return {
    ...{ id: `digest:${attempt}`, attempt, channel },
    tries: Math.max(...alerts.map(({ tries }) => tries)),
    ...{ reason: null, issue: null, occurrence: null, added: 0, ...NO_DETAILS },
    digest: { issues: groups.size, occurrences, since },
  }
}
