import { type Alerts, createAlerts } from '../../../src/alerts/dispatch.ts'
import type { Claim, Alert } from '../../../src/model/alert.ts'
import { channelKey, type SendResult } from '../../../src/model/channel.ts'
import type { QueuedOccurrence } from '../../../src/model/occurrence.ts'
import type { Store } from '../../../src/model/store.ts'
import { CLOCK, type ClockHolder } from '../../../src/store/sql/_clock.ts'
import { raw } from '../../../src/store/sql/statement.ts'
import { aBatch, anEntry, NOON, SECOND_MS } from '../store-fixtures.ts'
import { type Event, judge, type SentMessage, type Verdict } from './verdict.ts'
import { picker, seeded } from './seeded.ts'
import { HOUR_MS, MINUTE_MS } from '../../../src/util/time-units.ts'

/** The conditions of a fleet. */
export interface FleetOptions {
  seed: number
  hours: number
  services?: readonly string[]
  isolates?: number
  /** Whether a client makes as many issues of statuses below 500 as it can. */
  flood?: boolean
  /** Whether channels refuse or disappear, replies get lost, and senders die. */
  faults?: boolean
  /** Whether the clocks of the isolates differ by up to an hour, and jump. */
  clocks?: boolean
}

interface Isolate {
  service: string
  /** ms that its clock is ahead. */
  ahead: number
  lastDue: number
  /** The batch that must be written again, because its reply was lost. */
  again: QueuedOccurrence[]
  /** Its attempts that had no reply. */
  former: string[]
  alerts: Alerts
}

interface Channel {
  name: string
  address: string
  /** The database's time until which it is away or answers 429. */
  awayUntil: number
  slowUntil: number
  send(alert: Alert): Promise<SendResult>
}

/**
 * Isolates of some services on one database, with their channels, for hours that take seconds. The
 * store and the sender are klaxon's. The test makes time and faults.
 */
export async function runFleet(store: Store, options: FleetOptions): Promise<Verdict> {
  const { seed, hours, services = ['shop', 'mail'], isolates = 3 } = options
  const { flood = false, faults = true, clocks = true } = options
  const random = seeded(seed)
  const below = (n: number): number => Math.floor(random() * n)
  const happens = (share: number): boolean => faults && random() < share
  let time = NOON
  holderOf(store).clock = () => raw(String(time))

  const messages: SentMessage[] = []
  const events: Event[] = []
  const outages: { service: string; from: number; to: number }[] = []
  const counts = new Map<string, number>()
  const resolved = new Set<string>()
  let current: Claim | undefined
  /** Claims whose sender cannot have settled them. */
  const unsure = new Set<string>()
  const committed = new Set<string>()
  let made = 0

  function channelOf(service: string): Channel {
    const channel: Channel = {
      name: 'chat',
      address: `https://${service}.test`,
      awayUntil: 0,
      slowUntil: 0,
      async send(alert) {
        if (time < channel.awayUntil) return { ok: false, reason: 'away', unreachable: true }
        if (time < channel.slowUntil)
          return { ok: false, reason: '429', retryAfterMs: channel.slowUntil - time }
        if (alert.kind === 'issue' && alert.issue.title.includes('poison'))
          return { ok: false, reason: 'answered 400' }
        messages.push({ at: time, service, claim: current!.id, ...subjectOf(alert) })
        if (!happens(0.02)) return { ok: true }
        unsure.add(current!.id)
        return { ok: false, reason: 'did not answer', unanswered: true }
      },
    }
    return channel
  }

  const channels = new Map(services.map((service) => [service, channelOf(service)]))
  const fleet: Isolate[] = services.flatMap((service) =>
    Array.from({ length: isolates }, () => {
      const isolate: Isolate = {
        service,
        ahead: clocks ? below(2 * HOUR_MS) - HOUR_MS : 0,
        lastDue: 0,
        again: [],
        former: [],
        alerts: null!,
      }
      const notifier = channels.get(service)!
      isolate.alerts = createAlerts({
        store: { ...store, settle: (...given) => settle(...given) },
        channels: [{ channel: notifier, key: channelKey(notifier), when: undefined }],
        when: undefined,
        frame: { timeZone: 'UTC' },
        logger: { warn() {}, occurrence: () => true, lastResort: () => true },
        now: () => time + isolate.ahead,
        fetch,
      })
      return isolate
    }),
  )

  const settle: Store['settle'] = async (...given) => {
    const fails = happens(0.03)
    const isDone = !fails || random() < 0.5
    if (isDone) await store.settle(...given)
    if (!fails) return
    for (const { id } of given[0]) unsure.add(id)
    throw new Error('no reply')
  }

  function occurrenceOf(service: string, fingerprint: string, low = false): QueuedOccurrence {
    return anEntry({
      fingerprint,
      title: fingerprint,
      service,
      occurredAt: time,
      route: `/${below(40)}`,
      ...(low ? { kind: 'status' as const, status: 404 } : {}),
    })
  }

  function occurrences(service: string): QueuedOccurrence[] {
    const found: QueuedOccurrence[] = []
    const known = [...counts.keys()].filter((each) => each.startsWith(`${service}:p`))
    for (let nth = below(4); nth > 0 && known.length > 0; nth--)
      found.push(occurrenceOf(service, known[below(known.length)]!))
    // Fewer than the daily limit.
    if (random() < 0.1) {
      const kind = happens(0.1) ? 'poison' : 'problem'
      found.push(occurrenceOf(service, `${service}:${kind}${++made}`))
    }
    if (flood) for (let nth = 0; nth < 8; nth++) found.push(low(service))
    return found
  }

  function low(service: string): QueuedOccurrence {
    return occurrenceOf(service, `${service}:low${++made}`, true)
  }

  /** Records the events that the committed occurrences make due. */
  function expectFor(service: string, written: readonly QueuedOccurrence[]): void {
    for (const { occurrence } of written) {
      const { fingerprint, id } = occurrence
      if (fingerprint.includes(':low') || committed.has(id)) continue
      committed.add(id)
      const count = (counts.get(fingerprint) ?? 0) + 1
      counts.set(fingerprint, count)
      const reason = resolved.delete(fingerprint)
        ? 'regression'
        : count === 1
          ? 'new'
          : [10, 100].includes(count)
            ? 'milestone'
            : null
      if (reason !== null) events.push({ service, fingerprint, at: time, reason })
    }
  }

  const fate = picker(seed + 1, faults ? FATES : [], 'fine' as Fate)
  async function write(isolate: Isolate, fresh: QueuedOccurrence[]): Promise<void> {
    const { service } = isolate
    const all = [...isolate.again, ...fresh]
    const due = time - isolate.lastDue >= MINUTE_MS
    const how = fate()
    if (how === 'refused') return void (isolate.again = all)
    if (due) isolate.lastDue = time
    const notifier = channels.get(service)!
    const batch = aBatch({
      former: isolate.former,
      now: time + isolate.ahead,
      occurrences: all,
      channels: [channelKey(notifier)],
      service,
      due,
    })
    const { claims } = await store.write(batch)
    expectFor(service, all)
    isolate.again = how === 'lost' ? all : []
    isolate.former = how === 'lost' ? [...isolate.former, batch.attempt] : []
    if (how === 'lost' || how === 'died') return
    for (const claim of claims) {
      current = claim
      await isolate.alerts.send([claim], 'stored', time + isolate.ahead + 20 * SECOND_MS)
    }
  }
  while (time < NOON + hours * HOUR_MS) {
    time += (2 + below(8)) * SECOND_MS
    const isolate = fleet[below(fleet.length)]!
    if (clocks && random() < 0.01) isolate.ahead = below(2 * HOUR_MS) - HOUR_MS
    const [service, channel] = [...channels][below(channels.size)]!
    if (happens(0.002)) {
      channel.awayUntil = time + below(5 * MINUTE_MS)
      outages.push({ service, from: time, to: channel.awayUntil })
    }
    if (happens(0.005)) {
      channel.slowUntil = time + 30 * SECOND_MS
      outages.push({ service, from: time, to: channel.slowUntil })
    }
    const known = [...counts.keys()].filter((each) => /:p/.test(each) && !resolved.has(each))
    if (known.length > 0 && random() < 0.01) {
      const fingerprint = known[below(known.length)]!
      await store.setIssue(fingerprint, { state: 'resolved' }, { now: time + isolate.ahead })
      // The person who resolves it knows of it.
      for (const event of events) if (event.fingerprint === fingerprint) event.until = time
      resolved.add(fingerprint)
    }
    await write(isolate, occurrences(isolate.service))
  }
  // The faults are over. Due alerts go out without another occurrence.
  const end = time
  for (const isolate of fleet) isolate.again.length = 0
  while (time < end + 2 * HOUR_MS) {
    time += MINUTE_MS
    for (const channel of channels.values()) channel.awayUntil = channel.slowUntil = 0
    await write(fleet[below(fleet.length)]!, [])
  }
  return judge(store, { events, messages, outages, unsure })
}

type Fate = 'fine' | 'refused' | 'lost' | 'died'
/** How a write may end: not made, made without a reply, made by an isolate that then dies. */
const FATES: readonly [number, Fate][] = [
  [0.05, 'refused'],
  [0.05, 'lost'],
  [0.03, 'died'],
]

function holderOf(store: Store): ClockHolder {
  return (store as unknown as Record<typeof CLOCK, ClockHolder>)[CLOCK]
}

function subjectOf(alert: Alert): Pick<SentMessage, 'fingerprint' | 'issueService'> {
  if (alert.kind === 'digest') return { fingerprint: null, issueService: null }
  return { fingerprint: alert.issue.fingerprint, issueService: alert.issue.service }
}
