import { ascii, BACKSLASH } from './bytes.ts'

/** Bits of the keys that the envelope reads. Any other key is 0. */
export const SUCCESS_KEY = 1
export const RESULT_KEY = 2
export const MESSAGE_KEY = 4

/** Bytes of the longest spelling of such a key: every letter of `message` as `\uXXXX`. */
export const MAX_KEY_BYTES = 42

/**
 * The bit of the key between `from` and `to`, with escapes decoded as in `JSON.parse`.
 */
export function keyIn(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length < 6 || length > MAX_KEY_BYTES) return 0
  // An escaped letter takes six bytes, so shorter keys have no escapes.
  if (length > 7 && !hasEscape(bytes, from, to)) return 0
  if (length < 8) {
    const first = bytes[from]
    if (first !== 0x6d && first !== 0x72 && first !== 0x73) return 0
  }
  return keyOf(ascii(bytes, from, to))
}

/** The bit of a key, from its raw text. */
export function keyOf(raw: string): number {
  switch (raw.includes('\\') ? unescaped(raw) : raw) {
    case 'success':
      return SUCCESS_KEY
    case 'result':
      return RESULT_KEY
    case 'message':
      return MESSAGE_KEY
    default:
      return 0
  }
}

function hasEscape(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] === BACKSLASH) return true
  return false
}

function unescaped(raw: string): unknown {
  try {
    return JSON.parse(`"${raw}"`)
  } catch {
    // The key is not a valid string, so it stays in the result.
    return null
  }
}
