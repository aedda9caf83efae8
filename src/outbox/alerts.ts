import type { Logger } from '../core/log.ts'
import type { AlertOptions } from '../core/options.ts'
import type { Alert, Claim, Issue, Notifier, SendResult, Settlement, Store } from '../core/types.ts'
import { within } from './deliver.ts'

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

/** ms: a channel over this is taken for hanging. Notifiers bound themselves at 3,000. */
const SEND_MS = 3_500
/** ms of one dispatch; what is left keeps its lease and is sent by a later flush. */
const DISPATCH_MS = 12_000
/** ms for which a permanent refusal disables a channel: an hour. */
const DISABLED_MS = 3_600_000

/** Sends claimed alerts, each channel on its own, and tells the store what became of them. */
export function createAlerts(parts: AlertParts): {
  send(claims: readonly Claim[], origin: Origin): Promise<void>
} {
  const { channels, logger, now } = parts
  const paused = new Map<string, number>()

  function wanted({ when }: Channel, alert: Alert): boolean {
    if (alert.kind === 'digest') return true
    try {
      return (when?.(alert.issue) ?? true) && (parts.when?.(alert) ?? true)
    } catch {
      // A predicate that throws can't be asked: an alert too many is better than one too few.
      logger.trouble('option when', 'a `when` predicate threw; the alert was sent')
      return true
    }
  }

  async function sendOne({ notifier }: Channel, alert: Alert): Promise<SendResult> {
    try {
      return await within(SEND_MS, notifier.send(alert, { fetch: parts.fetch }))
    } catch {
      // One channel's failure, thrown or hung, never touches another; the reason may hold its URL.
      return { ok: false, reason: 'threw or did not answer' }
    }
  }

  async function sendAll(
    channel: Channel,
    claims: readonly Claim[],
    stored: boolean,
  ): Promise<Settlement[]> {
    const { name } = channel.notifier
    const end = now() + DISPATCH_MS
    const settlements: Settlement[] = []
    for (const claim of claims) {
      const base = { id: claim.id, channel: name }
      const alert = toAlert(claim, stored, parts.timeZone)
      if (alert === null || !wanted(channel, alert)) {
        settlements.push({ ...base, outcome: 'dropped' })
      } else if (now() > end || now() < (paused.get(name) ?? 0)) {
        settlements.push({ ...base, outcome: 'failed' })
      } else {
        const result = await sendOne(channel, alert)
        settlements.push(result.ok ? { ...base, outcome: 'sent' } : refused(base, result))
      }
    }
    return settlements
  }

  function refused(
    base: { id: string; channel: string },
    result: SendResult & { ok: false },
  ): Settlement {
    const permanent = result.permanent === true
    const pause = permanent ? DISABLED_MS : result.retryAfterMs
    logger.trouble(
      `channel ${base.channel}`,
      `${base.channel}: ${result.reason}${permanent ? '; it refuses for good and is left alone for an hour' : ''}`,
    )
    if (pause === undefined) return { ...base, outcome: 'failed' }
    const pausedUntil = now() + pause
    paused.set(base.channel, pausedUntil)
    return { ...base, outcome: 'failed', pausedUntil, permanent }
  }

  return {
    async send(claims, origin) {
      const perChannel = channels.map((channel) =>
        sendAll(
          channel,
          claims.filter((claim) => claim.channel === channel.notifier.name),
          origin !== 'not stored',
        ),
      )
      const settlements = (await Promise.all(perChannel)).flat()
      if (origin !== 'stored' || parts.store === undefined || settlements.length === 0) return
      try {
        await within(SEND_MS, parts.store.settle(settlements, now()))
      } catch {
        // The leases run out in a minute; the worst is one alert twice, never one lost.
        logger.trouble('alerts', 'the database did not take note of sent alerts')
      }
    },
  }
}

function toAlert(claim: Claim, stored: boolean, timeZone: string): Alert | null {
  if (claim.digest !== null) return { kind: 'digest', ...claim.digest, stored, timeZone, url: null }
  if (claim.issue === null || claim.reason === null) return null
  return {
    kind: 'issue',
    reason: claim.reason,
    issue: claim.issue,
    occurrence: claim.occurrence,
    stored,
    timeZone,
    url: null,
  }
}
