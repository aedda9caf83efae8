import type { Store } from '../../../src/model/store.ts'
import { driverOf } from '../../../src/store/sql/sql-store.ts'
import { groupBy } from '../../../src/util/group-by.ts'
import { HOUR_MS, MINUTE_MS } from '../../../src/util/time-units.ts'

/** An event of which a channel must get a message. */
export interface Event {
  service: string
  fingerprint: string
  /** The database's time. */
  at: number
  reason: 'new' | 'regression' | 'milestone'
  /** When the issue was resolved. After that nothing is due. */
  until?: number
}

/** A message that reached a channel; `fingerprint` is null for a digest. */
export interface SentMessage {
  at: number
  service: string
  claim: string
  fingerprint: string | null
  issueService: string | null
}

export interface Verdict {
  events: number
  messages: number
  digests: number
  /** Given up after 5 refusals, as it must be. */
  gaveUp: number
  /** Given up because two senders in a row died before they settled it. */
  unknown: number
  /** Without a message, and not given up. */
  lost: string[]
  /** Sent later than the cooldown and the interval of `maintain` allow. */
  late: string[]
  /** Sent twice because the first result was lost. */
  twice: number
  /** Sent twice without that reason, or three times. */
  doubled: string[]
  /** Sent through the channel of another service. */
  crossed: string[]
}

export interface Seen {
  events: readonly Event[]
  messages: readonly SentMessage[]
  outages: readonly { service: string; from: number; to: number }[]
  unsure: ReadonlySet<string>
}

/** 5 minutes of cooldown, and 5 minutes between two runs of `maintain`. */
const LATE_MS = 10 * MINUTE_MS

interface Row {
  fingerprint: string
  at: number
  what: string
}

/** Compares the events with the messages. */
export async function judge(store: Store, seen: Seen): Promise<Verdict> {
  const { events, messages, unsure } = seen
  const history = await historyOf(store)
  const lost: string[] = []
  const late: string[] = []
  let gaveUp = 0
  let unknown = 0
  for (const event of events) {
    const { fingerprint, at } = event
    const own = history.filter((row) => row.fingerprint === fingerprint && row.at >= at)
    const end = own.find(({ what }) => what === 'gave up')
    const times = [
      ...messages.filter((each) => each.fingerprint === fingerprint).map((each) => each.at),
      // By a digest.
      ...own.filter(({ what }) => what === 'sent').map((row) => row.at),
    ]
    const first = Math.min(...times.filter((each) => each >= at))
    if (event.until !== undefined && event.until < Math.min(first, end?.at ?? Infinity)) continue
    const isPoison = fingerprint.includes('poison')
    if (end !== undefined && end.at < first) {
      if (!isPoison) unknown++
      else if (end.at <= at + 3 * HOUR_MS) gaveUp++
      else late.push(fingerprint)
    } else if (first === Infinity) lost.push(`${event.reason} ${fingerprint}`)
    else if (first - waited(event, first, seen) > LATE_MS)
      late.push(`${event.reason} ${fingerprint}`)
  }
  const byClaim = groupBy(
    messages.filter(({ fingerprint }) => fingerprint !== null),
    ({ claim }) => claim,
  )
  const again = [...byClaim].filter(([, group]) => group.length > 1)
  return {
    events: events.length,
    messages: messages.length,
    digests: messages.filter(({ fingerprint }) => fingerprint === null).length,
    gaveUp,
    unknown,
    lost,
    late,
    twice: again.length,
    doubled: again
      .filter(([claim, group]) => group.length > 2 || !unsure.has(claim))
      .map(([, group]) => group[0]!.fingerprint!),
    crossed: messages
      .filter(({ service, issueService }) => issueService !== null && issueService !== service)
      .map(({ fingerprint }) => fingerprint!),
  }
}

/** The earliest time at which the message could be sent. It includes outages of the channel. */
function waited({ service, fingerprint, at }: Event, sentAt: number, seen: Seen): number {
  const before = seen.messages.filter((each) => each.fingerprint === fingerprint && each.at < at)
  const free = Math.max(at, ...before.map((each) => each.at))
  const away = seen.outages
    .filter((outage) => outage.service === service)
    .reduce((sum, { from, to }) => sum + Math.max(0, Math.min(to, sentAt) - Math.max(from, at)), 0)
  return free + away
}

async function historyOf(store: Store): Promise<Row[]> {
  const [result] = await driverOf(store)!.batch(
    [{ sql: 'select fingerprint, at, what from klaxon_events', params: [] }],
    'read',
  )
  return result!.rows as unknown as Row[]
}
