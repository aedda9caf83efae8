import * as limits from './limits.ts'
import type { Batch, BufferedOccurrence, Outbox } from './outbox.ts'

export interface FlusherParts {
  outbox: Outbox
  now: () => number
  sleep: (ms: number) => Promise<void>
  /**
   * Delivers a batch before its `end`. All of its occurrences have then ended, unless another
   * request took the batch over.
   */
  deliver: (batch: Batch) => Promise<void>
  /** Called with an error that `deliver` threw. Such an error is klaxon's own fault. */
  onError: (error: unknown) => void
}

export interface Flusher {
  /**
   * Whether the request of a new occurrence must wait for its batch. false when enough others wait.
   */
  mustWait(item: BufferedOccurrence, ctx: unknown): boolean
  /** Undoes `mustWait` for a request whose context did not take the promise. */
  forget(batch: Batch, ctx: unknown): void
  /**
   * Resolves when all occurrences of a batch have ended. Called in a request that has an occurrence
   * in the batch.
   */
  flush(batch: Batch, latest?: number): Promise<void>
  /**
   * Resolves when all occurrences in memory have ended, by `latest` (Unix ms). The rest goes to the
   * log.
   */
  flushAll(latest: number): Promise<void>
}

/**
 * Decides which request flushes a batch. In workerd, a request's promise or I/O may never resolve
 * for another request. So the first few requests of a batch each set a timer. The first to wake
 * flushes the batch; the others watch it, and take the batch over if it dies. When all of them have
 * died, a later request flushes the batch.
 */
export function createFlusher({ outbox, now, sleep, deliver, onError }: FlusherParts): Flusher {
  function isDead(batch: Batch): boolean {
    return now() - batch.lastActiveAt > limits.DEAD_MS
  }

  /** Delivers a new batch, or a batch whose flusher died. Writing occurrences twice is harmless. */
  async function run(batch: Batch, end: number): Promise<void> {
    const flusher = Symbol('flusher')
    Object.assign(batch, { flusher, lastActiveAt: now(), end: Math.min(end, batch.latest) })
    if (!batch.isSealed) outbox.seal(batch)
    try {
      await deliver(batch)
    } catch (error) {
      // klaxon itself failed. The occurrences go to the log.
      onError(error)
      if (batch.flusher !== flusher) return
      for (const each of batch.items) outbox.giveUp(each, 'klaxon failed to deliver it')
    }
  }

  async function flush(batch: Batch, latest = Infinity): Promise<void> {
    // A full batch waits for one turn only, so that the response goes out first.
    if (!batch.isSealed) await sleep(isFull(batch) ? 0 : limits.LINGER_MS)
    // Counted from here, because the process may have been frozen meanwhile.
    const end = Math.min(latest, now() + limits.FLUSH_MS - limits.LINGER_MS)
    while (isOpen(batch)) {
      if (now() >= end) for (const each of batch.items) outbox.giveUp(each, 'not stored in time')
      else if (!batch.isSealed || isDead(batch)) await run(batch, end)
      else await sleep(limits.POLL_MS)
    }
    const lastStart = end - limits.FLUSH_MS * limits.HAND_OVER_SHARE - limits.TRY_MS
    for (const orphan of orphans(lastStart)) await run(orphan, end)
  }

  /** Batches whose requests have died. */
  function* orphans(until: number): Iterable<Batch> {
    for (const { addedAt, batch } of outbox.open()) {
      if (now() > until || now() - addedAt <= limits.ORPHAN_MS) return
      if (!batch.isSealed || isDead(batch)) yield batch
    }
  }

  return {
    mustWait({ batch }, ctx) {
      const { contexts, formedAt } = batch
      // The waiting requests should have flushed by now: assume that they died.
      const isLate = now() - formedAt > limits.LINGER_MS * 2
      const isKnown = ctx !== undefined && contexts.includes(ctx)
      // Work without a context may die with any request, so a request with a context counts only
      // others with one.
      const peers = ctx === undefined ? contexts : contexts.filter((each) => each !== undefined)
      const areEnough = isKnown || peers.length >= limits.WAITING_REQUESTS
      if (!isFull(batch) && !isLate && areEnough) return false
      contexts.push(ctx)
      return true
    },
    forget({ contexts }, ctx) {
      contexts[contexts.lastIndexOf(ctx)] = undefined
    },
    flush,
    async flushAll(latest) {
      const batches = new Set(Array.from(outbox.open(), ({ batch }) => batch))
      // Any flusher of these batches ends by then, the fallback included.
      for (const batch of batches) {
        batch.latest = Math.min(batch.latest, latest)
        batch.end = Math.min(batch.end, latest)
      }
      await Promise.all(Array.from(batches, (batch) => flush(batch, latest)))
    },
  }
}

function isOpen(batch: Batch): boolean {
  return batch.items.some(({ hasEnded }) => !hasEnded)
}

/** Whether the batch takes no more occurrences. Its last request flushes it at once. */
function isFull({ items }: Batch): boolean {
  return items.length >= limits.BATCH_OCCURRENCES
}
