import type { Logger } from '../core/log.ts'
import { StoreError } from '../core/store-error.ts'
import type { Claim, Entry, Fallback } from '../core/types.ts'
import * as limits from './_limits.ts'
import { within } from './_within.ts'
import { asStoreError, writeEntries, type WriteParts } from './_write.ts'
import type { Batch, Outbox, Slot } from './outbox.ts'

export interface DeliveryParts extends WriteParts {
  outbox: Outbox
  fallback: Fallback | undefined
  logger: Logger
  sleep: (ms: number) => Promise<void>
  random: () => number
  /** Sends what the write claimed. */
  send: (claims: readonly Claim[], end: number) => Promise<void>
  /** Alerts for records that the store did not take. */
  sendUnstored: (entries: readonly Entry[], end: number) => Promise<void>
  /** Puts back what the fallback keeps. */
  replay: () => Promise<void>
}

const entriesOf = (slots: readonly Slot[]): Entry[] => slots.map((slot) => slot.entry)
const openOf = (batch: Batch): Slot[] => batch.slots.filter((slot) => !slot.settled)

/** Writes batches: tries, and hands what the store does not take to the fallback and then to the log. */
export function createDelivery(parts: DeliveryParts): (batch: Batch, end: number) => Promise<void> {
  const { outbox, fallback, logger, now, sleep } = parts
  /** Batches in a row that the store did not take; while it is over the threshold a fallback goes first. */
  let refusals = 0
  let probeAt = 0

  /** One try: settles what the store took and what it refuses for good. */
  async function write(batch: Batch): Promise<Claim[]> {
    const slots = openOf(batch)
    const { claims, refused } = await writeEntries(parts, entriesOf(slots), () => beat(batch))
    beat(batch)
    const poison = new Set(refused)
    for (const slot of slots) {
      if (poison.has(slot.entry)) outbox.giveUp(slot, new StoreError('poison').message)
      else outbox.settle(slot, 'stored')
    }
    if (poison.size > 0)
      logger.trouble(
        'store poison',
        `the database refuses ${poison.size} of ${slots.length} records`,
      )
    return claims
  }

  function beat(batch: Batch): void {
    batch.beat = now()
  }

  /** Up to 4 tries, as long as the time lasts. */
  async function tryToWrite(batch: Batch, end: number): Promise<Claim[] | StoreError> {
    const { owner } = batch
    const lastStart = end - limits.HAND_OVER_MS - limits.TRY_MS
    for (;;) {
      batch.tries++
      try {
        return await write(batch)
      } catch (error) {
        const failure = asStoreError(error)
        const pause = backoff(batch.tries, failure.retryAfterMs)
        const isOver = batch.tries >= limits.TRIES || now() + pause > lastStart
        if (failure.failure !== 'transient' || isOver) return failure
        beat(batch)
        await sleep(pause)
        // Another has taken the batch over, which looked dead: it is theirs to settle.
        if (batch.owner !== owner || openOf(batch).length === 0) return []
      }
    }
  }

  /** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
  function backoff(tried: number, retryAfterMs: number | undefined): number {
    const ceiling = Math.min(limits.BACKOFF_CAP_MS, limits.BACKOFF_MS * 2 ** (tried - 1))
    return Math.max(
      parts.random() * ceiling,
      Math.min(retryAfterMs ?? 0, limits.BACKOFF_CAP_MS * 2),
    )
  }

  /** The fallback, then the log; then alerts, because no store decides on them. */
  async function handOver(batch: Batch, reason: string, end: number): Promise<void> {
    const slots = openOf(batch)
    if (fallback !== undefined) {
      beat(batch)
      try {
        await within(limits.FALLBACK_MS, () => fallback.put(entriesOf(slots)))
        for (const slot of slots) outbox.settle(slot, 'fallback')
      } catch {
        // The fallback is one of several sinks; the next one is the log, below.
        logger.trouble('fallback', `the fallback ${fallback.name} refused ${slots.length} records`)
      }
    }
    for (const slot of slots) outbox.giveUp(slot, reason)
    await parts.sendUnstored(entriesOf(slots), end)
  }

  return async function deliver(batch, end) {
    const { owner } = batch
    if (fallback !== undefined && refusals >= limits.BREAKER_BATCHES && now() < probeAt)
      return handOver(batch, new StoreError('transient').message, end)
    const outcome = await tryToWrite(batch, end)
    if (Array.isArray(outcome)) {
      refusals = 0
      if (outcome.length > 0) await parts.send(outcome, end)
      if (fallback !== undefined) await parts.replay()
      return
    }
    refusals++
    probeAt = now() + limits.BREAKER_MS
    logger.trouble(`store ${outcome.failure}`, outcome.message)
    if (batch.owner === owner) await handOver(batch, outcome.message, end)
  }
}
