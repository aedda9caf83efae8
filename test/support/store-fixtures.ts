import type { AlertPolicy, Claim } from '../../src/model/alert.ts'
import type { QueuedOccurrence, Occurrence } from '../../src/model/occurrence.ts'
import type { WriteBatch } from '../../src/model/store.ts'
import { MINUTE_MS } from '../../src/util/time-units.ts'

/** Noon, so that hours before and after are the same UTC day. */
export const NOON = Date.UTC(2026, 10, 21, 12)
export const SECOND_MS = 1_000

export const policy: AlertPolicy = {
  every: false,
  cooldownMs: 5 * MINUTE_MS,
  milestones: [10, 100, 1_000],
  perMinute: 10,
}

let made = 0

/** Ids in the order of their creation, like UUIDv7. */
function newId(): string {
  const hex = (++made).toString(16).padStart(12, '0')
  return `019a0000-0000-7000-8000-${hex}`
}

export function anOccurrence(over: Partial<Occurrence> = {}): Occurrence {
  return {
    id: newId(),
    occurredAt: NOON,
    fingerprint: 'v1:a',
    title: 'Error: out of cheese',
    kind: 'thrown',
    service: null,
    status: 500,
    method: 'GET',
    path: '/cheese',
    query: null,
    route: null,
    host: null,
    clientIp: null,
    userAgent: null,
    userId: null,
    username: null,
    errorName: 'Error',
    errorMessage: 'out of cheese',
    errorStack: 'Error: out of cheese\n    at cheese (shop.ts:1:1)',
    causes: null,
    requestId: null,
    traceId: null,
    release: null,
    environment: null,
    runtime: 'node',
    colo: null,
    country: null,
    headers: null,
    extra: null,
    context: null,
    breadcrumbs: null,
    debugIds: null,
    resentFrom: null,
    durationMs: null,
    ...over,
  }
}

/** An entry that becomes a row. */
export function anEntry(over: Partial<Occurrence> = {}): QueuedOccurrence {
  return { occurrence: anOccurrence(over), count: 1, row: true }
}

/** An entry that stands for `count` occurrences and has no row. */
export function aMergedEntry(count: number, over: Partial<Occurrence> = {}): QueuedOccurrence {
  return { occurrence: anOccurrence(over), count, row: false }
}

export function entries(
  count: number,
  over: (nth: number) => Partial<Occurrence> = () => ({}),
): QueuedOccurrence[] {
  return Array.from({ length: count }, (_, nth) => anEntry(over(nth)))
}

/** A batch at `now` with a new attempt. Its occurrences keep the times of their fixtures. */
export function aBatch(over: Partial<WriteBatch> = {}): WriteBatch {
  return { attempt: newId(), now: NOON, occurrences: [], policy, channels: ['slack'], ...over }
}

/** The parts of claims that a test compares, without ids. */
export function describeClaims(claims: readonly Claim[]): string[] {
  return claims
    .map(({ channel, reason, issue, digest }) =>
      digest === null
        ? `${channel}: ${reason} ${issue?.fingerprint} ${issue?.count}`
        : `${channel}: digest ${digest.issues} issues ${digest.occurrences} occurrences`,
    )
    .toSorted()
}
