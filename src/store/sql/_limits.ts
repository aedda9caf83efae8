/** ms that an occurrence's time may be ahead of the database's clock. */
export const MAX_AHEAD_MS = 300_000

/**
 * ms that the id of an occurrence without a row is kept, so that a second write does not count it.
 */
export const COUNTED_ID_MS = 2 * 24 * 3600_000

/** ms that the id of a row deleted by retention is kept, for the same reason. */
export const PRUNED_COUNTED_ID_MS = 15 * 60_000

/** ms between two records that a channel or a policy is in use. */
export const RECORD_USE_MS = 5 * 60_000

/** ms after its last record for which a policy counts as in use. */
export const POLICY_IN_USE_MS = 10 * 60_000

/** ms after which an alert without a channel is deleted: 7 days. */
export const UNCLAIMED_MS = 7 * 24 * 3600_000

/** Rows of each table that one call of `prune` deletes. */
export const PRUNE_ROWS = 1000

/** Rows of the history that one call of `prune` deletes. */
export const HISTORY_PRUNE_ROWS = 20_000

/** ms between two prunings of the history, which read whole tables. */
export const HISTORY_EVERY_MS = 24 * 3600_000

/** Default of `Retention.perIssue`. */
export const ROWS_PER_ISSUE = 50

/** Default of `Retention.historyMs`: 90 days. */
export const HISTORY_MS = 90 * 24 * 3600_000

/** Characters of an issue's searched text. */
export const MAX_SEARCH_TEXT_LENGTH = 2_000

/** Characters of the route or path of a place. */
export const PLACE_LENGTH = 200

/** Events that a claim reads for what happened before. */
export const EVENTS_READ = 30
