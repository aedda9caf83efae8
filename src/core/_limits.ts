/**
 * Figures of the core. Here and not beside their use, because a bundler puts constants in place that come from a module
 * without imports.
 */

/** What one occurrence keeps: bytes, and characters of what a column holds at most. */
export const MAX_MESSAGE = 2_048
export const MAX_STACK = 16_384
export const MAX_SHORT = 512
export const MAX_PATH = 2_048
export const MAX_RECORD = 32_768
export const MAX_CAUSES = 6
/** Bytes: twice a message and what is looked at beyond its cut, so that what is cut here never shows there. */
export const MAX_THROWN_TEXT = 12_288

/** Characters of a fingerprint's message; what follows them does not tell issues apart. */
export const MAX_LINE = 400
export const MAX_TITLE = 200
export const MAX_SEGMENTS = 12

/** What a copy of a value keeps: levels, members of one object or array, and bytes of one text. */
export const MAX_DEPTH = 6
export const MAX_MEMBERS = 100
export const MAX_STRING = 2_048

/** Characters that redaction looks at beyond a cut, so that a secret across it is still known as one. */
export const MARGIN = 4_096
/** Bytes of a path or a query, of one header, and of all. */
export const MAX_URL = 2_048
export const MAX_HEADER = 512
export const MAX_HEADERS = 4_096
/** Texts and keys that redaction remembers, as a storm repeats itself. */
export const MAX_KNOWN = 128
/** Characters of what it remembers: short texts vary and cost little, long ones would fill the memory. */
export const MIN_KNOWN_LENGTH = 64
export const MAX_KNOWN_LENGTH = 4_096
/** Characters within which the value of a named key is looked for. */
export const NEAR_NAME = 256

/** 5 minutes in ms, and alerts a minute: the policy unless the user says otherwise. */
export const COOLDOWN_MS = 300_000
export const PER_MINUTE = 10
/** A minute, in ms: how often one kind of failure of klaxon's own is told. */
export const MINUTE = 60_000
/** Bytes of what is told of it. */
export const MAX_REASON = 1_024
