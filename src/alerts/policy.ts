import { OVERFLOW_PREFIX, QUIET_COUNT } from '../model/limits.ts'
import type { AlertPolicy, AlertReason } from '../model/alert.ts'
import { effectiveStatus, type Issue } from '../model/issue.ts'
import type { Occurrence } from '../model/occurrence.ts'
import { DAY_MS } from '../util/time-units.ts'

/** The state of an issue's alerts, which `Issue` does not show. */
export interface AlertState {
  /** Why the next alert is due; null when none is. */
  due: AlertReason | null
  /** Unix ms of the last alert. */
  alertedAt: number | null
  /** `count` at the last alert. */
  alertedCount: number
}

/** An issue as the policy sees it. */
export type IssueRecord = Issue & AlertState & { createdAt: number }

/** Occurrences of one issue that are counted together. */
export interface Added {
  count: number
  /** Time (Unix ms) and release of each occurrence. */
  seen: readonly { at: number; release: string | null }[]
  /** Unix ms of the latest occurrence that an isolate has alerted by itself; null when none has. */
  alertedAt: number | null
  now: number
}

/** The start of the UTC day, in Unix ms. */
export function dayStart(now: number): number {
  return now - (now % DAY_MS)
}

/**
 * Counts occurrences into their issue, and decides whether an alert is due. This file is the alert
 * policy as plain functions, with the cooldown in `mayAlert`. The SQL of `store/sql/` does the
 * same, and a property test compares the two.
 */
export function countIn(issue: IssueRecord, added: Added, policy: AlertPolicy): void {
  const before = issue.count
  issue.count = Math.min(before + added.count, Number.MAX_SAFE_INTEGER)
  const isBack = comesBack(issue, added)
  if (isBack) Object.assign(issue, { state: 'open', resolvedAt: null, resolvedIn: null })
  issue.due = dueAfter(issue, added, { before, isBack, milestones: policy.milestones })
  if (issue.mutedUntilCount !== null && issue.mutedUntilCount <= issue.count)
    issue.mutedUntilCount = null
  if (added.alertedAt === null) return
  issue.alertedAt = Math.max(issue.alertedAt ?? 0, added.alertedAt)
  issue.alertedCount = issue.count
}

interface Change {
  before: number
  isBack: boolean
  milestones: readonly number[]
}

function dueAfter(
  issue: IssueRecord,
  { alertedAt, now }: Added,
  { before, isBack, milestones }: Change,
): AlertReason | null {
  // The isolate has alerted them already, while the store was away.
  if (alertedAt !== null) return null
  if (isBack) return 'regression'
  if (issue.state !== 'open' || issue.due !== null) return issue.due
  if (issue.fingerprint.startsWith(OVERFLOW_PREFIX))
    return (issue.alertedAt ?? -1) < dayStart(now) ? 'new' : null
  const marks = issue.mutedUntilCount === null ? milestones : [...milestones, issue.mutedUntilCount]
  return marks.some((mark) => before < mark && mark <= issue.count) ? 'milestone' : null
}

/**
 * Whether one of the occurrences opens a resolved issue again. An occurrence from before the
 * resolution does not, and one of a release without the fix does not.
 */
function comesBack({ state, resolvedAt, resolvedIn }: IssueRecord, { seen }: Added): boolean {
  if (state !== 'resolved') return false
  return seen.some(
    ({ at, release }) => at >= (resolvedAt ?? 0) && !resolvedIn?.some((known) => known === release),
  )
}

/** Whether the issue may alert at all: it is open and not muted. */
export function isAudible(
  issue: Pick<Issue, 'state' | 'mutedUntil' | 'mutedUntilCount'>,
  now: number,
): boolean {
  return issue.state === 'open' && (issue.mutedUntil ?? 0) <= now && issue.mutedUntilCount === null
}

/** Whether a client can cause such issues at will: statuses below 500, and browser reports. */
export function isClientCaused(issue: Pick<Issue, 'kind' | 'status'>): boolean {
  return issue.kind === 'browser' || effectiveStatus(issue) < 500
}

/**
 * Alerts per minute and channel for such issues: two thirds. The rest stays for throws and 5xx, so
 * that a client's flood does not move them into a digest.
 */
export function clientCausedBudget({ perMinute }: AlertPolicy): number {
  return Math.ceil((perMinute * 2) / 3)
}

/**
 * Whether the issue's due alert may be made now. The cooldown is decided here.
 * @param recent returns the number of its occurrences within the last hour
 */
export function mayAlert(
  issue: IssueRecord,
  { policy, now, recent }: { policy: AlertPolicy; now: number; recent: () => number },
): boolean {
  if (issue.due === 'resolved') return issue.state === 'resolved'
  if (issue.due === null || !isAudible(issue, now)) return false
  const status = effectiveStatus(issue)
  return (
    (issue.alertedAt ?? -Infinity) <= now - policy.cooldownMs &&
    !(status < (policy.minStatus ?? 0)) &&
    (policy.quiet !== true || status >= 500 || recent() >= QUIET_COUNT)
  )
}

/** Records that the issue's alert was made. */
export function markAlerted(issue: IssueRecord, now: number): void {
  if (issue.due !== 'resolved') issue.alertedAt = now
  issue.alertedCount = issue.count
  issue.due = null
}

/** Whether `minStatus` keeps the issue's alert back for good. */
export function isBelow(issue: IssueRecord, { minStatus = 0 }: AlertPolicy): boolean {
  return issue.due !== null && issue.due !== 'resolved' && effectiveStatus(issue) < minStatus
}

/** A new issue with a count of 0. Its first alert is due. */
export function newIssue(
  first: Pick<
    Occurrence,
    | 'fingerprint'
    | 'title'
    | 'kind'
    | 'service'
    | 'environment'
    | 'status'
    | 'method'
    | 'route'
    | 'occurredAt'
    | 'release'
  >,
  now: number,
): IssueRecord {
  const { fingerprint, title, kind, service, environment, status, method, route } = first
  return {
    ...{ fingerprint, title, kind, service, environment, status, method, route },
    firstSeen: first.occurredAt,
    lastSeen: first.occurredAt,
    count: 0,
    firstRelease: first.release,
    lastRelease: first.release,
    state: 'open',
    resolvedAt: null,
    mutedUntil: null,
    mutedUntilCount: null,
    resolvedIn: null,
    lastOccurrenceId: null,
    due: 'new',
    alertedAt: null,
    alertedCount: 0,
    createdAt: now,
  }
}

/** The issue without the state of its alerts. */
export function toIssue(record: IssueRecord): Issue {
  const { due: _due, alertedAt: _at, alertedCount: _count, createdAt: _made, ...issue } = record
  return { ...issue, resolvedIn: issue.resolvedIn && [...issue.resolvedIn] }
}
