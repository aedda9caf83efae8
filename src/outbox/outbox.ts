import type { Draft } from '../core/occurrence.ts'
import { weigh } from '../core/occurrence.ts'
import type { Entry } from '../core/types.ts'
import { LIMITS } from './_limits.ts'

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
  firstTryAt: number
  /** The flusher's last sign of life, Unix ms. */
  beat: number
  /** Changes hands at a takeover; a flusher that lost it stops. */
  owner: symbol
}

/** `captured = stored + fallback + logged + dropped + inFlight`, at every moment. */
export interface Stats {
  captured: number
  stored: number
  /** Handed to the fallback. */
  fallback: number
  /** Written to the log as a last resort. */
  logged: number
  dropped: Record<string, number>
  inFlight: number
}

export interface OutboxParts {
  now: () => number
  sleep: (ms: number) => Promise<void>
  /** Fingerprint and title: needed to merge and to write. */
  finish(draft: Draft): void
  /** Delivers a batch whole: after it every slot is settled, unless the batch was taken over. */
  deliver(batch: Batch): Promise<void>
  /** The last resort; false when even the log refused. */
  log(entry: Entry, reason: string): boolean
  /** Told of each record when it leaves, off the response's path. */
  announce(entry: Entry): void
  maxRowsPerMinute: number
  /** The counters, shared by all outboxes of one klaxon. */
  stats: Stats
}

export interface Outbox {
  /** Takes a record in, synchronously. null: it went to the log at once, because the outbox is full. */
  add(draft: Draft): Slot | null
  /** Sees one record through, in the context of the request it belongs to. */
  drain(slot: Slot): Promise<void>
  /** Sees every record through. */
  drainAll(): Promise<void>
  settle(slot: Slot, as: 'stored' | 'fallback' | 'logged' | 'dropped'): void
  /** Settles by the log. */
  giveUp(slot: Slot, reason: string): void
  /** Whether it holds no record. */
  isEmpty(): boolean
}

export function createStats(): Stats {
  return { captured: 0, stored: 0, fallback: 0, logged: 0, dropped: {}, inFlight: 0 }
}

export function createOutbox(parts: OutboxParts): Outbox {
  const { now, sleep, stats } = parts
  const waiting = new Set<Slot>()
  const merged = new Map<string, Slot>()
  let records = 0
  let size = 0
  let minute = 0
  let rows = 0

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

  function add(draft: Draft): Slot | null {
    stats.captured++
    const row = hasRow()
    if (!row) {
      parts.finish(draft)
      const same = merged.get(draft.occurrence.fingerprint)
      if (same !== undefined) {
        same.entry.count++
        stats.inFlight++
        return same
      }
    }
    const entry: Entry = { occurrence: draft.occurrence, count: 1, row }
    const weight = weigh(draft.occurrence)
    if (records >= LIMITS.records || size + weight > LIMITS.size) {
      parts.finish(draft)
      lastResort(entry, 'the outbox is full')
      return null
    }
    const slot: Slot = { draft, entry, size: weight, addedAt: now(), batch: null, settled: false }
    records++
    size += weight
    stats.inFlight++
    waiting.add(slot)
    if (!row) merged.set(draft.occurrence.fingerprint, slot)
    return slot
  }

  /** Puts a batch together: this record first, then the oldest, up to the caps. Synchronous, so claimed once. */
  function claim(first: Slot): Batch {
    const batch: Batch = {
      slots: [],
      tries: 0,
      firstTryAt: 0,
      beat: now(),
      owner: Symbol('flusher'),
    }
    let total = 0
    const take = (slot: Slot): void => {
      waiting.delete(slot)
      parts.finish(slot.draft)
      parts.announce(slot.entry)
      if (merged.get(slot.entry.occurrence.fingerprint) === slot)
        merged.delete(slot.entry.occurrence.fingerprint)
      slot.batch = batch
      batch.slots.push(slot)
      total += slot.size
    }
    take(first)
    for (const slot of waiting) {
      if (batch.slots.length >= LIMITS.batchRecords || total + slot.size > LIMITS.batchSize) break
      take(slot)
    }
    return batch
  }

  function release(slot: Slot): boolean {
    if (slot.settled) return false
    slot.settled = true
    waiting.delete(slot)
    records--
    size -= slot.size
    stats.inFlight -= slot.entry.count
    return true
  }

  function giveUp(slot: Slot, reason: string): void {
    if (!release(slot)) return
    parts.finish(slot.draft)
    lastResort(slot.entry, reason)
  }

  /** One step towards the record's end: wait for others to join, flush, take over, or look again. */
  async function step(slot: Slot): Promise<void> {
    if (slot.batch === null) {
      // A full batch does not linger, but still leaves the response's path.
      await sleep(waiting.size < LIMITS.batchRecords ? LIMITS.lingerMs : 0)
      if (slot.batch === null && !slot.settled) await parts.deliver(claim(slot))
    } else if (now() - slot.batch.beat > LIMITS.deadMs) {
      // Its flusher died with its request. The whole batch is sent again, which the store makes harmless.
      slot.batch.owner = Symbol('successor')
      await parts.deliver(slot.batch)
    } else {
      // Never awaits the flusher's promise: in workerd, another request's promise may never resolve.
      await sleep(LIMITS.pollMs)
    }
  }

  async function drain(slot: Slot): Promise<void> {
    const end = now() + LIMITS.drainMs
    while (!slot.settled) {
      if (now() >= end) giveUp(slot, 'not stored in time')
      else await step(slot)
    }
    for (let orphan = oldest(); orphan !== undefined && now() < end; orphan = oldest()) {
      await parts.deliver(claim(orphan))
    }
  }

  /** A waiting record whose own request is gone. */
  function oldest(): Slot | undefined {
    const [first] = waiting
    return first !== undefined && now() - first.addedAt > LIMITS.orphanMs ? first : undefined
  }

  return {
    add,
    drain,
    async drainAll() {
      for (const slot of [...waiting]) await drain(slot)
    },
    settle(slot, as) {
      if (!release(slot)) return
      if (as === 'dropped') drop('log is off', slot.entry.count)
      else stats[as] += slot.entry.count
    },
    giveUp,
    isEmpty: () => records === 0,
  }
}
