import { channelOf, notifyList } from '../config/validate.ts'
import type { Setup } from '../config/setup.ts'
import type { Claim } from '../model/alert.ts'
import type { Issue } from '../model/issue.ts'
import { channelKey } from '../model/channel.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import type { WriteBatch } from '../model/store.ts'
import { type Alerts, type KeyedChannel, createAlerts, isYes } from './dispatch.ts'
import { createLocalAlerts, type LocalChannel, unstoredPolicy } from './in-process.ts'
import * as limits from './limits.ts'

/** The members of a batch that decide which alerts it claims. */
export type ClaimFields = Pick<
  WriteBatch,
  'channels' | 'resolving' | 'service' | 'environment' | 'due'
>

/** The part of alerting that delivery uses. */
export interface Alerting extends Pick<Alerts, 'channels' | 'sendOne'> {
  /** The claiming members of the next batch. Once a minute they claim due alerts of all issues. */
  claimFields(isDue?: boolean): ClaimFields
  /** Marks occurrences whose issue this isolate alerted while the store was away. */
  mark(queued: readonly QueuedOccurrence[]): void
  /** Sends the alerts that a write claimed, before `end` (Unix ms). */
  send(claims: readonly Claim[], end: number): Promise<void>
  /**
   * Decides on alerts in this isolate, for occurrences that no store has taken, and marks those
   * alerted. @returns a function that sends the alerts
   */
  decide(queued: readonly QueuedOccurrence[]): (end: number) => Promise<void>
  /** Warns once when another klaxon of this service and environment alerts by other options. */
  warnOfOtherPolicy(): void
}

/** Puts policy, channels and dispatch together for one setup. */
export function createAlerting(setup: Setup): Alerting {
  const { options, policy, logger, now, timeZone, service, environment } = setup
  const { store } = options
  const channels = channelsOf(setup)
  const alerts = createAlerts({
    store,
    channels,
    when: typeof options.alerts === 'object' ? options.alerts.when : undefined,
    mapper: options.sourceMaps,
    frame: { timeZone, dashboard: options.dashboard, traceUrl: options.traceUrl },
    logger,
    now,
    fetch: (...args) => fetch(...args),
  })
  const local = createLocalAlerts(
    store === undefined ? policy : unstoredPolicy(policy),
    channels.map(toLocalChannel),
  )
  const keys = channels.map(({ key }) => key)
  const resolving = channels.flatMap(({ key, channel }) =>
    channel.resolve === undefined ? [] : [key],
  )
  let lastDueAt = -Infinity
  let hasWarned = false

  return {
    channels,
    sendOne: alerts.sendOne,
    claimFields(isDue = now() - lastDueAt >= limits.DUE_MS) {
      if (isDue) lastDueAt = now()
      return { channels: keys, resolving, service, environment, due: isDue }
    },
    mark: (queued) => local.mark(queued, now()),
    async send(claims, end) {
      await alerts.send(claims, 'stored', end)
    },
    decide(queued) {
      const claims = local.decide(queued, now())
      if (store !== undefined) local.mark(queued, now())
      return async function sendDecided(end) {
        if (claims.length === 0) return
        const origin = store === undefined ? 'no store' : 'not stored'
        local.settle(await alerts.send(claims, origin, end), now())
      }
    },
    warnOfOtherPolicy() {
      if (hasWarned) return
      hasWarned = true
      logger.warn(
        'alerts policy',
        'another klaxon of this service and environment uses other `alerts` options on this database; alerts follow whichever writes first',
      )
    },
  }
}

function channelsOf({ options }: Setup): KeyedChannel[] {
  return notifyList(options.notify).map((item) => {
    const channel = channelOf(item)
    return { channel, key: channelKey(channel), when: 'to' in item ? item.when : isFromServer }
  })
}

/**
 * The default rule. Anyone can send a browser report, so browser issues need a rule of their own.
 */
function isFromServer({ kind }: Issue): boolean {
  return kind !== 'browser'
}

function toLocalChannel({ key, when }: KeyedChannel): LocalChannel {
  return {
    key,
    takes(issue) {
      try {
        return when === undefined || isYes(when(issue))
      } catch {
        // The alert goes out. Dispatch logs the failure.
        return true
      }
    },
  }
}
