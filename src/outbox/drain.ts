import * as limits from './_limits.ts'
import type { Batch, Outbox, Slot } from './outbox.ts'

export interface DrainParts {
  outbox: Outbox
  now: () => number
  sleep: (ms: number) => Promise<void>
  /** Delivers a batch before `end` (Unix ms): after it every slot is settled, unless the batch was taken over. */
  deliver: (batch: Batch, end: number) => Promise<void>
  /** Told of what `deliver` threw, which is never the store's doing. */
  onError: (error: unknown) => void
}

export interface Drain {
  /** Whether the request of a record just added has to see its batch through, or enough others do. */
  watches(slot: Slot, ctx: unknown): boolean
  /** Takes back that a request sees the batch through: its context did not take the promise. */
  unwatch(batch: Batch, ctx: unknown): void
  /** Sees a batch through, in the context of a request that has a record in it. */
  one(batch: Batch): Promise<void>
  /** Sees every record through. */
  all(): Promise<void>
}

/**
 * How records leave without one request waiting for another's promise or I/O, which in workerd may never resolve: the first
 * few requests of a batch each have a timer of their own. The first to wake carries it, the others look on, and take it over
 * when that one has died. Of a batch whose requests have all died, later ones take care.
 */
export function createDrain({ outbox, now, sleep, deliver, onError }: DrainParts): Drain {
  function isDead(batch: Batch): boolean {
    return now() - batch.beat > limits.DEAD_MS
  }

  function isOpen(batch: Batch): boolean {
    return batch.slots.some((slot) => !slot.settled)
  }

  /** Flushes a new batch, or one whose flusher died. The store makes sending it again harmless. */
  async function carry(batch: Batch, end: number): Promise<void> {
    const owner = Symbol('flusher')
    Object.assign(batch, { owner, beat: now() })
    if (!batch.claimed) outbox.claim(batch)
    try {
      await deliver(batch, end)
    } catch (error) {
      // A fault of klaxon's own: the records still end, whole, in the log.
      onError(error)
      if (batch.owner !== owner) return
      for (const each of batch.slots) outbox.giveUp(each, 'klaxon failed to deliver it')
    }
  }

  async function one(batch: Batch): Promise<void> {
    // A full batch does not linger, but still leaves the response's path.
    if (!batch.claimed) await sleep(isFull(batch) ? 0 : limits.LINGER_MS)
    // From here: a process that was frozen meanwhile has the time it needs.
    const end = now() + limits.DRAIN_MS - limits.LINGER_MS
    while (isOpen(batch)) {
      if (now() >= end) for (const slot of batch.slots) outbox.giveUp(slot, 'not stored in time')
      else if (!batch.claimed || isDead(batch)) await carry(batch, end)
      else await sleep(limits.POLL_MS)
    }
    for (const orphan of orphans(end - limits.HAND_OVER_MS - limits.TRY_MS))
      await carry(orphan, end)
  }

  /** Batches whose own requests are gone, and with them whoever carried them. */
  function* orphans(until: number): Iterable<Batch> {
    for (const { addedAt, batch } of outbox.open()) {
      if (now() > until || now() - addedAt <= limits.ORPHAN_MS) return
      if (!batch.claimed || isDead(batch)) yield batch
    }
  }

  return {
    watches({ batch }, ctx) {
      const { watchers, formedAt } = batch
      // Who has not woken in twice the time is late, or gone.
      const isLate = now() - formedAt > limits.LINGER_MS * 2
      const isKnown = ctx !== undefined && watchers.includes(ctx)
      // Work without a context may end with any request: where there is one, only others of its kind count.
      const peers = ctx === undefined ? watchers : watchers.filter((each) => each !== undefined)
      if (!isFull(batch) && !isLate && (isKnown || peers.length >= limits.WATCHERS)) return false
      watchers.push(ctx)
      return true
    },
    unwatch({ watchers }, ctx) {
      watchers[watchers.lastIndexOf(ctx)] = undefined
    },
    one,
    async all() {
      const batches = new Set(Array.from(outbox.open(), ({ batch }) => batch))
      await Promise.all(Array.from(batches, one))
    },
  }
}

/** Of the records of a batch, the last: who brings it carries it at once. */
function isFull({ slots }: Batch): boolean {
  return slots.length >= limits.BATCH_RECORDS
}
