import { type AlertState, countIn, newAlertState } from '../core/policy.ts'
import type { Entry, Issue, Occurrence, Retention, WriteBatch } from '../core/types.ts'
import { ISSUE_KEYS } from './_keys.ts'
import { json } from './_encode.ts'
import { groupBy } from './_group.ts'
import {
  dayStart,
  NEW_ISSUES_PER_DAY,
  OVERFLOW,
  OVERFLOW_TITLE,
  PRUNED_TALLY_MS,
  TALLY_MS,
} from './_limits.ts'

/** A row of klaxon_issues. */
export type IssueRecord = Issue & AlertState & { createdAt: number }

/** An entry of a batch that this store had not counted, and the issue it counts in. */
export interface Counted {
  entry: Entry
  issue: IssueRecord
}

/** klaxon_occurrences, klaxon_issues and klaxon_tallies as maps; the rules are those of `_write-sql.ts`. */
export function createMemoryRecords() {
  const issues = new Map<string, IssueRecord>()
  const rows = new Map<string, Occurrence>()
  /** id → Unix ms until which it is kept */
  const tallies = new Map<string, number>()

  function issueFor(occurrence: Occurrence, now: number): IssueRecord {
    const known = issues.get(occurrence.fingerprint)
    if (known !== undefined) return known
    const today = dayStart(now)
    const made = [...issues.values()].filter(({ createdAt }) => createdAt >= today)
    const issue =
      made.length < NEW_ISSUES_PER_DAY
        ? newIssue(occurrence, now)
        : (issues.get(OVERFLOW) ?? newOverflow(occurrence, now))
    issues.set(issue.fingerprint, issue)
    return issue
  }

  return {
    issues,
    rows: () => [...rows.values()],
    find: (id: string | null) => structuredClone(rows.get(id ?? '')) ?? null,
    view,

    add({ entries, now, policy }: WriteBatch): Counted[] {
      const fresh = new Map<string, Entry>()
      for (const entry of entries) {
        const { id } = entry.occurrence
        if (!rows.has(id) && !tallies.has(id) && !fresh.has(id)) fresh.set(id, entry)
      }
      const counted = [...fresh.values()].map((entry) => ({
        entry,
        issue: issueFor(entry.occurrence, now),
      }))
      for (const [issue, group] of groupBy(counted, ({ issue }) => issue)) {
        addToIssue(
          issue,
          group.map(({ entry }) => entry),
          policy,
        )
      }
      for (const { entry, issue } of counted) {
        const { occurrence, row } = entry
        if (row) rows.set(occurrence.id, { ...copy(occurrence), fingerprint: issue.fingerprint })
        else tallies.set(occurrence.id, now + TALLY_MS)
      }
      return counted
    },

    prune({ occurrencesMs, occurrences, issuesMs }: Retention, now: number) {
      const before = { occurrences: rows.size, issues: issues.size }
      const newest = byTime([...rows.values()].map((occurrence) => ({ occurrence }))).toReversed()
      for (const [at, { occurrence }] of newest.entries()) {
        if (at >= occurrences) tallies.set(occurrence.id, now + PRUNED_TALLY_MS)
        if (at >= occurrences || occurrence.occurredAt < now - occurrencesMs)
          rows.delete(occurrence.id)
      }
      for (const { fingerprint, lastSeen, state, mutedUntil } of issues.values()) {
        const stays = state === 'ignored' || (mutedUntil ?? 0) > now
        if (lastSeen < now - issuesMs && !stays) issues.delete(fingerprint)
      }
      for (const [id, until] of tallies) if (until <= now) tallies.delete(id)
      return { occurrences: before.occurrences - rows.size, issues: before.issues - issues.size }
    },
  }
}

function newIssue(first: Occurrence, now: number): IssueRecord {
  return {
    ...newAlertState(),
    fingerprint: first.fingerprint,
    title: first.title,
    kind: first.kind,
    status: first.status,
    method: first.method,
    route: first.route,
    firstSeen: first.occurredAt,
    lastSeen: first.occurredAt,
    firstRelease: null,
    lastRelease: null,
    lastOccurrenceId: null,
    createdAt: now,
  }
}

function newOverflow(first: Occurrence, now: number): IssueRecord {
  return { ...newIssue(first, now), fingerprint: OVERFLOW, title: OVERFLOW_TITLE, route: null }
}

function addToIssue(issue: IssueRecord, fresh: Entry[], policy: WriteBatch['policy']): void {
  const times = fresh.map(({ occurrence }) => occurrence.occurredAt)
  const last = Math.max(...times)
  const added = fresh.reduce((sum, { count }) => sum + count, 0)
  const latest = byTime(fresh.filter(({ row }) => row)).at(-1) ?? byTime(fresh).at(-1)!
  if (issue.count === 0 && issue.fingerprint !== OVERFLOW) {
    issue.firstRelease = byTime(fresh)[0]!.occurrence.release
  }
  countIn(issue, added, last, policy)
  if (last >= issue.lastSeen) issue.lastRelease = latest.occurrence.release
  if (latest.row && (last >= issue.lastSeen || issue.lastOccurrenceId === null)) {
    issue.lastOccurrenceId = latest.occurrence.id
  }
  issue.firstSeen = Math.min(issue.firstSeen, ...times)
  issue.lastSeen = Math.max(issue.lastSeen, last)
}

/** What others may see of it. */
export function view(issue: IssueRecord): Issue {
  return Object.fromEntries(ISSUE_KEYS.map((key) => [key, issue[key]])) as unknown as Issue
}

/** What a database would give back: plain JSON, no reference to the caller's object. */
function copy(occurrence: Occurrence): Occurrence {
  return JSON.parse(json(occurrence)) as Occurrence
}

/** Oldest first; of the same ms in the order they have. */
function byTime<T extends { occurrence: Pick<Occurrence, 'occurredAt'> }>(items: T[]): T[] {
  return items.toSorted((a, b) => a.occurrence.occurredAt - b.occurrence.occurredAt)
}
