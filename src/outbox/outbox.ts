import type { Draft } from '../core/occurrence.ts'
import type { Entry } from '../core/types.ts'
import * as limits from './_limits.ts'
import type { Stats } from './_stats.ts'

/** A record in memory and what has become of it. */
export interface Slot {
  draft: Draft
  entry: Entry
  size: number
  addedAt: number
  batch: Batch
  settled: boolean
}

/** Records that travel together. Plain data: any request may take it over from one that died. */
export interface Batch {
  slots: Slot[]
  /** Unix ms; it takes records in until it is full or claimed. */
  formedAt: number
  size: number
  /** The contexts of the requests that see it through; undefined where the host has none. */
  watchers: unknown[]
  /** Whether someone carries it, or has; nothing joins it any more. */
  claimed: boolean
  /** By fingerprint, the records that others were merged into as they came. */
  merged: Map<string, Slot>
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
  /** Takes a record in, synchronously, and does what it can't do later. null: there is no room, it went to the log. */
  add(draft: Draft): Slot | null
  /** Completes the records of a batch, off the response's path. Synchronous, so claimed once. */
  claim(batch: Batch): void
  settle(slot: Slot, as: 'stored' | 'fallback' | 'logged' | 'dropped'): void
  /** Settles by the log. */
  giveUp(slot: Slot, reason: string): void
  /** Every record that has not ended, oldest first. */
  open(): ReadonlySet<Slot>
}

/** The isolate's records in memory, and their accounts. */
export function createOutbox(parts: OutboxParts): Outbox {
  const { now, stats } = parts
  const open = new Set<Slot>()
  /** The batch that takes records in. */
  let forming: Batch | null = null
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
    const current = Math.floor(now() / limits.MINUTE_MS)
    if (current !== minute) {
      minute = current
      rows = 0
    }
    return ++rows <= parts.maxRowsPerMinute
  }

  function join(weight: number): Batch {
    const hasRoom =
      forming !== null &&
      forming.slots.length < limits.BATCH_RECORDS &&
      forming.size + weight <= limits.BATCH_SIZE
    return hasRoom ? forming! : (forming = newBatch(now()))
  }

  /** In a flood a fingerprint on the response's path costs less than a place in memory. */
  function mergeNow(draft: Draft): Slot | undefined {
    finish(draft)
    const same = forming?.merged.get(draft.occurrence.fingerprint)
    if (same === undefined || same.settled) return undefined
    same.entry.count++
    stats.inFlight++
    return same
  }

  /** Occurrences over the rows of this minute only count: those of one issue become one record. */
  function merge(batch: Batch): void {
    const merged = new Map<string, Slot>()
    batch.slots = batch.slots.filter((slot) => {
      const { occurrence, row } = slot.entry
      const same = row ? undefined : merged.get(occurrence.fingerprint)
      if (same === undefined) {
        if (!row) merged.set(occurrence.fingerprint, slot)
        return true
      }
      same.entry.count += slot.entry.count
      leave(slot)
      return false
    })
  }

  function leave(slot: Slot): void {
    slot.settled = true
    open.delete(slot)
    size -= slot.size
  }

  /** Ends the record's stay; false when it had ended before. */
  function release(slot: Slot): boolean {
    if (slot.settled) return false
    leave(slot)
    stats.inFlight -= slot.entry.count
    return true
  }

  function giveUp(slot: Slot, reason: string): void {
    if (!release(slot)) return
    finish(slot.draft)
    lastResort(slot.entry, reason)
  }

  return {
    add(draft) {
      stats.captured++
      const weight = draft.size
      const entry: Entry = { occurrence: draft.occurrence, count: 1, row: hasRow() }
      const merges = !entry.row && open.size >= limits.MERGE_RECORDS
      const same = merges ? mergeNow(draft) : undefined
      if (same !== undefined) return same
      if (open.size >= limits.RECORDS || size + weight > limits.SIZE) {
        finish(draft)
        lastResort(entry, 'the outbox is full')
        return null
      }
      const batch = join(weight)
      const slot: Slot = { draft, entry, size: weight, addedAt: now(), batch, settled: false }
      batch.slots.push(slot)
      batch.size += weight
      size += weight
      stats.inFlight++
      open.add(slot)
      if (merges) batch.merged.set(draft.occurrence.fingerprint, slot)
      return slot
    },

    claim(batch) {
      batch.claimed = true
      // Nothing joins it any more, and nothing of it is held beyond its time.
      if (forming === batch) forming = null
      batch.merged.clear()
      batch.slots = batch.slots.filter(({ settled }) => !settled)
      for (const { draft } of batch.slots) if (draft.occurrence.fingerprint === '') finish(draft)
      merge(batch)
      for (const { entry } of batch.slots) {
        try {
          parts.announce(entry)
        } catch (error) {
          // The line beside the row: the row still comes.
          parts.onError(error)
        }
      }
    },

    settle(slot, as) {
      if (!release(slot)) return
      if (as === 'dropped') drop('log is off', slot.entry.count)
      else stats[as] += slot.entry.count
    },

    giveUp,
    open: () => open,
  }
}

function newBatch(now: number): Batch {
  return {
    slots: [],
    formedAt: now,
    size: 0,
    watchers: [],
    claimed: false,
    merged: new Map(),
    tries: 0,
    beat: now,
    owner: Symbol('flusher'),
  }
}
