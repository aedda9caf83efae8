/**
 * Bytes of a body that is held in memory. A longer body streams. In workerd, holding 100 KB takes
 * 0.7 times the CPU of streaming, and from 400 KB to 1 MB the same; a held body can still go out
 * unchanged. To measure again, run the `klaxon` of bench/kernels/bodies.ts over bodies of 100 KB to
 * 1 MB with this at 64 KB and at 1 MB, in turns.
 */
export const MAX_HELD_BYTES = 1_048_576
/** Characters of a text that takes at most `MAX_HELD_BYTES` in UTF-8. */
export const MAX_HELD_LENGTH = 349_525

/** Bytes of a body that a format parses. A longer body goes out unchanged. */
export const MAX_PARSED_BYTES = 4_194_304

/** Bytes of a plain text that becomes a message. A longer text goes out unchanged. */
export const MAX_PLAIN_TEXT_BYTES = 65_536

/** ms within which a body must end after its first value, or a short text after its start. */
export const END_MS = 50

/** ms within which the first value must end after its first byte. A slower body streams. */
export const SLOW_VALUE_MS = 1_000
