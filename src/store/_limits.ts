/** Where occurrences of new issues over the daily cap are counted. */
export const OVERFLOW = 'v1:overflow'

export const OVERFLOW_TITLE = 'More new issues than a day may bring'

/** New issues per UTC day and store: a scanner cannot fill the table. */
export const NEW_ISSUES_PER_DAY = 1000

/**
 * ms that a claim belongs to its sender. Longer than a Worker's `waitUntil` lives (30 s), and short enough that what a
 * dead sender left is sent again within a minute.
 */
export const LEASE_MS = 45_000

/** Claims per channel and call; the next call has the rest. */
export const LEASES = 20

/** ms that the per-minute budget looks back, and that a digest waits for more to tell. */
export const MINUTE_MS = 60_000

/** ms that the id of a merged entry is kept, so that its batch may be sent again. */
export const TALLY_MS = 2 * 24 * 3600_000

/** ms that the id of a row that retention took is kept, for the same reason. */
export const PRUNED_TALLY_MS = 15 * 60_000

/** ms that a sent alert stays; the budget needs a minute of it. */
export const SENT_MS = 3600_000

/** ms after which an alert that could not be sent is no news any more. */
export const UNSENT_MS = 24 * 3600_000

/** Rows that one call of `prune` deletes per table. */
export const PRUNE_CHUNK = 1000

const DAY_MS = 24 * 3600_000

/** Unix ms of the UTC day's first moment. */
export function dayStart(now: number): number {
  return now - (now % DAY_MS)
}
