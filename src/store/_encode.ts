import type { Entry, Occurrence, WriteBatch } from '../core/types.ts'
import { OCCURRENCE_KEYS } from './_keys.ts'

/**
 * A batch as JSON texts that the statements read with `json_each`: a few parameters whatever the size, which costs a
 * fraction of one bound parameter per field.
 */
export interface BatchParams {
  /** `[fingerprint, title, kind, status, method, route, firstSeen, lastSeen, release]`, one per fingerprint. */
  groups: string
  /** `[id, fingerprint, count, occurredAt, release, row]`, one per entry. */
  ids: string
  /** Full rows in the order of OCCURRENCE_KEYS; null when every entry is merged. */
  rows: string | null
  /** Ids of entries that have no row; null when there are none. */
  merged: string | null
  /** The fingerprints. */
  fingerprints: string
}

type Group = [string, string, string, number, string, string | null, number, number, string | null]

export function encodeBatch(entries: WriteBatch['entries']): BatchParams {
  const groups = new Map<string, Group>()
  const ids = new Map<string, unknown[]>()
  const rows: unknown[][] = []
  const merged: string[] = []
  for (const entry of entries) {
    const o = entry.occurrence
    if (ids.has(o.id)) continue
    ids.set(o.id, [o.id, o.fingerprint, entry.count, o.occurredAt, o.release, entry.row ? 1 : 0])
    if (entry.row) rows.push(rowOf(o))
    else merged.push(o.id)
    addToGroup(groups, entry)
  }
  return {
    groups: json([...groups.values()]),
    ids: json([...ids.values()]),
    rows: rows.length === 0 ? null : json(rows),
    merged: merged.length === 0 ? null : json(merged),
    fingerprints: json([...groups.keys()]),
  }
}

function addToGroup(groups: Map<string, Group>, { occurrence: o }: Entry): void {
  const group = groups.get(o.fingerprint)
  if (group === undefined) {
    const { fingerprint, title, kind, status, method, route, occurredAt, release } = o
    groups.set(fingerprint, [
      fingerprint,
      title,
      kind,
      status,
      method,
      route,
      occurredAt,
      occurredAt,
      release,
    ])
    return
  }
  if (o.occurredAt < group[6]) {
    group[6] = o.occurredAt
    group[8] = o.release
  }
  if (o.occurredAt > group[7]) group[7] = o.occurredAt
}

function rowOf(occurrence: Occurrence): unknown[] {
  return OCCURRENCE_KEYS.map((key) => occurrence[key])
}

/**
 * JSON with nothing in it that SQLite would store as invalid UTF-8: `JSON.stringify` writes a lone surrogate as an
 * escape, SQLite decodes it to three bytes that no client can read back. Lone ones become U+FFFD. NUL becomes U+2400:
 * SQLite keeps it, but its text functions and most tools end the string there.
 */
export function json(value: unknown): string {
  const text = JSON.stringify(value)
  // may match an escaped backslash too: the slow path then changes nothing
  if (!text.includes('\\ud') && !text.includes('\\u0000')) return text
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'string') return clean(member)
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
    return Object.fromEntries(Object.entries(member).map(([key, inner]) => [clean(key), inner]))
  })
}

function clean(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd').replaceAll('\0', '\u2400')
}
