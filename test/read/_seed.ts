import type { Occurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { onCallersTime } from '../support/callers-time.ts'
import { aBatch, anOccurrence, NOON } from '../support/store-fixtures.ts'
import { DAY_MS, HOUR_MS } from '../../src/util/time-units.ts'

/** A number from 0 up to `below`, the same in each run. */
export function dice(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const WORDS = ['order', 'café', 'ÄRGER', 'stock', 'Token', 'a"b', 'x\\y', 'über', '😀', '%_']
const ROUTES = ['/api/orders/:id', '/api/orders', '/api/users/:id', '/', null]
const STATUSES = [400, 404, 422, 500, 502]

/** Occurrences of the 14 days before noon, of some 40 issues, oldest first. */
export function someOccurrences(count: number, seed = 7): Occurrence[] {
  const roll = dice(seed)
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)]!
  const issues = Array.from({ length: 40 }, (_, nth) => {
    const thrown = roll(2) === 0
    const name = pick(['TypeError', 'RangeError', 'PaymentError'])
    const message = `${pick(WORDS)} ${pick(WORDS)} ${nth}`
    const route = pick(ROUTES)
    const [method, status] = [pick(['GET', 'POST', 'DELETE']), thrown ? 500 : pick(STATUSES)]
    return {
      fingerprint: `v1:${(nth * 0x1f3d5b79 + 0x10000000).toString(16).padStart(8, '0').slice(-8)}${'0'.repeat(24)}`,
      title: thrown ? `${name}: ${message}` : `${status} ${method} ${route ?? '(no route)'}`,
      kind: thrown ? ('thrown' as const) : ('status' as const),
      service: pick([null, 'web', 'jobs']),
      environment: pick(['production', 'staging', null]),
      status,
      method,
      route,
      errorName: thrown ? name : null,
      errorMessage: thrown ? message : null,
      errorStack: thrown
        ? `${name}: ${message}\n    at ${pick(WORDS)} (src/shop.ts:${nth}:1)`
        : null,
    }
  })
  return Array.from({ length: count }, (_, nth) => {
    const at = NOON - 14 * DAY_MS + Math.floor(((nth + 1) / count) * 14 * DAY_MS) - roll(HOUR_MS)
    const issue = issues[Math.floor(roll(1_600) ** 0.5)]!
    return anOccurrence({
      ...issue,
      occurredAt: at,
      path: (issue.route ?? `/wp-${roll(5)}.php`).replace(':id', String(roll(99))),
      userId: roll(3) === 0 ? String(roll(6)) : null,
      traceId: roll(4) === 0 ? String(roll(9)).padStart(32, 'a') : null,
      requestId: roll(4) === 0 ? `req-${nth}` : null,
      release: `1.${Math.floor((nth / count) * 5)}.0`,
      colo: pick(['FRA', 'AMS', null]),
      country: pick(['DE', 'NL']),
      userAgent: pick(['curl/8', 'Firefox', 'Chrome']),
    })
  }).toSorted((a, b) => a.occurredAt - b.occurredAt)
}

/** Writes occurrences as the app does, each at its time. */
export async function seeded(store: Store, occurrences: readonly Occurrence[]): Promise<Store> {
  onCallersTime(store)
  for (let at = 0; at < occurrences.length; at += 100) {
    const some = occurrences.slice(at, at + 100)
    const batch = aBatch({ channels: [], now: some.at(-1)!.occurredAt })
    const queued = some.map((occurrence) => ({ occurrence, count: 1, row: true }))
    await store.write({ ...batch, occurrences: queued })
  }
  return store
}
