import type { Alerting } from '../alerts/alerting.ts'
import type { Logger } from '../config/logger.ts'
import type { Claim } from '../model/alert.ts'
import type { Fallback } from '../model/fallback.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import { StoreError } from '../model/store-error.ts'
import type { Account } from '../model/store.ts'
import { uuidv7 } from '../util/uuid.ts'
import { withTimeout } from '../util/with-timeout.ts'
import * as limits from './limits.ts'
import type { Batch, BufferedOccurrence, Outbox } from './outbox.ts'
import { BUSY, withInFlightLimit } from './in-flight.ts'
import type { Counters } from './stats.ts'
import { inTries } from './tries.ts'
import { writeOnce, type WriteParts } from './write.ts'

export interface DeliveryParts extends WriteParts {
  outbox: Outbox
  counters: Counters
  fallback: Fallback | undefined
  logger: Logger
  sleep: (ms: number) => Promise<void>
  random: () => number
  /** Sends the alerts that the write claimed. */
  send: (claims: readonly Claim[], end: number) => Promise<void>
  alerting: Alerting
  /** Writes the fallback's occurrences to the store. */
  replay: () => Promise<void>
}

const queuedOf = (items: readonly BufferedOccurrence[]): QueuedOccurrence[] =>
  items.map(({ queued }) => queued)
const openOf = (batch: Batch): BufferedOccurrence[] =>
  batch.items.filter(({ hasEnded }) => !hasEnded)

/**
 * Writes batches. Occurrences that the store does not take go to the fallback, then to the log.
 */
export function createDelivery(parts: DeliveryParts): (batch: Batch) => Promise<void> {
  const { outbox, counters, fallback, logger, now, sleep, store } = parts
  /**
   * Batches in a row that the store did not take. From a threshold on, the fallback comes first.
   */
  let refusals = 0
  let probeAt = 0
  /**
   * Corrections that the store has not confirmed. They keep their ids, so that one whose reply was
   * lost counts once.
   */
  let corrections: readonly Account[] = []

  function touch(batch: Batch): void {
    batch.lastActiveAt = now()
  }

  function correct(): readonly Account[] {
    const correction =
      corrections.length < limits.MAX_UNCONFIRMED_CORRECTIONS ? counters.correction() : null
    if (correction !== null) corrections = [...corrections, { id: uuidv7(now()), ...correction }]
    return corrections
  }

  /** One try. Ends the occurrences that the store took, and those that it refuses for good. */
  async function write(batch: Batch, timeoutMs: number): Promise<Claim[]> {
    touch(batch)
    const items = openOf(batch)
    batch.account ??= { id: uuidv7(now()), ...counters.report(countOf(items)) }
    const accounts = [...correct(), batch.account]
    const { former } = batch
    const written = await writeOnce(parts, queuedOf(items), { timeoutMs, accounts, former })
    const { claims, refused, notices } = written
    corrections = corrections.filter((each) => !accounts.includes(each))
    touch(batch)
    for (const notice of notices) logger.warn('store notice', notice)
    const poison = new Set(refused)
    for (const item of items) {
      if (poison.has(item.queued)) outbox.giveUp(item, new StoreError('poison').message)
      else outbox.end(item, 'stored')
    }
    if (poison.size > 0)
      logger.warn(
        'store poison',
        `the database refuses ${poison.size} of ${items.length} occurrences`,
      )
    return claims
  }

  /**
   * Writes a batch in several tries.
   * @returns the claims; the error of the last try; null when another request took the batch over
   */
  async function tryToWrite(batch: Batch): Promise<Claim[] | StoreError | null> {
    const { flusher } = batch
    const began = now()
    function check(): 'go on' | 'stop' | 'fail' {
      if (batch.flusher !== flusher || openOf(batch).length === 0) return 'stop'
      touch(batch)
      const isCrowded = fallback !== undefined && outbox.open().size >= limits.CROWDED_OCCURRENCES
      return isCrowded ? 'fail' : 'go on'
    }
    // A `flush()` may shorten the time. The fallback keeps its share of it.
    const end = (): number => batch.end - (batch.end - began) * limits.HAND_OVER_SHARE
    const isWanted = (): boolean => check() === 'go on'
    return inTries({ now, sleep, random: parts.random, end, check }, (until, timeoutMs) =>
      withInFlightLimit(store, parts, { until, isWanted }, () => write(batch, timeoutMs())),
    )
  }

  /**
   * Hands occurrences to the fallback, then to the log. Then sends alerts, because no store decides
   * on them.
   */
  async function handOver(batch: Batch, reason: string): Promise<void> {
    const items = openOf(batch)
    if (batch.account !== null) counters.takeBack(batch.account, countOf(items))
    batch.account = null
    // Decides before the fallback, so that its occurrences are marked as alerted.
    const sendAlerts = parts.alerting.decide(queuedOf(items))
    if (fallback !== undefined) {
      touch(batch)
      const left = batch.end - now() - limits.LOG_MS
      try {
        await withTimeout(Math.max(0, Math.min(limits.FALLBACK_MS, left)), () =>
          fallback.put(queuedOf(items)),
        )
        for (const item of items) outbox.end(item, 'fallback')
      } catch {
        // The log below takes the occurrences.
        logger.warn('fallback', `the fallback ${fallback.name} refused ${items.length} occurrences`)
      }
    }
    for (const item of items) outbox.giveUp(item, reason)
    await sendAlerts(batch.end)
  }

  return async function deliver(batch) {
    const { flusher } = batch
    if (fallback !== undefined && refusals >= limits.BREAKER_BATCHES && now() < probeAt)
      return handOver(batch, new StoreError('transient').message)
    const outcome = await tryToWrite(batch)
    if (outcome === null) return
    if (Array.isArray(outcome)) {
      refusals = 0
      if (outcome.length > 0) await parts.send(outcome, batch.end)
      if (fallback !== undefined) await parts.replay()
      return
    }
    if (outcome !== BUSY) {
      refusals++
      probeAt = now() + limits.BREAKER_MS
      logger.warn(`store ${outcome.failure}`, outcome.message)
    }
    if (batch.flusher === flusher) await handOver(batch, outcome.message)
  }
}

function countOf(items: readonly BufferedOccurrence[]): number {
  return items.reduce((sum, { queued }) => sum + queued.count, 0)
}
