import type { AlertPolicy, AlertReason, Issue } from './types.ts'

/** 10, 100, 1,000 … 1e9: the counts at which an open issue alerts again. */
export const MILESTONES: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => 10 ** n)

/**
 * The alert policy of one issue, as plain functions: what the database's claim does in SQL. `memory()` and alerts for
 * records that no store took are built on them; a property test holds both against the SQL.
 */
export interface AlertState extends Pick<Issue, 'count' | 'state' | 'resolvedAt' | 'mutedUntil'> {
  /** Why the next alert is due; null when none is. */
  due: AlertReason | null
  /** Unix ms of the last alert. */
  alertedAt: number | null
  /** `count` at the last alert. */
  alertedCount: number
}

/** An issue that nothing has happened to yet. Its first alert is due. */
export function newAlertState(): AlertState {
  return {
    count: 0,
    state: 'open',
    resolvedAt: null,
    mutedUntil: null,
    due: 'new',
    alertedAt: null,
    alertedCount: 0,
  }
}

/** Whether an occurrence at `at` opens a resolved issue again: a late copy of an older one does not. */
function comesBack(issue: Pick<AlertState, 'state' | 'resolvedAt'>, at: number): boolean {
  return issue.state === 'resolved' && at >= (issue.resolvedAt ?? 0)
}

/** Whether a count that grew from `before` to `after` reached one of the milestones. */
function passesMilestone(before: number, after: number, milestones: readonly number[]): boolean {
  return milestones.some((milestone) => before < milestone && milestone <= after)
}

/** Counts `added` occurrences, the latest at `at` (Unix ms), into the issue. */
export function countIn(
  issue: AlertState,
  added: number,
  at: number,
  policy: Pick<AlertPolicy, 'milestones'>,
): void {
  const before = issue.count
  issue.count += added
  if (comesBack(issue, at)) {
    issue.state = 'open'
    issue.resolvedAt = null
    issue.due = 'regression'
  } else if (issue.state === 'open' && issue.due === null) {
    if (passesMilestone(before, issue.count, policy.milestones)) issue.due = 'milestone'
  }
}

/** Whether anything may be said about the issue at all. */
export function listens(issue: Pick<AlertState, 'state' | 'mutedUntil'>, now: number): boolean {
  return issue.state === 'open' && (issue.mutedUntil ?? 0) <= now
}

/** Whether its due alert may be made now. */
export function mayAlert(
  issue: AlertState,
  now: number,
  policy: Pick<AlertPolicy, 'cooldownMs' | 'every'>,
): boolean {
  const cooled = now - (policy.every ? 0 : policy.cooldownMs)
  return issue.due !== null && listens(issue, now) && (issue.alertedAt ?? -Infinity) <= cooled
}

/** Takes note that its alert was made. */
export function markAlerted(issue: AlertState, now: number): void {
  issue.alertedAt = now
  issue.alertedCount = issue.count
  issue.due = null
}
