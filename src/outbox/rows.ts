import type { Occurrence } from '../model/occurrence.ts'
import * as limits from './limits.ts'
import { HOUR_MS, MINUTE_MS } from '../util/time-units.ts'

export interface RowLimits {
  /** Counts an occurrence. @returns whether this minute has a row left for it */
  inMinute(occurrence: Pick<Occurrence, 'kind'>): boolean
  /** Counts a client error. @returns whether its issue has a row left in this hour */
  inHour(fingerprint: string): boolean
}

export interface RowOptions {
  now: () => number
  /** Infinity means no limit, for both. */
  maxRowsPerMinute: number
  rowsPerIssueAnHour: number
}

/**
 * Whether the client's request was at fault. A client can cause any number of these.
 */
export function isClientError({ kind, status }: Pick<Occurrence, 'kind' | 'status'>): boolean {
  return (kind === 'status' || kind === 'thrown') && status >= 400 && status < 500
}

/** Decides which occurrences become a row. The others are only counted in their issue. */
export function createRowLimits(options: RowOptions): RowLimits {
  const { now, maxRowsPerMinute, rowsPerIssueAnHour } = options
  let minute = 0
  let rows = 0
  let browserRows = 0
  let hour = 0
  const byIssue = new Map<string, number>()

  return {
    inMinute({ kind }) {
      const current = Math.floor(now() / MINUTE_MS)
      if (current !== minute) {
        minute = current
        rows = browserRows = 0
      }
      if (kind === 'browser') return ++browserRows <= limits.BROWSER_ROWS_PER_MINUTE
      return ++rows <= maxRowsPerMinute
    },
    inHour(fingerprint) {
      const current = Math.floor(now() / HOUR_MS)
      if (current !== hour) {
        hour = current
        byIssue.clear()
      }
      const count = (byIssue.get(fingerprint) ?? 0) + 1
      byIssue.delete(fingerprint)
      byIssue.set(fingerprint, count)
      if (byIssue.size > limits.MAX_COUNTED_ISSUES) byIssue.delete(byIssue.keys().next().value!)
      return count <= rowsPerIssueAnHour
    },
  }
}
