import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { Store } from '../../model/store.ts'
import { fill, lastBar, SPANS } from '../bars.ts'
import { isMuted, STATE_CHANGES } from '../query/issue-state.ts'
import type { Facts } from '../query/term.ts'
import { lower } from '../query/values.ts'
import { textOf } from '../../store/sql/_text.ts'
import { ROW_KEYS } from '../sql/columns.ts'
import type { IssueEvent, IssueRow, OccurrenceRow, ReleaseTick, Span } from '../types.ts'
import { HOUR_MS } from '../../util/time-units.ts'

/** The contents of a store without SQL, and values computed from them. */
export interface Snapshot {
  now: number
  /** Newest first. */
  issues: readonly Issue[]
  /** Newest first. */
  occurrences: readonly Occurrence[]
  /** Newest first. */
  events: readonly IssueEvent[]
  releases: readonly ReleaseTick[]
  facts: Facts
  rowOf(occurrence: Occurrence): OccurrenceRow
  issueRow(issue: Issue, span: Span | null): IssueRow
  of(fingerprint: string): Occurrence[]
}

/** Facts about a store that only this process knows. */
interface Notes {
  /** Of actions, oldest first. */
  events: IssueEvent[]
  rowids: Map<string, number>
}

const notes = new WeakMap<Store, Notes>()

export function notesOf(store: Store): Notes {
  const known = notes.get(store)
  if (known !== undefined) return known
  const made: Notes = { events: [], rowids: new Map() }
  notes.set(store, made)
  return made
}

const NO_LIMIT = 1_000_000_000

export async function snapshot(store: Store, now: number): Promise<Snapshot> {
  const issues = await store.issues({ limit: NO_LIMIT })
  const occurrences = await store.occurrences({ limit: NO_LIMIT })
  const { events, rowids } = notesOf(store)
  for (const { id } of occurrences.toReversed())
    if (!rowids.has(id)) rowids.set(id, rowids.size + 1)
  const byIssue = new Map<string, Occurrence[]>()
  for (const occurrence of occurrences) {
    const group = byIssue.get(occurrence.fingerprint)
    if (group === undefined) byIssue.set(occurrence.fingerprint, [occurrence])
    else group.push(occurrence)
  }
  const of = (fingerprint: string): Occurrence[] => byIssue.get(fingerprint) ?? []
  for (const issue of issues) noteComeback(issue, of(issue.fingerprint), { events, now })
  const releases = releasesOf(occurrences)
  const history = events.toReversed()

  function regressed({ fingerprint }: Issue): boolean {
    const last = history
      .filter((event) => event.fingerprint === fingerprint)
      .slice(0, 20)
      .find(({ what }) => STATE_CHANGES.includes(what))
    return last?.what === 'regressed'
  }

  function pairs(fingerprint: string, span: Span): [number, number][] {
    const wide = SPANS[span].hours * HOUR_MS
    return of(fingerprint).map(({ occurredAt }) => [Math.floor(occurredAt / wide), 1])
  }

  return {
    now,
    issues,
    occurrences,
    events: history,
    releases,
    of,
    facts: {
      now,
      regressed,
      textOf: (issue) => {
        const first = of(issue.fingerprint).at(-1)
        return first === undefined ? lower(issue.title) : textOf(first)
      },
      hasUser: ({ fingerprint }, id) => of(fingerprint).some(({ userId }) => userId === id),
      hasTrace: ({ fingerprint }, id) => of(fingerprint).some(({ traceId }) => traceId === id),
      newestRelease: (service) =>
        releases.find((release) => release.service === (service ?? ''))?.release ?? null,
    },
    rowOf: (occurrence) =>
      ({
        rowid: rowids.get(occurrence.id)!,
        ...Object.fromEntries(ROW_KEYS.map((key) => [key, occurrence[key]])),
      }) as OccurrenceRow,
    issueRow: (issue, span) => ({
      ...issue,
      isNew: issue.firstSeen > now - 24 * HOUR_MS,
      regressed: issue.state === 'open' && regressed(issue),
      muted: isMuted(issue, now),
      recent: recentOf(pairs(issue.fingerprint, '24h'), now),
      spark: span === null ? [] : fill(span, now, pairs(issue.fingerprint, span)),
    }),
  }
}

/**
 * Records that a resolved issue came back: it is open, and nobody has reopened it. SQL stores
 * record this when they count the occurrence.
 */
function noteComeback(
  { fingerprint, state }: Issue,
  occurrences: readonly Occurrence[],
  { events, now }: { events: IssueEvent[]; now: number },
): void {
  if (state !== 'open') return
  const last = events.findLast(
    (event) =>
      event.fingerprint === fingerprint &&
      (event.what === 'undone' || STATE_CHANGES.includes(event.what)),
  )
  if (last?.what !== 'resolved') return
  // Newest first. Occurrences without a row are missing.
  const first = occurrences.findLast(({ occurredAt }) => occurredAt > last.at)
  events.push({
    id: `back:${fingerprint}:${last.at}`,
    fingerprint,
    at: first?.occurredAt ?? now,
    what: 'regressed',
    channel: null,
    who: null,
    data: { occurrence: first?.id ?? null, release: first?.release ?? null },
  })
}

function recentOf(pairs: readonly [number, number][], now: number): number {
  const last = lastBar('24h', now)
  return pairs.filter(([bar]) => bar > last - 24).length
}

function releasesOf(occurrences: readonly Occurrence[]): ReleaseTick[] {
  const found = new Map<string, ReleaseTick>()
  for (const { service, release, occurredAt } of occurrences) {
    if (release === null) continue
    const key = JSON.stringify([service, release])
    const firstSeen = Math.min(found.get(key)?.firstSeen ?? Infinity, occurredAt)
    found.set(key, { service: service ?? '', release, firstSeen })
  }
  return [...found.values()].toSorted(
    (a, b) => b.firstSeen - a.firstSeen || falling(a.release, b.release),
  )
}

/** Compares texts as SQLite does: by UTF-8 bytes, which is by code point. */
export function rising(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  for (let at = 0; at < most; at++) {
    const [one, other] = [rank(a.charCodeAt(at)), rank(b.charCodeAt(at))]
    if (one !== other) return one - other
  }
  return a.length - b.length
}

/** The rank of a UTF-16 unit. Surrogates are parts of the highest code points. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit
}

export function falling(a: string, b: string): number {
  return rising(b, a)
}
