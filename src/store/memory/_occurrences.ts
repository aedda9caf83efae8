import { type Added, countIn, dayStart, type IssueRecord, newIssue } from '../../alerts/policy.ts'
import type { Counted } from '../../alerts/engine.ts'
import { OVERFLOW_PREFIX } from '../../model/limits.ts'
import type { Occurrence, QueuedOccurrence } from '../../model/occurrence.ts'
import type { WriteBatch } from '../../model/store.ts'
import { groupBy } from '../../util/group-by.ts'
import { type Caps, capsOf, CLASS_CAPS, classOf, overflowTitles, placeOf } from '../caps.ts'
import { json } from '../sql/_encode.ts'
import { COUNTED_ID_MS, MAX_AHEAD_MS } from '../sql/_limits.ts'

/**
 * The tables klaxon_occurrences, klaxon_issues and klaxon_counted_ids as maps, with the rules of
 * `sql/_write.ts`.
 */
export interface MemoryRecords {
  issues: Map<string, IssueRecord>
  rows: Map<string, Occurrence>
  /** Id → Unix ms at which it expires. */
  countedIds: Map<string, number>
  add(batch: WriteBatch): Counted[]
}

export function createMemoryRecords(): MemoryRecords {
  const issues = new Map<string, IssueRecord>()
  const rows = new Map<string, Occurrence>()
  const countedIds = new Map<string, number>()

  /** The number of today's new issues that share a cap with `o`. */
  function today(o: Occurrence, now: number, isSamePlace: boolean): number {
    const since = dayStart(now)
    let count = 0
    for (const issue of issues.values())
      if (
        issue.createdAt >= since &&
        !issue.fingerprint.startsWith(OVERFLOW_PREFIX) &&
        issue.service === o.service &&
        issue.environment === o.environment &&
        classOf(issue) === classOf(o) &&
        (!isSamePlace || placeOf(issue) === placeOf(o))
      )
        count++
    return count
  }

  function overflow(first: Occurrence, caps: Caps, now: number): IssueRecord {
    const isPlace = today(first, now, true) >= caps.placeCap
    const fingerprint = isPlace ? caps.placeOverflow : caps.classOverflow
    const known = issues.get(fingerprint)
    if (known !== undefined) return Object.assign(known, { createdAt: now })
    const title = overflowTitles(caps)[isPlace ? 0 : 1]
    const route = isPlace ? first.route : null
    return { ...newIssue(first, now), fingerprint, title, route, firstRelease: null }
  }

  function issueFor(o: Occurrence, now: number): IssueRecord {
    const known = issues.get(o.fingerprint)
    if (known !== undefined) return known
    const caps = capsOf(o)
    const isOver =
      today(o, now, true) >= caps.placeCap || today(o, now, false) >= CLASS_CAPS[caps.class]
    const issue = isOver ? overflow(o, caps, now) : newIssue(o, now)
    issues.set(issue.fingerprint, issue)
    return issue
  }

  return {
    issues,
    rows,
    countedIds,
    add({ occurrences, now, policy }) {
      const fresh = new Map<string, QueuedOccurrence>()
      for (const queued of occurrences) {
        const { id } = queued.occurrence
        if (!rows.has(id) && !countedIds.has(id) && !fresh.has(id))
          fresh.set(id, onTime(queued, now))
      }
      const counted = [...fresh.values()].map((queued) => ({
        queued,
        issue: issueFor(queued.occurrence, now),
      }))
      for (const [issue, group] of groupBy(counted, ({ issue }) => issue)) {
        const added = group.map(({ queued }) => queued)
        addToIssue(issue, added, { now, policy })
      }
      for (const { queued, issue } of counted) {
        const { occurrence, row } = queued
        if (row) rows.set(occurrence.id, { ...copy(occurrence), fingerprint: issue.fingerprint })
        else countedIds.set(occurrence.id, now + COUNTED_ID_MS)
      }
      return counted
    },
  }
}

/** Replaces a time that is far ahead of the store's clock. */
function onTime(queued: QueuedOccurrence, now: number): QueuedOccurrence {
  const { occurrence } = queued
  const ahead = occurrence.occurredAt - now
  if (ahead <= MAX_AHEAD_MS) return queued
  const extra = { ...occurrence.extra, clockAheadMs: ahead }
  return { ...queued, occurrence: { ...occurrence, occurredAt: now, extra } }
}

function addToIssue(
  issue: IssueRecord,
  fresh: QueuedOccurrence[],
  { now, policy }: Pick<WriteBatch, 'now' | 'policy'>,
): void {
  const times = fresh.map(({ occurrence }) => occurrence.occurredAt)
  const last = Math.max(...times)
  const latest = byTime(fresh.filter(({ row }) => row)).at(-1) ?? byTime(fresh).at(-1)!
  if (issue.count === 0 && !issue.fingerprint.startsWith(OVERFLOW_PREFIX))
    issue.firstRelease = byTime(fresh)[0]!.occurrence.release
  countIn(issue, addedOf(fresh, now), policy)
  if (last >= issue.lastSeen) issue.lastRelease = latest.occurrence.release
  if (latest.row && (last >= issue.lastSeen || issue.lastOccurrenceId === null))
    issue.lastOccurrenceId = latest.occurrence.id
  issue.firstSeen = Math.min(issue.firstSeen, ...times)
  issue.lastSeen = Math.max(issue.lastSeen, last)
}

function addedOf(fresh: readonly QueuedOccurrence[], now: number): Added {
  const alerted = fresh.flatMap(({ alerted, occurrence }) =>
    alerted === true ? [occurrence.occurredAt] : [],
  )
  return {
    count: fresh.reduce((sum, { count }) => sum + count, 0),
    seen: fresh.map(({ occurrence: o }) => ({ at: o.occurredAt, release: o.release })),
    alertedAt: alerted.length === 0 ? null : Math.max(...alerted),
    now,
  }
}

/** A copy as a database would return it: plain JSON, without references to the caller's object. */
function copy(occurrence: Occurrence): Occurrence {
  return JSON.parse(json(occurrence)) as Occurrence
}

/** Sorts by time, oldest first. Equal times keep their order. */
function byTime(items: QueuedOccurrence[]): QueuedOccurrence[] {
  return items.toSorted((a, b) => a.occurrence.occurredAt - b.occurrence.occurredAt)
}
