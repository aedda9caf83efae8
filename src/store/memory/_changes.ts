import type { AlertEngine } from '../../alerts/engine.ts'
import type { IssueRecord } from '../../alerts/policy.ts'
import type { ChangedBy, IssueChange } from '../../model/store.ts'
import { silences } from '../silences.ts'

/** Who changes an issue of a store in memory. */
export interface ChangedInMemory extends ChangedBy {
  /** Set when an undo restores a former state. The history then has one event, `undone`. */
  undo?: {
    /** Unix ms at which the issue was resolved in that state. */
    resolvedAt: number | null
  }
}

interface ChangeContext {
  now: number
  /** Unix ms of the resolution that an undo restores. @default now */
  resolvedAt?: number | null | undefined
  releases: readonly string[]
  engine: AlertEngine
}

/** Changes an issue, by the rules of `sql/_state.ts`. */
export function changeIssue(
  issue: IssueRecord,
  change: IssueChange,
  { now, resolvedAt, releases, engine }: ChangeContext,
): void {
  const { state, mutedUntil, mutedUntilCount } = change
  if (silences(change, now)) engine.withdraw(issue.fingerprint)
  if (state !== undefined) {
    const isResolved = state === 'resolved'
    if (isResolved) issue.due = issue.alertedAt === null ? null : 'resolved'
    else if (state === 'ignored' || issue.due === 'resolved') issue.due = null
    const known = change.inNextRelease === true ? releases : (change.resolvedIn ?? [])
    issue.state = state
    issue.resolvedAt = isResolved ? (resolvedAt ?? now) : null
    issue.resolvedIn = isResolved && known.length > 0 ? [...known] : null
  }
  if (mutedUntil !== undefined) issue.mutedUntil = mutedUntil
  if (mutedUntilCount !== undefined) issue.mutedUntilCount = mutedUntilCount
}
