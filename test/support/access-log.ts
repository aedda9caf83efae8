import { fingerprint, issueTitle } from '../../src/capture/fingerprint.ts'
import type { AlertPolicy, Claim } from '../../src/model/alert.ts'
import { ALERTS_PER_MINUTE, COOLDOWN_MS, MILESTONES } from '../../src/model/limits.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { groupBy } from '../../src/util/group-by.ts'
import { aBatch, anEntry } from './store-fixtures.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

/** A line of an access log, as far as klaxon sees it. */
export interface Logged {
  /** Unix ms. */
  at: number
  method: string
  path: string
  /** The route pattern, or null if none matched. */
  route: string | null
  status: number
  /** Name and message of the thrown error, or null if the handler returned the status. */
  thrown: string | null
}

/** Monday, 2 November 2026, 00:00 UTC. */
const WEEK = Date.UTC(2026, 10, 2)

const ROUTES = ['users', 'orders', 'carts', 'invoices', 'products', 'sessions', 'files', 'search']
const PROBES =
  '/.env /.git/config /wp-login.php /xmlrpc.php /phpinfo.php /admin/config /backup.zip /.aws/credentials /vendor/phpunit /cgi-bin/luci /actuator/env /server-status'

/** Numbers that are the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * The failures of a week of an API of some 300,000 requests: generated, because no public log of an
 * API is that long and has routes. Scanners in bursts, crawlers with old links, ids that are gone,
 * sessions that ran out, forms that are wrong, a client over its limit, an upstream that fails now
 * and then, an outage of 20 minutes on Wednesday, and a bug that is deployed on Tuesday at 14:00
 * and fixed on Thursday at 10:00.
 */
export function weekOfFailures(seed = 7): Logged[] {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.trunc(random() * list.length)]!
  const log: Logged[] = []
  const add = (at: number, status: number, more: Partial<Logged> = {}): void => {
    const name = pick(ROUTES)
    const id = Math.trunc(random() * 90_000) + 10_000
    const route = `/${name}/:id`
    log.push({ at, method: 'GET', path: `/${name}/${id}`, route, status, thrown: null, ...more })
  }
  /** Working hours have three times the traffic of the night. */
  const during = (day: number): number => {
    const hour = random() < 0.75 ? 8 + random() * 12 : random() * 24
    return WEEK + day * DAY_MS + Math.trunc(hour * HOUR_MS)
  }
  for (let day = 0; day < 7; day++) {
    const each = (times: number, make: (at: number) => void): void => {
      for (let i = 0; i < times; i++) make(during(day))
    }
    each(6, (start) => {
      const length = 15 + Math.trunc(random() * 25)
      for (let i = 0; i < length; i++) {
        const path = pick(PROBES.split(' '))
        add(start + i * 900, 404, { path, route: null, method: random() < 0.9 ? 'GET' : 'POST' })
      }
    })
    each(40, (at) => add(at, 404, { path: `/old/${Math.trunc(random() * 500)}`, route: null }))
    each(20, (at) => add(at, 404))
    each(60, (at) => add(at, 401))
    each(10, (at) => add(at, 403))
    each(30, (at) => add(at, 422, { method: 'POST' }))
    each(3, (start) => {
      for (let i = 0; i < 30; i++) add(start + i * 200, 429, { route: '/search/:id' })
    })
    each(3, (at) => add(at, pick([502, 503, 504])))
  }
  const outage = WEEK + 2 * DAY_MS + 11 * HOUR_MS
  for (let at = outage; at < outage + 20 * MINUTE_MS; at += 5_000)
    add(at, 500, { thrown: 'DbError: connection refused' })
  const deployed = WEEK + DAY_MS + 14 * HOUR_MS
  for (let at = deployed; at < WEEK + 3 * DAY_MS + 10 * HOUR_MS; at += 4 * MINUTE_MS)
    add(at, 500, { route: '/carts/:id', thrown: "TypeError: Cannot read 'total' of a cart" })
  return log.toSorted((a, b) => a.at - b.at)
}

/** As capture records it. */
function entryOf({ at, method, path, route, status, thrown }: Logged): QueuedOccurrence {
  const [errorName = null, errorMessage = null] = thrown?.split(': ') ?? []
  const kind = thrown === null ? 'status' : 'thrown'
  const of = { kind, status, method, path, route, errorName, errorMessage } as const
  const entry = anEntry({ ...of, occurredAt: at, errorStack: null })
  const { occurrence } = entry
  occurrence.title = issueTitle(occurrence)
  occurrence.fingerprint = fingerprint(occurrence)
  return entry
}

/** The alerts that a channel would get, if each minute is written at its end. */
export async function messagesOf(log: readonly Logged[], policy: AlertPolicy): Promise<Claim[]> {
  const store = memory()
  const sent: Claim[] = []
  const batches = groupBy(log, ({ at }) => Math.trunc(at / MINUTE_MS) + 1)
  // Alerts that waited for a cooldown or a digest go out after it.
  for (const minute of [...batches.keys()])
    if (!batches.has(minute + 6)) batches.set(minute + 6, [])
  for (const minute of [...batches.keys()].toSorted((a, b) => a - b)) {
    const now = minute * MINUTE_MS
    let occurrences = batches.get(minute)!.map(entryOf)
    for (;;) {
      const batch = aBatch({ now, occurrences, policy, channels: ['team'], due: true })
      const { claims } = await store.write(batch)
      if (claims.length === 0) break
      sent.push(...claims)
      await store.settle(
        claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'sent' })),
        now,
      )
      occurrences = []
    }
  }
  return sent
}

const DEFAULT: AlertPolicy = {
  every: false,
  cooldownMs: COOLDOWN_MS,
  milestones: MILESTONES,
  perMinute: ALERTS_PER_MINUTE,
}
export const PRESETS: [name: string, policy: AlertPolicy][] = [
  ['`every`', { every: true, cooldownMs: 0, milestones: [], perMinute: Infinity }],
  ['default', DEFAULT],
  ['`quiet`', { ...DEFAULT, quiet: true }],
  ['`minStatus: 500`', { ...DEFAULT, minStatus: 500 }],
]
