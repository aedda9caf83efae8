import type { Logger } from '../config/logger.ts'
import type { AlertOptions } from '../config/options.ts'
import type { Alert, Claim, IssueAlert, Settlement } from '../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../model/channel.ts'
import type { Issue } from '../model/issue.ts'
import type { Occurrence } from '../model/occurrence.ts'
import type { StackMapper } from '../model/stack-mapper.ts'
import type { Store } from '../model/store.ts'
import { isPromise } from '../util/guards.ts'
import { TimeoutError, withTimeout } from '../util/with-timeout.ts'
import { threadsOf } from './_threads.ts'
import { type AlertFrame, composeAlert } from './compose.ts'
import * as limits from './limits.ts'
import { settlementOf } from './settlement.ts'

/** A channel, its key in the store, and the rule of the issues that it takes. */
export interface KeyedChannel {
  channel: Channel
  key: string
  when: ((issue: Issue) => boolean) | undefined
}

export interface DispatchParts {
  store: Store | undefined
  channels: readonly KeyedChannel[]
  when: AlertOptions['when'] | undefined
  /** Maps stacks to sources: the option `sourceMaps`. */
  mapper?: StackMapper | undefined
  frame: Omit<AlertFrame, 'stored'>
  logger: Logger
  now: () => number
  fetch: typeof fetch
}

/**
 * Where the claims come from: the database; this isolate without a store; this isolate while the
 * store is away.
 */
export type Origin = 'stored' | 'no store' | 'not stored'

export interface Alerts {
  /** Sends the claimed alerts before `end` (Unix ms), and settles them in the store. */
  send(claims: readonly Claim[], origin: Origin, end: number): Promise<Settlement[]>
  readonly channels: readonly KeyedChannel[]
  /**
   * Sends one alert. Never rejects.
   * @param from the store of the channel's threads
   */
  sendOne: (channel: KeyedChannel, alert: Alert, from?: Store) => Promise<SendResult>
}

/** Sends claimed alerts, to all channels at the same time. */
export function createAlerts(parts: DispatchParts): Alerts {
  const { channels, logger, now, store, mapper } = parts
  /** KeyedChannel key → Unix ms until which this isolate sends nothing to it. */
  const paused = new Map<string, number>()

  function wanted({ when }: KeyedChannel, alert: Alert): boolean {
    if (alert.kind === 'digest' || alert.reason === 'resolved') return true
    try {
      return isYes(when?.(alert.issue)) && isYes(parts.when?.(alert))
    } catch {
      // The rule threw. An alert too many is better than one too few.
      logger.warn('option when', 'a `when` predicate threw; the alert was sent')
      return true
    }
  }

  async function sendOne(
    { channel, key }: KeyedChannel,
    alert: Alert,
    from?: Store,
  ): Promise<SendResult> {
    const threads = from && threadsOf(from, key)
    const { fetch } = parts
    const context: SendContext = threads === undefined ? { fetch } : { fetch, threads }
    try {
      const result = await withTimeout(limits.SEND_MS, () => deliver(channel, alert, context))
      return typeof result?.ok === 'boolean' ? result : { ok: false, reason: 'gave no result' }
    } catch (error) {
      // One channel's failure must not affect another. Its text is dropped: it may contain the URL.
      return error instanceof TimeoutError
        ? { ok: false, reason: 'did not answer', unanswered: true }
        : { ok: false, reason: 'threw' }
    }
  }

  /**
   * The alert with a mapped stack. The stack stays as it is when mapping fails or takes too long.
   */
  async function mapped(alert: Alert): Promise<Alert> {
    if (mapper === undefined || alert.kind !== 'issue' || alert.occurrence === null) return alert
    const { occurrence } = alert
    try {
      const map = (): Promise<Occurrence> => mapper.map(occurrence, store)
      return { ...alert, occurrence: (await withTimeout(limits.MAPS_MS, map)) ?? occurrence }
    } catch {
      // The alert matters more than its source lines.
      return alert
    }
  }

  async function sendAll(
    channel: KeyedChannel,
    claims: readonly Claim[],
    { origin, until }: { origin: Origin; until: number },
  ): Promise<Settlement[]> {
    const settlements: Settlement[] = []
    for (const claim of claims) {
      const { id, attempt, channel: key } = claim
      const base = { id, attempt, channel: key }
      const alert = composeAlert(claim, { ...parts.frame, stored: origin !== 'not stored' })
      if (alert === null || !wanted(channel, alert)) {
        settlements.push({ ...base, outcome: 'dropped' })
      } else if (now() > until || now() < (paused.get(key) ?? 0)) {
        settlements.push({ ...base, outcome: 'failed' })
      } else {
        const from = origin === 'stored' ? store : undefined
        const result = await sendOne(channel, await mapped(alert), from)
        settlements.push(result.ok ? { ...base, outcome: 'sent' } : refused(channel, claim, result))
      }
    }
    return settlements
  }

  function refused(
    { channel: { name } }: KeyedChannel,
    claim: Claim,
    result: SendResult & { ok: false },
  ): Settlement {
    const settlement = settlementOf(claim, result)
    const { pauseMs, permanent, outcome } = settlement
    if (pauseMs !== undefined) paused.set(claim.channel, now() + pauseMs)
    // Three topics, because each is logged once a minute: a timeout must not hide the other two.
    if (outcome === 'gave up')
      logger.warn(
        `channel ${name} gave up`,
        `${name}: gave up on an alert (${claim.issue?.title ?? 'digest'}): ${result.reason}`,
      )
    else if (permanent === true)
      logger.warn(
        `channel ${name} disabled`,
        `${name}: ${result.reason}; it refuses for good and is left alone for an hour`,
      )
    else logger.warn(`channel ${name}`, `${name}: ${result.reason}`)
    return settlement
  }

  async function settle(settlements: readonly Settlement[]): Promise<void> {
    try {
      await withTimeout(limits.SEND_MS, () => store!.settle(settlements, now()))
    } catch {
      // The leases end within a minute. An alert may then be sent twice, but none is lost.
      logger.warn('alerts', 'the database did not take note of sent alerts')
    }
  }

  return {
    channels,
    sendOne,
    async send(claims, origin, end) {
      const settles = origin === 'stored' && store !== undefined
      const until = Math.min(now() + limits.DISPATCH_MS, end - limits.SEND_MS * (settles ? 2 : 1))
      const perChannel = channels.map((channel) => {
        const itsClaims = claims.filter((claim) => claim.channel === channel.key)
        return sendAll(channel, itsClaims, { origin, until })
      })
      const settlements = (await Promise.all(perChannel)).flat()
      if (settles && settlements.length > 0) await settle(settlements)
      return settlements
    },
  }
}

function deliver(channel: Channel, alert: Alert, context: SendContext): Promise<SendResult> {
  if (alert.kind === 'digest' || alert.reason !== 'resolved') return channel.send(alert, context)
  return channel.resolve?.(alert as IssueAlert, context) ?? Promise.resolve({ ok: true })
}

/** Only a false value keeps an alert back. A promise is too late to do so. */
export function isYes(answer: unknown): boolean {
  return isPromise(answer) || answer === undefined || Boolean(answer)
}
