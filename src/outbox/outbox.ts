import type { CapturedOccurrence, QueuedOccurrence } from '../model/occurrence.ts'
import type { Account } from '../model/store.ts'
import * as limits from './limits.ts'
import { isClientError, type RowLimits } from './rows.ts'
import type { Counters, Sink } from './stats.ts'

/** An occurrence in memory. */
export interface BufferedOccurrence {
  captured: CapturedOccurrence
  queued: QueuedOccurrence
  size: number
  /** Whether the client's own request was at fault. */
  isClients: boolean
  addedAt: number
  batch: Batch
  hasEnded: boolean
}

/**
 * Occurrences that are written together. A batch is plain data, so that a request can take it over
 * from one that died.
 */
export interface Batch {
  items: BufferedOccurrence[]
  /** Unix ms. */
  formedAt: number
  size: number
  /** The contexts of the requests that wait for it. undefined on a host without contexts. */
  contexts: unknown[]
  /** Whether a flusher has begun. No occurrence joins a sealed batch. */
  isSealed: boolean
  /** Occurrences into which later ones were merged, by fingerprint. */
  merged: Map<string, BufferedOccurrence>
  /** Unix ms at which all of its occurrences must have ended, at worst in the log. */
  end: number
  /** Unix ms at which a `flush()` ends the batch. */
  latest: number
  /** Unix ms of the flusher's last step. */
  lastActiveAt: number
  /** Identifies the flusher. It changes at a takeover, and the former flusher stops. */
  flusher: symbol
  /** The report of the isolate's counts, equal for every try. */
  account: Account | null
  /** Attempts of failed tries. Alerts that they may have claimed are not sent. */
  former: string[]
}

export interface OutboxParts {
  now: () => number
  /** Computes fingerprint and title, which merging and writing need. */
  finish: (captured: CapturedOccurrence) => void
  /** Logs the whole occurrence. @returns false when the log threw */
  log(queued: QueuedOccurrence, reason: string): boolean
  /** Called for each occurrence of a sealed batch, after the response has gone out. */
  announce(queued: QueuedOccurrence): void
  /** Called with errors of klaxon's own. */
  onError: (error: unknown) => void
  rows: RowLimits
  counters: Counters
}

export interface Outbox {
  /**
   * Adds an occurrence, synchronously.
   * @returns null when the outbox was full and the occurrence went to the log
   */
  add(captured: CapturedOccurrence): BufferedOccurrence | null
  /** Closes a batch and completes its occurrences, after the response has gone out. */
  seal(batch: Batch): void
  /** Ends an occurrence in a sink. Does nothing when it has ended. */
  end(item: BufferedOccurrence, sink: Sink): void
  /** Ends an occurrence in the log. Does nothing when it has ended. */
  giveUp(item: BufferedOccurrence, reason: string): void
  /** The occurrences that have not ended, oldest first. */
  open(): ReadonlySet<BufferedOccurrence>
}

/** Makes the outbox: the isolate's occurrences in memory. */
export function createOutbox(parts: OutboxParts): Outbox {
  const { now, rows, counters } = parts
  const open = new Set<BufferedOccurrence>()
  /** The batch that new occurrences join. */
  let forming: Batch | null = null
  let size = 0
  /** Open occurrences with a status below 500. Clients can cause any number of them. */
  let clientErrors = 0
  let clientErrorsLength = 0

  /** An error of klaxon's own must not lose a counted occurrence. */
  function finish({ captured, queued }: Pick<BufferedOccurrence, 'captured' | 'queued'>): void {
    const { occurrence } = captured
    if (occurrence.fingerprint !== '') return
    try {
      parts.finish(captured)
      if (queued.row && isClientError(occurrence)) queued.row = rows.inHour(occurrence.fingerprint)
    } catch (error) {
      parts.onError(error)
      occurrence.fingerprint ||= 'v1:unknown'
      occurrence.title ||= 'Unknown error'
    }
  }

  function lastResort(queued: QueuedOccurrence, reason: string): void {
    const isLogged = parts.log(queued, reason)
    counters.ended(isLogged ? 'logged' : 'dropped', queued.count, 'log refused')
  }

  function hasRoom(weight: number, isClients: boolean): boolean {
    const isFull =
      open.size >= limits.MAX_BUFFERED_OCCURRENCES || size + weight > limits.MAX_BUFFERED_LENGTH
    const isShareUsed =
      clientErrors >= limits.MAX_CLIENT_ERRORS ||
      clientErrorsLength + weight > limits.MAX_CLIENT_ERRORS_LENGTH
    return !isFull && !(isClients && isShareUsed)
  }

  function join(weight: number): Batch {
    const hasRoom =
      forming !== null &&
      forming.items.length < limits.BATCH_OCCURRENCES &&
      forming.size + weight <= limits.BATCH_LENGTH
    return hasRoom ? forming! : (forming = newBatch(now()))
  }

  /** Merges a batch's occurrences of one issue that get no row. */
  function merge(batch: Batch): void {
    const merged = new Map<string, BufferedOccurrence>()
    batch.items = batch.items.filter((item) => {
      const { occurrence, row, count } = item.queued
      const same = row ? undefined : merged.get(occurrence.fingerprint)
      if (same === undefined) {
        if (!row) merged.set(occurrence.fingerprint, item)
        return true
      }
      same.queued.count += count
      leave(item)
      return false
    })
  }

  function leave(item: BufferedOccurrence): void {
    item.hasEnded = true
    open.delete(item)
    if (item.isClients) {
      clientErrors--
      clientErrorsLength -= item.size
    }
    if (item.batch.account !== null) counters.ofReportEnded(item.queued.count)
    size -= item.size
  }

  return {
    add(captured) {
      const { occurrence, size: weight } = captured
      const queued: QueuedOccurrence = { occurrence, count: 1, row: rows.inMinute(occurrence) }
      const isClients = isClientError(occurrence)
      // In a flood, computing a fingerprint before the response costs less than keeping the
      // occurrence.
      const merges = open.size >= limits.MERGE_FROM_OCCURRENCES && (!queued.row || isClients)
      if (merges) finish({ captured, queued })
      counters.captured()
      const isRowless = merges && !queued.row
      const same = isRowless ? forming?.merged.get(occurrence.fingerprint) : undefined
      if (same !== undefined && !same.hasEnded) {
        same.queued.count++
        return same
      }
      if (!hasRoom(weight, isClients)) {
        finish({ captured, queued })
        lastResort(queued, 'the outbox is full')
        return null
      }
      const batch = join(weight)
      const addedAt = now()
      const item: BufferedOccurrence = {
        captured,
        queued,
        size: weight,
        isClients,
        addedAt,
        batch,
        hasEnded: false,
      }
      batch.items.push(item)
      batch.size += weight
      size += weight
      open.add(item)
      if (isClients) {
        clientErrors++
        clientErrorsLength += weight
      }
      if (isRowless) batch.merged.set(occurrence.fingerprint, item)
      return item
    },

    seal(batch) {
      batch.isSealed = true
      // The maps must not keep ended occurrences in memory.
      if (forming === batch) forming = null
      batch.merged.clear()
      batch.items = batch.items.filter(({ hasEnded }) => !hasEnded)
      for (const item of batch.items) finish(item)
      merge(batch)
      for (const { queued } of batch.items) {
        try {
          parts.announce(queued)
        } catch (error) {
          // Only the log line is lost. The row is still written.
          parts.onError(error)
        }
      }
    },

    end(item, sink) {
      if (item.hasEnded) return
      leave(item)
      counters.ended(sink, item.queued.count)
    },

    giveUp(item, reason) {
      if (item.hasEnded) return
      leave(item)
      finish(item)
      lastResort(item.queued, reason)
    },

    open: () => open,
  }
}

function newBatch(now: number): Batch {
  return {
    items: [],
    formedAt: now,
    size: 0,
    contexts: [],
    isSealed: false,
    merged: new Map(),
    end: Infinity,
    latest: Infinity,
    lastActiveAt: now,
    flusher: Symbol('flusher'),
    account: null,
    former: [],
  }
}
