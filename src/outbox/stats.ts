import type { Account } from '../model/store.ts'

/**
 * Counts of occurrences. At every moment `captured = stored + fallback + logged + dropped +
 * inFlight`.
 */
export interface Stats {
  captured: number
  stored: number
  /** Handed to the fallback. */
  fallback: number
  /** Written to the log as a last resort. */
  logged: number
  /** By reason. Empty unless the log refused. */
  dropped: Record<string, number>
  inFlight: number
  /** Requests that failed because the client had left. They are not captured. */
  aborted: number
}

/** Where an occurrence ends. */
export type Sink = 'stored' | 'fallback' | 'logged' | 'dropped'

export function createStats(): Stats {
  return {
    captured: 0,
    stored: 0,
    fallback: 0,
    logged: 0,
    dropped: {},
    inFlight: 0,
    aborted: 0,
  }
}

/** The counters of one outbox. */
export interface Counters {
  captured(): void
  /** Counts the end of `count` occurrences. */
  ended(sink: Sink, count: number, reason?: string): void
  /** The report of a batch of `count` occurrences. It counts all of them as stored. */
  report(count: number): Omit<Account, 'id'>
  /** All other outcomes since the last correction. null when there are none. */
  correction(): Omit<Account, 'id'> | null
  /** Notes that `count` occurrences of a reported batch have ended. */
  ofReportEnded(count: number): void
  /**
   * Undoes the report of a batch that the store did not take.
   * @param open how many occurrences of the batch have not ended
   */
  takeBack(report: Omit<Account, 'id'>, open: number): void
}

/** @param stats the klaxon's, shared by all of its outboxes */
export function createCounters(stats: Stats): Counters {
  /** Counts of this outbox that are not reported yet. */
  const unreported = { stored: 0, fallback: 0, logged: 0, dropped: 0 }
  /** Occurrences that a report counts as stored, and that have not ended. */
  let pending = 0

  return {
    captured() {
      stats.captured++
      stats.inFlight++
    },
    ended(sink, count, reason = 'log is off') {
      stats.inFlight -= count
      if (sink === 'dropped') stats.dropped[reason] = (stats.dropped[reason] ?? 0) + count
      else stats[sink] += count
      unreported[sink] += count
    },
    report(count) {
      pending += count
      // Negative until `ended` counts the batch. Then it is zero.
      unreported.stored -= count
      return { captured: count, stored: count, fallback: 0, logged: 0, dropped: 0 }
    },
    correction() {
      const { fallback, logged, dropped } = unreported
      // Occurrences that a report counts as stored stay with that report until they end.
      const stored = unreported.stored + pending
      if (!stored && !fallback && !logged && !dropped) return null
      Object.assign(unreported, { stored: -pending, fallback: 0, logged: 0, dropped: 0 })
      return { captured: stored + fallback + logged + dropped, stored, fallback, logged, dropped }
    },
    ofReportEnded(count) {
      pending -= count
    },
    takeBack({ stored }, open) {
      pending -= open
      unreported.stored += stored
    },
  }
}
