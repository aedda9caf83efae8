import { effectiveStatus } from '../../model/issue.ts'
import type { Occurrence, QueuedOccurrence } from '../../model/occurrence.ts'
import type { WriteBatch } from '../../model/store.ts'
import { type Caps, capsOf, CLASS_CAPS, classOf, overflowTitles, placeOf } from '../caps.ts'
import { OCCURRENCE_KEYS } from './_keys.ts'
import { textOf } from './_text.ts'

/**
 * A batch as JSON texts, which the statements read with `json_each`. A few parameters of any size
 * cost much less than one for each field.
 */
export interface BatchParams {
  /** An array for each fingerprint, in the order of GROUP_INDEX. */
  groups: string
  /** An array for each occurrence, in the order of ID_INDEX. */
  ids: string
  /** Pairs of overflow fingerprints, `[place, class]`. An id has the index of its pair. */
  overflows: string
  /** Rows in the order of OCCURRENCE_KEYS; null when there are none. */
  rows: string | null
  /** Ids of occurrences without a row; null when there are none. */
  merged: string | null
  /** The fingerprints, those of their overflow issues included. */
  fingerprints: string
  /** `[fingerprint, text]`, for search. */
  texts: string
  /** `[service, release, occurredAt]` of each release; null when there are none. */
  releases: string | null
}

/** Indexes in an array of `BatchParams.groups`. */
export const GROUP_INDEX = {
  fingerprint: 0,
  title: 1,
  kind: 2,
  service: 3,
  environment: 4,
  status: 5,
  method: 6,
  route: 7,
  firstSeen: 8,
  lastSeen: 9,
  release: 10,
  place: 11,
  class: 12,
  placeCap: 13,
  classCap: 14,
  placeOverflow: 15,
  classOverflow: 16,
  placeTitle: 17,
  classTitle: 18,
} as const

/** Indexes in an array of `BatchParams.ids`. */
export const ID_INDEX = {
  id: 0,
  fingerprint: 1,
  count: 2,
  occurredAt: 3,
  release: 4,
  isRow: 5,
  isAlerted: 6,
  service: 7,
  series: 8,
  overflow: 9,
} as const

type Group = (string | number | null)[]

/** Encodes a batch's occurrences. */
export function encodeBatch(occurrences: WriteBatch['occurrences']): BatchParams {
  const groups = new Map<string, Group>()
  const ids = new Map<string, unknown[]>()
  const rows: unknown[][] = []
  const merged: string[] = []
  const texts: [string, string][] = []
  const releases = new Map<string, [string, string, number]>()
  const overflows = createOverflows()
  for (const queued of occurrences) {
    const o = queued.occurrence
    if (ids.has(o.id)) continue
    const known = groups.get(o.fingerprint)
    const group = known ?? newGroup(o, overflows.capsOf(o))
    if (known === undefined) {
      groups.set(o.fingerprint, group)
      texts.push([o.fingerprint, textOf(o)])
    } else extend(group, o)
    ids.set(o.id, idOf(queued, overflows.indexOf(group)))
    if (queued.row) rows.push(OCCURRENCE_KEYS.map((key) => o[key]))
    else merged.push(o.id)
    addRelease(releases, o)
  }
  const pairs = overflows.all()
  return {
    groups: json([...groups.values()]),
    ids: json([...ids.values()]),
    overflows: JSON.stringify(pairs),
    rows: rows.length === 0 ? null : json(rows),
    merged: merged.length === 0 ? null : json(merged),
    fingerprints: json([...new Set([...groups.keys(), ...pairs.flat()])]),
    texts: json(texts),
    releases: releases.size === 0 ? null : json([...releases.values()]),
  }
}

function newGroup(o: Occurrence, caps: Caps): Group {
  const { fingerprint, title, kind, service, environment, status, method, route } = o
  return [
    ...[fingerprint, title, kind, service, environment, status, method, route],
    ...[o.occurredAt, o.occurredAt, o.release],
    ...[caps.place, caps.class, caps.placeCap, CLASS_CAPS[caps.class]],
    ...[caps.placeOverflow, caps.classOverflow, ...overflowTitles(caps)],
  ]
}

/** Collects the overflow issues of a batch. Each place is hashed once. */
function createOverflows() {
  const known = new Map<string, Caps>()
  const pairs = new Map<string, [string, string]>()
  return {
    capsOf(o: Occurrence): Caps {
      const key = JSON.stringify([o.service, o.environment, classOf(o), placeOf(o)])
      const caps = known.get(key) ?? capsOf(o)
      known.set(key, caps)
      pairs.set(caps.placeOverflow, [caps.placeOverflow, caps.classOverflow])
      return caps
    },
    indexOf: (group: Group): number =>
      [...pairs.keys()].indexOf(group[GROUP_INDEX.placeOverflow] as string),
    all: () => [...pairs.values()],
  }
}

function extend(group: Group, o: Occurrence): void {
  if (o.occurredAt < (group[GROUP_INDEX.firstSeen] as number)) {
    group[GROUP_INDEX.firstSeen] = o.occurredAt
    group[GROUP_INDEX.release] = o.release
  }
  if (o.occurredAt > (group[GROUP_INDEX.lastSeen] as number))
    group[GROUP_INDEX.lastSeen] = o.occurredAt
}

function idOf(
  { occurrence: o, count, row, alerted }: QueuedOccurrence,
  overflow: number,
): unknown[] {
  return [
    ...[o.id, o.fingerprint, count, o.occurredAt, o.release],
    ...[row ? 1 : 0, alerted === true ? 1 : 0, o.service ?? '', seriesOf(o)],
    overflow,
  ]
}

/** The series of klaxon_series that counts an occurrence. */
function seriesOf(o: Occurrence): string {
  if (o.kind !== 'status') return '*thrown'
  return effectiveStatus(o) < 500 ? '*4xx' : '*5xx'
}

function addRelease(releases: Map<string, [string, string, number]>, o: Occurrence): void {
  if (o.release === null) return
  const service = o.service ?? ''
  const key = JSON.stringify([service, o.release])
  const known = releases.get(key)
  if (known === undefined) releases.set(key, [service, o.release, o.occurredAt])
  else known[2] = Math.min(known[2], o.occurredAt)
}

/**
 * JSON that SQLite stores as valid UTF-8. `JSON.stringify` escapes a lone surrogate, and SQLite
 * decodes the escape to bytes that no client can read, so lone surrogates become U+FFFD. NUL
 * becomes U+2400, because SQLite's text functions and most tools end a text there.
 */
export function json(value: unknown): string {
  const text = JSON.stringify(value)
  // This also matches an escaped backslash. The slow path then changes nothing.
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
