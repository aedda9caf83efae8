import type { Occurrence } from '../../model/occurrence.ts'
import { cursorText, pageSize, readCursor } from '../cursor.ts'
import { MAX_POSITION, TAIL_ROWS } from '../limits.ts'
import { parseQuery } from '../query/parse.ts'
import type {
  FacetName,
  OccurrenceDetail,
  OccurrenceFilter,
  OccurrencePage,
  Position,
  TailPage,
} from '../types.ts'
import { falling, rising, type Snapshot } from './snapshot.ts'

interface PageOptions {
  after?: string
  limit?: number
}

interface Page {
  found: Occurrence[]
  next: string | null
}

/** @param rows newest first */
function pageOf(rows: readonly Occurrence[], after: string | undefined, limit: number): Page {
  const cursor = readCursor(after)
  const sorted = rows.toSorted((a, b) => b.occurredAt - a.occurredAt || falling(a.id, b.id))
  const rest =
    cursor === null
      ? sorted
      : sorted.filter(
          ({ occurredAt, id }) =>
            occurredAt < cursor.value || (occurredAt === cursor.value && rising(id, cursor.id) < 0),
        )
  const found = rest.slice(0, limit)
  const last = found.at(-1)
  const more = rest.length > limit && last !== undefined
  return { found, next: more ? cursorText(last.occurredAt, last.id) : null }
}

export function feed(all: Snapshot, text: string, options: PageOptions = {}): OccurrencePage {
  const query = parseQuery(text)
  const rows = all.occurrences.filter((row) => query.occurrence.test(row, all.facts))
  const { found, next } = pageOf(rows, options.after, pageSize(options.limit, 100, 500))
  return { rows: found.map((row) => all.rowOf(row)), next, examined: null }
}

export function dump(
  all: Snapshot,
  text: string,
  options: PageOptions = {},
): { occurrences: Occurrence[]; next: string | null } {
  const query = parseQuery(text)
  const rows = all.occurrences.filter((row) => query.occurrence.test(row, all.facts))
  const { found, next } = pageOf(rows, options.after, pageSize(options.limit, 200, 500))
  return { occurrences: found, next }
}

export function occurrences(
  all: Snapshot,
  fingerprint: string,
  options: PageOptions & { filter?: OccurrenceFilter } = {},
): OccurrencePage {
  const wanted = Object.entries(options.filter ?? {})
  const rows = all
    .of(fingerprint)
    .filter((row) => wanted.every(([name, value]) => row[name as FacetName] === value))
  const { found, next } = pageOf(rows, options.after, pageSize(options.limit, 50, 500))
  return { rows: found.map((row) => all.rowOf(row)), next, examined: null }
}

export function tail(all: Snapshot, after: number | null, text: string): TailPage {
  const query = parseQuery(text)
  const rows = all.occurrences.map((row) => ({ row, at: all.rowOf(row).rowid }))
  const newest = Math.max(0, ...rows.map(({ at }) => at))
  if (after === null || newest <= after) return { rows: [], rowid: newest, more: false }
  const fresh = rows
    .filter(({ row, at }) => at > after && query.occurrence.test(row, all.facts))
    .toSorted((a, b) => a.at - b.at)
  const shown = fresh.slice(0, TAIL_ROWS)
  const rowid = shown.length === TAIL_ROWS ? shown.at(-1)!.at : newest
  return { rows: shown.map(({ row }) => all.rowOf(row)), rowid, more: rowid < newest }
}

/** @param at the number of newer ones */
export function positionOf(at: number, siblings: number): Position {
  const [newer, older] = [at, siblings - at - 1].map((count) => Math.min(count, MAX_POSITION))
  return { newer: newer!, older: older!, cap: MAX_POSITION }
}

export function occurrence(all: Snapshot, ref: string): OccurrenceDetail | null {
  const id = ref.toLowerCase()
  const found = all.occurrences.find((row) => row.id === id)
  if (found === undefined) return null
  const { fingerprint, traceId, userId } = found
  const issue = all.issues.find((each) => each.fingerprint === fingerprint)
  const siblings = pageOf(all.of(fingerprint), undefined, Infinity).found
  const at = siblings.findIndex((row) => row.id === id)
  const related = (isRelated: (row: Occurrence) => boolean, limit: number) =>
    pageOf(
      all.occurrences.filter((row) => row.id !== id && isRelated(row)),
      undefined,
      limit,
    ).found.map((row) => all.rowOf(row))
  return {
    occurrence: found,
    issue: issue === undefined ? null : all.issueRow(issue, '14d'),
    older: siblings[at + 1]?.id ?? null,
    newer: siblings[at - 1]?.id ?? null,
    position: positionOf(at, siblings.length),
    trace: related((row) => traceId !== null && row.traceId === traceId, 20),
    user: related((row) => userId !== null && row.userId === userId, 10),
    resends: related((row) => row.resentFrom === id, 10),
    history: all.events.filter((event) => event.fingerprint === fingerprint).slice(0, 20),
  }
}
