import type { Logger } from '../core/log.ts'
import type { AlertOptions } from '../core/options.ts'
import { isPromise } from '../core/seam.ts'
import type { Alert, Claim, Issue, Notifier, SendResult, Settlement, Store } from '../core/types.ts'
import * as limits from './_limits.ts'
import { memoOf } from './_memo.ts'
import { within } from './_within.ts'

/** A notifier, and which issues it takes. */
export interface Channel {
  notifier: Notifier
  when: ((issue: Issue) => boolean) | undefined
}

export interface AlertParts {
  store: Store | undefined
  channels: readonly Channel[]
  when: AlertOptions['when'] | undefined
  timeZone: string
  logger: Logger
  now: () => number
  fetch: typeof fetch
}

/** Who claimed: the database; or this isolate, because there is none or because it could not be reached. */
export type Origin = 'stored' | 'no store' | 'not stored'

export interface Alerts {
  /** Sends before `end` (Unix ms) and tells the store what became of it. */
  send(claims: readonly Claim[], origin: Origin, end: number): Promise<Settlement[]>
  /** Sends one alert through every channel, whatever its pauses and predicates say. */
  test: () => Promise<ChannelReport[]>
}

/** What one channel made of a test alert. */
export interface ChannelReport {
  channel: string
  ok: boolean
  /** Why not; holds no secret. */
  reason: string | null
}

/** Sends claimed alerts, each channel on its own. */
export function createAlerts(parts: AlertParts): Alerts {
  const { channels, logger, now } = parts
  const paused = new Map<string, number>()

  function wanted({ when }: Channel, alert: Alert): boolean {
    if (alert.kind === 'digest') return true
    try {
      return isYes(when?.(alert.issue)) && isYes(parts.when?.(alert))
    } catch {
      // A predicate that throws can't be asked: an alert too many is better than one too few.
      logger.trouble('option when', 'a `when` predicate threw; the alert was sent')
      return true
    }
  }

  async function sendOne({ notifier }: Channel, alert: Alert, from?: Store): Promise<SendResult> {
    try {
      const memo = from && memoOf(from, notifier.name)
      const context = memo === undefined ? { fetch: parts.fetch } : { fetch: parts.fetch, memo }
      const result = await within(limits.SEND_MS, () => notifier.send(alert, context))
      return typeof result?.ok === 'boolean' ? result : { ok: false, reason: 'gave no result' }
    } catch {
      // One channel's failure, thrown or hung, never touches another; the reason may hold its URL.
      return { ok: false, reason: 'threw or did not answer' }
    }
  }

  async function sendAll(
    channel: Channel,
    claims: readonly Claim[],
    { origin, until }: { origin: Origin; until: number },
  ): Promise<Settlement[]> {
    const { name } = channel.notifier
    const settlements: Settlement[] = []
    for (const claim of claims) {
      const base = { id: claim.id, channel: name }
      const alert = toAlert(claim, origin !== 'not stored', parts.timeZone)
      if (alert === null || !wanted(channel, alert)) {
        settlements.push({ ...base, outcome: 'dropped' })
      } else if (now() > until || now() < (paused.get(name) ?? 0)) {
        settlements.push({ ...base, outcome: 'failed' })
      } else {
        const result = await sendOne(channel, alert, origin === 'stored' ? parts.store : undefined)
        settlements.push(result.ok ? { ...base, outcome: 'sent' } : refused(base, result))
      }
    }
    return settlements
  }

  function refused(
    base: { id: string; channel: string },
    { reason, permanent = false, retryAfterMs }: SendResult & { ok: false },
  ): Settlement {
    const { channel } = base
    // Topics of their own: a minute with a timeout in it must not hide the refusal.
    const topic = permanent ? `channel ${channel} disabled` : `channel ${channel}`
    const what = permanent ? '; it refuses for good and is left alone for an hour' : ''
    logger.trouble(topic, `${channel}: ${reason}${what}`)
    const pausedUntil = now() + (permanent ? limits.DISABLED_MS : (retryAfterMs ?? limits.REST_MS))
    paused.set(channel, pausedUntil)
    return { ...base, outcome: 'failed', pausedUntil, permanent }
  }

  async function settle(store: Store, settlements: readonly Settlement[]): Promise<void> {
    try {
      await within(limits.SEND_MS, () => store.settle(settlements, now()))
    } catch {
      // The leases run out in a minute; the worst is one alert twice, never one lost.
      logger.trouble('alerts', 'the database did not take note of sent alerts')
    }
  }

  return {
    test: () =>
      Promise.all(
        channels.map(async (channel) => {
          const result = await sendOne(channel, testAlert(now(), parts.timeZone))
          const reason = result.ok ? null : result.reason
          return { channel: channel.notifier.name, ok: result.ok, reason }
        }),
      ),
    async send(claims, origin, end) {
      const { store } = parts
      const settles = origin === 'stored' && store !== undefined
      const until = Math.min(now() + limits.DISPATCH_MS, end - limits.SEND_MS * (settles ? 2 : 1))
      const perChannel = channels.map((channel) => {
        const own = claims.filter((claim) => claim.channel === channel.notifier.name)
        return sendAll(channel, own, { origin, until })
      })
      const settlements = (await Promise.all(perChannel)).flat()
      if (settles && settlements.length > 0) await settle(store, settlements)
      return settlements
    },
  }
}

/** Only a plain false keeps an alert back; a promise comes too late to. */
export function isYes(answer: unknown): boolean {
  return isPromise(answer) || answer === undefined || Boolean(answer)
}

function toAlert(claim: Claim, stored: boolean, timeZone: string): Alert | null {
  if (claim.digest !== null) return { kind: 'digest', ...claim.digest, stored, timeZone, url: null }
  const { issue, reason, occurrence } = claim
  if (issue === null || reason === null) return null
  return { kind: 'issue', reason, issue, occurrence, stored, timeZone, url: null }
}

/** An alert about nothing, marked as one by its reason. */
function testAlert(at: number, timeZone: string): Alert {
  const issue: Issue = {
    fingerprint: 'test',
    title: 'klaxon test',
    kind: 'status',
    status: 503,
    method: 'GET',
    route: '/klaxon-test',
    firstSeen: at,
    lastSeen: at,
    count: 1,
    firstRelease: null,
    lastRelease: null,
    state: 'open',
    resolvedAt: null,
    mutedUntil: null,
    lastOccurrenceId: null,
  }
  const rest = { stored: true, timeZone, url: null }
  return { kind: 'issue', reason: 'test', issue, occurrence: null, ...rest }
}
