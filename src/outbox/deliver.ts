import type { Logger } from '../core/log.ts'
import { isStoreError, StoreError } from '../core/store-error.ts'
import type { AlertPolicy, Claim, Entry, Fallback, Store } from '../core/types.ts'
import { uuidv7 } from '../core/uuid.ts'
import { LIMITS } from './_limits.ts'
import { writeAgain } from './maintain.ts'
import type { Batch, Outbox, Slot } from './outbox.ts'

export interface DeliveryParts {
  store: Store
  fallback: Fallback | undefined
  policy: AlertPolicy
  /** Channels alerts are claimed for. */
  channels: readonly string[]
  logger: Logger
  now: () => number
  sleep: (ms: number) => Promise<void>
  random(): number
  outbox(): Outbox
  /** Sends what the write claimed. */
  send(claims: readonly Claim[]): Promise<void>
  /** Alerts for records that no store took. */
  sendUnstored(entries: readonly Entry[]): Promise<void>
}

/** Rejects after `ms`; the loser's later rejection is not an unhandled one. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StoreError('transient', { code: 'TIMEOUT' })), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function asStoreError(error: unknown): StoreError {
  return isStoreError(error) ? error : new StoreError('transient', { code: 'UNKNOWN' })
}

/** Writes batches: tries, splits, and hands what the store refuses to the fallback and then to the log. */
export function createDelivery(parts: DeliveryParts): (batch: Batch) => Promise<void> {
  const { store, fallback, now, sleep, logger } = parts
  /** Batches in a row that the store did not take; while it is over the threshold a fallback goes first. */
  let refusals = 0
  let probeAt = 0
  let replaying = false

  const entriesOf = (slots: readonly Slot[]): Entry[] => slots.map((slot) => slot.entry)
  const open = (batch: Batch): Slot[] => batch.slots.filter((slot) => !slot.settled)

  async function write(batch: Batch, slots: readonly Slot[]): Promise<void> {
    batch.beat = now()
    const { claims } = await within(
      LIMITS.tryMs,
      store.write({
        attempt: uuidv7(now()),
        now: now(),
        entries: entriesOf(slots),
        policy: parts.policy,
        channels: parts.channels,
      }),
    )
    batch.beat = now()
    for (const slot of slots) parts.outbox().settle(slot, 'stored')
    refusals = 0
    if (claims.length > 0) await parts.send(claims)
  }

  /** Up to 4 tries within 20 s; null when stored, else why not. */
  async function tries(batch: Batch): Promise<StoreError | null> {
    const { owner } = batch
    if (batch.firstTryAt === 0) batch.firstTryAt = now()
    for (;;) {
      batch.tries++
      try {
        await write(batch, open(batch))
        return null
      } catch (error) {
        const failure = asStoreError(error)
        if (batch.owner !== owner) return null
        if (failure.failure !== 'transient') return failure
        if (batch.tries >= LIMITS.tries) return failure
        const pause = backoff(batch.tries, failure.retryAfterMs)
        if (now() + pause - batch.firstTryAt > LIMITS.windowMs) return failure
        batch.beat = now()
        await sleep(pause)
        if (batch.owner !== owner) return null
      }
    }
  }

  /** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
  function backoff(tried: number, retryAfterMs: number | undefined): number {
    const ceiling = Math.min(LIMITS.backoffCapMs, LIMITS.backoffMs * 2 ** (tried - 1))
    return Math.max(parts.random() * ceiling, Math.min(retryAfterMs ?? 0, LIMITS.backoffCapMs * 2))
  }

  /** A record that the store refuses is found by halving; the rest is stored. */
  async function isolate(batch: Batch, slots: readonly Slot[]): Promise<void> {
    const middle = slots.length >> 1
    for (const half of [slots.slice(0, middle), slots.slice(middle)]) {
      if (half.length === 0) continue
      try {
        await write(batch, half)
      } catch (error) {
        const failure = asStoreError(error)
        if (failure.failure === 'poison' && half.length > 1) await isolate(batch, half)
        else await handOver(batch, half, failure)
      }
    }
  }

  async function handOver(
    batch: Batch,
    slots: readonly Slot[],
    failure: StoreError,
  ): Promise<void> {
    const outbox = parts.outbox()
    const left = slots.filter((slot) => !slot.settled)
    if (left.length === 0) return
    if (fallback !== undefined && failure.failure !== 'poison') {
      batch.beat = now()
      try {
        await within(LIMITS.tryMs, fallback.put(entriesOf(left)))
        for (const slot of left) outbox.settle(slot, 'fallback')
      } catch {
        // The fallback is one of several sinks; the next one is the log, below.
        logger.trouble('fallback', `the fallback ${fallback.name} refused ${left.length} records`)
      }
    }
    for (const slot of left) outbox.giveUp(slot, failure.message)
    if (failure.failure !== 'poison') await parts.sendUnstored(entriesOf(left))
  }

  /** After a success, what the fallback keeps is put back, as far as the store takes it. */
  async function replay(): Promise<void> {
    if (fallback?.replay === undefined || replaying) return
    replaying = true
    try {
      await fallback.replay((entries) => writeAgain(parts, entries).then(() => {}))
    } catch {
      // It stays in the fallback and is tried again after the next success.
      logger.trouble('replay', `putting back the records of ${fallback.name} failed`)
    } finally {
      replaying = false
    }
  }

  return async function deliver(batch) {
    const barred = fallback !== undefined && refusals >= LIMITS.breakerBatches && now() < probeAt
    if (barred) return handOver(batch, open(batch), new StoreError('transient'))
    const { owner } = batch
    const refusal = await tries(batch)
    if (batch.owner !== owner) return
    if (refusal === null) return replay()
    logger.trouble(`store ${refusal.failure}`, refusal.message)
    if (refusal.failure === 'poison' && batch.slots.length > 1) return isolate(batch, open(batch))
    if (refusal.failure !== 'poison') {
      refusals++
      probeAt = now() + LIMITS.breakerMs
    }
    await handOver(batch, open(batch), refusal)
  }
}
