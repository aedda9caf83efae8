import { type Draft, weigh } from '../core/occurrence.ts'
import type { Entry } from '../core/types.ts'
import { LIMITS } from './_limits.ts'
import type { Stats } from './_stats.ts'

/** A record in memory and what has become of it. */
export interface Slot {
  draft: Draft
  entry: Entry
  size: number
  addedAt: number
  batch: Batch | null
  settled: boolean
}

/** Records that travel together. Plain data: any request may take it over from one that died. */
export interface Batch {
  slots: Slot[]
  tries: number
  /** The flusher's last sign of life, Unix ms. */
  beat: number
  /** Changes hands at a takeover; a flusher that lost it stops. */
  owner: symbol
}

export interface OutboxParts {
  now: () => number
  /** Fingerprint and title: needed to merge and to write. */
  finish: (draft: Draft) => void
  /** The last resort; false when even the log refused. */
  log(entry: Entry, reason: string): boolean
  /** Told of each record when it leaves, off the response's path. */
  announce(entry: Entry): void
  /** Told of faults of klaxon's own. */
  onError: (error: unknown) => void
  maxRowsPerMinute: number
  /** The counters, shared by all outboxes of one klaxon. */
  stats: Stats
}

export interface Outbox {
  /** Takes a record in, synchronously. null: it went to the log at once, because the outbox is full. */
  add(draft: Draft): Slot | null
  /** Puts a batch together: this record first, then the oldest, up to the caps. Synchronous, so claimed once. */
  claim(first: Slot): Batch
  settle(slot: Slot, as: 'stored' | 'fallback' | 'logged' | 'dropped'): void
  /** Settles by the log. */
  giveUp(slot: Slot, reason: string): void
  /** Whether enough waits for a full batch. */
  isRipe(): boolean
  /** Every record that has not ended, oldest first. */
  open(): Iterable<Slot>
}

/** The isolate's records in memory, and their accounts. */
export function createOutbox(parts: OutboxParts): Outbox {
  const { now, stats } = parts
  const open = new Set<Slot>()
  const waiting = new Set<Slot>()
  const merged = new Map<string, Slot>()
  let size = 0
  let minute = 0
  let rows = 0

  /** Of klaxon's own steps none may lose a record that is already counted in. */
  function finish(draft: Draft): void {
    try {
      parts.finish(draft)
    } catch (error) {
      parts.onError(error)
      draft.occurrence.fingerprint ||= 'v1:unknown'
      draft.occurrence.title ||= 'Unknown error'
    }
  }

  function lastResort(entry: Entry, reason: string): void {
    if (parts.log(entry, reason)) stats.logged += entry.count
    else drop('log refused', entry.count)
  }

  function drop(reason: string, count: number): void {
    stats.dropped[reason] = (stats.dropped[reason] ?? 0) + count
  }

  /** Whether this occurrence still gets a row of its own in this minute. */
  function hasRow(): boolean {
    const current = Math.floor(now() / 60_000)
    if (current !== minute) {
      minute = current
      rows = 0
    }
    return ++rows <= parts.maxRowsPerMinute
  }

  /** From here on its count stands: the next of its kind is a record of its own. */
  function unmerge({ entry }: Slot): void {
    const { fingerprint } = entry.occurrence
    if (merged.get(fingerprint)?.entry === entry) merged.delete(fingerprint)
  }

  /** Ends the record's stay; false when it had ended before. */
  function release(slot: Slot): boolean {
    if (slot.settled) return false
    slot.settled = true
    waiting.delete(slot)
    open.delete(slot)
    unmerge(slot)
    size -= slot.size
    stats.inFlight -= slot.entry.count
    return true
  }

  return {
    add(draft) {
      const weight = weigh(draft.occurrence)
      const row = hasRow()
      if (!row) {
        finish(draft)
        const same = merged.get(draft.occurrence.fingerprint)
        if (same !== undefined) {
          same.entry.count++
          stats.captured++
          stats.inFlight++
          return same
        }
      }
      stats.captured++
      const entry: Entry = { occurrence: draft.occurrence, count: 1, row }
      if (open.size >= LIMITS.records || size + weight > LIMITS.size) {
        finish(draft)
        lastResort(entry, 'the outbox is full')
        return null
      }
      const slot: Slot = { draft, entry, size: weight, addedAt: now(), batch: null, settled: false }
      size += weight
      stats.inFlight++
      open.add(slot)
      waiting.add(slot)
      if (!row) merged.set(draft.occurrence.fingerprint, slot)
      return slot
    },

    claim(first) {
      const batch: Batch = { slots: [], tries: 0, beat: now(), owner: Symbol('flusher') }
      let total = 0
      const take = (slot: Slot): void => {
        finish(slot.draft)
        unmerge(slot)
        waiting.delete(slot)
        slot.batch = batch
        batch.slots.push(slot)
        total += slot.size
        try {
          parts.announce(slot.entry)
        } catch (error) {
          // The line beside the row: the row still comes.
          parts.onError(error)
        }
      }
      take(first)
      for (const slot of waiting) {
        if (batch.slots.length >= LIMITS.batchRecords) break
        if (total + slot.size > LIMITS.batchSize) break
        take(slot)
      }
      return batch
    },

    settle(slot, as) {
      if (!release(slot)) return
      if (as === 'dropped') drop('log is off', slot.entry.count)
      else stats[as] += slot.entry.count
    },

    giveUp(slot, reason) {
      if (!release(slot)) return
      finish(slot.draft)
      lastResort(slot.entry, reason)
    },

    isRipe: () => waiting.size >= LIMITS.batchRecords,
    open: () => open,
  }
}
