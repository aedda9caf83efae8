import { LIMITS } from './_limits.ts'
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
  /** Sees one record through, in the context of the request it belongs to. */
  one(slot: Slot): Promise<void>
  /** Sees every record through. */
  all(): Promise<void>
}

/**
 * How records leave without one request waiting for another's promise or I/O, which in workerd may never resolve: each
 * request carries its own record and whatever else waits, or looks on by its own timer while another carries it, and
 * takes the batch over when that one has died.
 */
export function createDrain({ outbox, now, sleep, deliver, onError }: DrainParts): Drain {
  function isDead(batch: Batch): boolean {
    return now() - batch.beat > LIMITS.deadMs
  }

  /** Flushes a record's batch: a new one, or one whose flusher died. The store makes sending it again harmless. */
  async function carry(slot: Slot, end: number): Promise<void> {
    const batch = slot.batch ?? outbox.claim(slot)
    const owner = Symbol('flusher')
    Object.assign(batch, { owner, beat: now() })
    try {
      await deliver(batch, end)
    } catch (error) {
      // A fault of klaxon's own: the records still end, whole, in the log.
      onError(error)
      if (batch.owner !== owner) return
      for (const each of batch.slots) outbox.giveUp(each, 'klaxon failed to deliver it')
    }
  }

  async function one(slot: Slot): Promise<void> {
    const end = now() + LIMITS.drainMs
    // A full batch does not linger, but still leaves the response's path.
    if (slot.batch === null) await sleep(outbox.isRipe() ? 0 : LIMITS.lingerMs)
    while (!slot.settled) {
      if (now() >= end) outbox.giveUp(slot, 'not stored in time')
      else if (slot.batch === null || isDead(slot.batch)) await carry(slot, end)
      else await sleep(LIMITS.pollMs)
    }
    for (const orphan of orphans(end - LIMITS.handOverMs - LIMITS.tryMs)) await carry(orphan, end)
  }

  /** Records whose own request is gone, and with it whoever carried them. */
  function* orphans(until: number): Iterable<Slot> {
    for (const slot of outbox.open()) {
      if (now() > until || now() - slot.addedAt <= LIMITS.orphanMs) return
      if (slot.batch === null || isDead(slot.batch)) yield slot
    }
  }

  return {
    one,
    async all() {
      await Promise.all(Array.from(outbox.open(), one))
    },
  }
}
