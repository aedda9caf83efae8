import type { AlertRecord } from '../../alerts/engine.ts'
import type { EarlierEvent } from '../../model/alert.ts'
import { EVENTS_READ, HISTORY_MS } from '../sql/_limits.ts'

/** The part of the table klaxon_events that alerts show, as a map. */
export function createMemoryHistory() {
  /** Newest first. */
  const events = new Map<string, EarlierEvent[]>()

  function add(fingerprint: string, event: EarlierEvent): void {
    const all = [event, ...(events.get(fingerprint) ?? [])]
    events.set(fingerprint, all.toSorted((a, b) => b.at - a.at).slice(0, EVENTS_READ))
  }

  return {
    sent({ fingerprint, channel, reason }: AlertRecord, at: number): void {
      if (reason !== 'resolved') add(fingerprint, { at, what: 'sent', channel, who: null, reason })
    },
    acted(fingerprint: string, what: string, by: { now: number; who?: string | null }): void {
      add(fingerprint, { at: by.now, what, channel: null, who: by.who ?? null, reason: null })
    },
    before({ fingerprint, createdAt }: AlertRecord): EarlierEvent[] {
      return (events.get(fingerprint) ?? []).filter(({ at }) => at < createdAt)
    },
    prune(now: number, historyMs = HISTORY_MS): void {
      for (const [fingerprint, all] of events) {
        const kept = all.filter(({ at }) => at >= now - historyMs)
        if (kept.length > 0) events.set(fingerprint, kept)
        else events.delete(fingerprint)
      }
    },
  }
}
