/**
 * Figures of the outbox. They stand in a module without imports, so that a bundler can inline them.
 */

/** Occurrences in memory, in flight included. */
export const MAX_BUFFERED_OCCURRENCES = 1_000
/**
 * Occurrences in memory from which the fallback replaces further tries, before the outbox is full.
 */
export const CROWDED_OCCURRENCES = 500
/** Characters in memory. Engines use at most two bytes for each: 4 MB. */
export const MAX_BUFFERED_LENGTH = 2_000_000
/**
 * Occurrences in memory with a status below 500. The rest of the room is for throws and 5xx, so
 * that a flood of 4xx does not push them out.
 */
export const MAX_CLIENT_ERRORS = 750
/** Characters in memory of occurrences with a status below 500. */
export const MAX_CLIENT_ERRORS_LENGTH = 1_500_000
/**
 * Occurrences in memory from which new ones without a row are merged at once, not when their batch
 * is sealed.
 */
export const MERGE_FROM_OCCURRENCES = 200
/** Occurrences of one batch. */
export const BATCH_OCCURRENCES = 100
/** Characters of one batch. */
export const BATCH_LENGTH = 500_000
/** ms that a batch waits for more occurrences. */
export const LINGER_MS = 50
/**
 * Requests that wait for a batch, so that two of them may die. A timer for every request would cost
 * workerd as much as its occurrence.
 */
export const WAITING_REQUESTS = 3
/** ms between two looks at a batch that another request flushes. */
export const POLL_MS = 100

/**
 * Batches in flight to one store.
 */
export const BATCHES_IN_FLIGHT = 2
/** ms between two looks whether a batch has arrived. */
export const IN_FLIGHT_POLL_MS = 25
/** ms after which a batch in flight has died with its request. No try takes so long. */
export const IN_FLIGHT_DEAD_MS = 6_000

/** Corrections of the account that wait for the store. Later outcomes wait in the counters. */
export const MAX_UNCONFIRMED_CORRECTIONS = 20

/** ms of one try at most. */
export const TRY_MS = 4_100
/** ms of the last try at least. */
export const MIN_TRY_MS = 1_500
/**
 * Starts of the four tries, in ms after the first. Each start is moved by up to a quarter, so that
 * isolates do not try at once.
 */
export const TRY_AT_MS: readonly number[] = [0, 600, 3_500, 11_000]
/** ms between two tries at least. */
export const MIN_PAUSE_MS = 100
/** ms between two looks at the batch during a pause. */
export const CHECK_MS = 250

/** ms that one request works after its response. Workers end such work after 30 s. */
export const FLUSH_MS = 25_000
/**
 * Share of that time for the fallback and an alert. Tries end 18 s after the response.
 */
export const HAND_OVER_SHARE = 0.28
/** ms of the fallback at most. */
export const FALLBACK_MS = 4_000
/** ms that remain for the log after the fallback. */
export const LOG_MS = 100
/** ms after which a flusher without a step is dead. Every step takes less. */
export const DEAD_MS = 5_000
/** ms after which an occurrence without a flusher has lost its request. */
export const ORPHAN_MS = 2_000
/**
 * Failed batches in a row after which the fallback comes first.
 */
export const BREAKER_BATCHES = 2
/** ms for which the fallback then comes first. */
export const BREAKER_MS = 5_000

/**
 * Default of `maxRowsPerMinute`.
 */
export const ROWS_PER_MINUTE = 6_000
/** Browser reports per minute that get a row. */
export const BROWSER_ROWS_PER_MINUTE = 60
/** Default of `rowsPerIssueAnHour`. */
export const ROWS_PER_ISSUE_AN_HOUR = 100
/** Issues whose rows are counted. Beyond it, the issue that was silent longest is dropped. */
export const MAX_COUNTED_ISSUES = 1_000

/** Chunks that retention deletes in one `maintain`. The next `maintain` continues. */
export const CHUNKS_PER_MAINTAIN = 50
/** Claiming writes of one `maintain`. */
export const MAX_CLAIMS = 10
/** ms after which a replay without a step has died with its request. */
export const REPLAY_DEAD_MS = 4 * DEAD_MS
/** ms for which one klaxon of many has the right to delete old rows. */
export const MAINTAIN_TURN_MS = 60_000
