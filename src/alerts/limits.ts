/**
 * Figures of sending alerts. They stand in a module without imports, so that a bundler can inline
 * them.
 */

/** ms of one try of a channel, and of settling it in the store. */
export const SEND_MS = 3_000
/** ms of one call of the store for a channel's thread. It is part of the channel's time. */
export const THREAD_MS = 1_000
/** ms of mapping a stack before an alert. */
export const MAPS_MS = 500
/** ms of one dispatch. A later flush sends the rest. */
export const DISPATCH_MS = 12_000
/** ms between two writes of an isolate that claim the due alerts of all issues. */
export const DUE_MS = 60_000
/**
 * Issues that an isolate remembers for its own decisions. Beyond it, the issue that was silent
 * longest is dropped.
 */
export const MAX_LOCAL_ISSUES = 1_000
/** Alerts of all channels that an isolate keeps for its own decisions. */
export const MAX_LOCAL_ALERTS = 2_000
/** ms between two alerts of an issue while the database is away. */
export const UNSTORED_COOLDOWN_MS = 300_000
/** Alerts per minute and channel while the database is away. */
export const UNSTORED_PER_MINUTE = 10
