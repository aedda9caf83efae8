/** Figures of the outbox, in ms, records and characters; constants of their own, so that a bundler puts them in place. */

/** Records in memory, waiting or on their way. */
export const RECORDS = 1_000
/** Characters in memory; at most two bytes each in every engine. */
export const SIZE = 2_000_000
/** From so many on, what is over the rows of a minute is merged as it comes, not when its batch leaves. */
export const MERGE_RECORDS = 200
export const BATCH_RECORDS = 100
export const BATCH_SIZE = 500_000
export const LINGER_MS = 50
/** Requests that see a batch through: two may die of it. A timer each would cost workerd as much as the record. */
export const WATCHERS = 3
export const POLL_MS = 100
export const TRIES = 4
export const TRY_MS = 4_100
/** Base and cap of the pause between tries, taken with full jitter. */
export const BACKOFF_MS = 200
export const BACKOFF_CAP_MS = 2_000
/** Of what one request does behind its response; Workers end background work 30 s after it. */
export const DRAIN_MS = 25_000
/** Of these, what is kept for the fallback and for an alert: tries end 18 s after the request. */
export const HAND_OVER_MS = 7_000
export const FALLBACK_MS = 4_000
/** One try of a channel, and of telling the store about it. */
export const SEND_MS = 3_000
/** A flusher that has given no sign for longer is dead: every step of a living one is shorter. */
export const DEAD_MS = 5_000
/** An unclaimed record older than this has lost the request that was to flush it. */
export const ORPHAN_MS = 2_000
/** Batches in a row that failed before a fallback, where there is one, goes first; ms until the store is asked again. */
export const BREAKER_BATCHES = 2
export const BREAKER_MS = 5_000

/** ms of asking the store for what a channel keeps in it: it goes off the time that the channel has for the alert. */
export const MEMO_MS = 1_000
/** ms of one dispatch; what is left is given back and is sent by a later flush. */
export const DISPATCH_MS = 12_000
/** ms for which a permanent refusal disables a channel: an hour. */
export const DISABLED_MS = 3_600_000
/** ms for which a channel rests that failed without saying how long: a storm must not try it with every flush. */
export const REST_MS = 10_000

/** Issues remembered where this isolate decides; beyond it the one that was silent longest is forgotten, and would alert anew. */
export const MAX_ISSUES = 1_000
/** Claims kept that could not be sent, in all channels together. */
export const MAX_UNSENT = 100
/** ms after which an alert that could not be sent is no news any more: an hour. */
export const UNSENT_MS = 3_600_000
/** While the database is away: 5 minutes in ms, and alerts a minute. */
export const UNSTORED_COOLDOWN_MS = 300_000
export const UNSTORED_PER_MINUTE = 10

/** Occurrences a minute that get a row of their own, unless the user says how many. */
export const ROWS_PER_MINUTE = 6_000
/** Of one `maintain`: chunks that retention deletes, and claims; what is left is for the next. */
export const MAX_CHUNKS = 50
export const MAX_CLAIMS = 10
/** ms without a sign after which a replay has died with the request it ran in. */
export const REPLAY_DEAD_MS = 4 * DEAD_MS
export const MINUTE_MS = 60_000
