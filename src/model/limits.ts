/**
 * Figures of the core. They stand in a module without imports, so that a bundler can inline them.
 */

/** Bytes of an occurrence's message. */
export const MAX_MESSAGE_BYTES = 2_048
/** Bytes of an occurrence's stack. */
export const MAX_STACK_BYTES = 16_384
/** Bytes of every other text of an occurrence, such as its route or its user's name. */
export const MAX_FIELD_BYTES = 512
/** Characters of an occurrence's path and of its query. */
export const MAX_PATH_LENGTH = 2_048
/** Bytes of a whole occurrence. */
export const MAX_OCCURRENCE_BYTES = 32_768
/** Causes that an occurrence keeps. */
export const MAX_CAUSES = 6
/**
 * Bytes that are read of a thrown text: two messages and the margin beyond their cuts, so that no
 * later cut falls within what an occurrence shows.
 */
export const MAX_THROWN_TEXT_BYTES = 12_288

/** Characters of a message that the fingerprint contains. The rest does not tell issues apart. */
export const MAX_GROUPED_LINE_LENGTH = 400
/** Characters of an issue's title. */
export const MAX_TITLE_LENGTH = 200

/** Occurrences that a claim reads for the places of its issue. */
export const PLACES_READ = 50

/** Levels of a value that a redacted copy keeps. */
export const MAX_COPY_DEPTH = 6
/** Members of one object or array that a redacted copy keeps. */
export const MAX_COPY_MEMBERS = 100
/** Bytes of one text in a redacted copy. */
export const MAX_COPY_TEXT_BYTES = 2_048

/** Characters beyond a cut that redaction reads, so that it recognises a secret across the cut. */
export const MARGIN_LENGTH = 4_096
/** The margin of a text of at most `MAX_FIELD_BYTES`. A client can send many of those. */
export const SHORT_MARGIN_LENGTH = 1_024
/** Characters of one occurrence that redaction reads. It filters every text after them unread. */
export const MAX_SCANNED_LENGTH = 65_536
/** Characters at each end of a key that decide whether the key is secret. */
export const KEY_END_LENGTH = 128
/** Bytes of a path or a query. */
export const MAX_URL_BYTES = 2_048
/** Bytes of one header. */
export const MAX_HEADER_BYTES = 512
/** Bytes of all headers together. */
export const MAX_ALL_HEADERS_BYTES = 4_096
/** Texts and keys whose redaction is remembered, because the failures of a storm are alike. */
export const MAX_KNOWN_TEXTS = 128
/** Characters of a remembered text at least. Shorter texts vary, and cost little. */
export const MIN_KNOWN_TEXT_LENGTH = 64
/** Characters of a remembered text at most. Longer texts would fill the memory. */
export const MAX_KNOWN_TEXT_LENGTH = 4_096
/** Characters after a key within which its value begins. */
export const NEAR_KEY_LENGTH = 256

/** Default of `alerts.cooldownMs`: 5 minutes. */
export const COOLDOWN_MS = 300_000
/** Default of `alerts.perMinute`. */
export const ALERTS_PER_MINUTE = 10
/** Bytes of the reason in a log line. */
export const MAX_REASON_BYTES = 1_024

/** Default of `alerts.milestones`: 10, 100, 1,000 … 1e9. */
export const MILESTONES: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => 10 ** n)

/**
 * ms that a claim belongs to its sender. It outlasts a Worker's `waitUntil` (30 s), and is short
 * enough that another isolate sends a dead sender's alert within a minute.
 */
export const LEASE_MS = 45_000
/** Alerts of one channel that one write claims. The next write claims the rest. */
export const CLAIMS_PER_CHANNEL = 20
/** ms that a sent alert stays in the table. The budget needs a minute of it. */
export const KEEP_SENT_MS = 3_600_000
/** ms after which an unsent alert goes into the next digest: 24 hours. */
export const UNSENT_TO_DIGEST_MS = 86_400_000
/** ms after which an unused channel counts as replaced: an hour. */
export const CHANNEL_UNUSED_MS = 3_600_000
/** Tries of a message that its channel refuses. After the last one it is given up. */
export const MAX_SEND_TRIES = 5
/** ms until the next try, after the first, the second … refusal: 10 s, 1 min, 10 min, 1 h. */
export const RETRY_MS: readonly number[] = [10_000, 60_000, 600_000, 3_600_000]
/** With `alerts: "quiet"`: occurrences within an hour from which a status below 500 alerts. */
export const QUIET_COUNT = 10
/** Start of the fingerprints of overflow issues. */
export const OVERFLOW_PREFIX = 'v1:overflow:'
