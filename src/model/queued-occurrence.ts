import { MAX_OCCURRENCE_BYTES } from './limits.ts'
import type { Kind, Occurrence, QueuedOccurrence } from './occurrence.ts'

/** Occurrences that one queued occurrence may stand for. Sums of many stay exact integers. */
const MAX_COUNT = 1e9
/** Unix ms of the year 2100. */
const MAX_TIME_MS = 4_102_444_800_000

export const KINDS: readonly Kind[] = ['thrown', 'status', 'browser', 'missed']

/** Members of an occurrence that are texts; then texts or null, lists or null, objects or null. */
const TEXTS = ['id', 'fingerprint', 'title', 'kind', 'method', 'path', 'runtime'] as const
const NULLABLE_TEXTS = [
  'service query route host clientIp userAgent userId username errorName errorMessage errorStack',
  'requestId traceId release environment colo country resentFrom',
]
  .join(' ')
  .split(' ')
const NULLABLE_LISTS = ['causes', 'breadcrumbs'] as const
const NULLABLE_OBJECTS = ['headers', 'extra', 'context', 'debugIds'] as const

const isText = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= MAX_OCCURRENCE_BYTES
const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isWithin = (value: unknown, from: number, to: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to

/**
 * A queued occurrence that was read from a spool, a queue or the log. Anyone may have written it,
 * so types, counts and times are checked, and unknown members are dropped. null when the value is
 * not a queued occurrence.
 */
export function toQueuedOccurrence(value: unknown): QueuedOccurrence | null {
  const { occurrence: given, count, row, alerted } = (value ?? {}) as Partial<QueuedOccurrence>
  if (!isObject(given) || typeof row !== 'boolean' || !isWithin(count, 1, MAX_COUNT)) return null
  const from = given as unknown as Record<string, unknown>
  const { occurredAt, status, durationMs = null } = from
  if (!TEXTS.every((name) => isText(from[name])) || !KINDS.includes(from['kind'] as Kind))
    return null
  if (!isWithin(occurredAt, 0, MAX_TIME_MS) || !isWithin(status, 0, 999)) return null
  if (durationMs !== null && !(Number.isFinite(durationMs) && (durationMs as number) >= 0))
    return null
  const members: Record<string, unknown> = { occurredAt, status, durationMs }
  for (const name of TEXTS) members[name] = from[name]
  for (const [names, fits] of NULLABLE) {
    for (const name of names) {
      const member = (members[name] = from[name] ?? null)
      if (member !== null && !fits(member)) return null
    }
  }
  const occurrence = members as unknown as Occurrence
  const queued: QueuedOccurrence = { occurrence, count: count!, row }
  return alerted === true ? { ...queued, alerted } : queued
}

const NULLABLE: readonly (readonly [readonly string[], (value: unknown) => boolean])[] = [
  [NULLABLE_TEXTS, isText],
  [NULLABLE_LISTS, (value) => Array.isArray(value) && value.every(isObject)],
  [NULLABLE_OBJECTS, isObject],
]
