import { ascii, BACKSLASH } from './_bytes.ts'

/** Bits of the keys that matter; any other key is 0. */
export const SUCCESS = 1
export const RESULT = 2
export const MESSAGE = 4

/** Raw bytes of the longest spelling of such a key: every letter of `message` as `\uXXXX`. */
export const KEY_BYTES = 42

/**
 * Which key stands between the quotes at `from` and `to`, escapes read as `JSON.parse` reads them.
 */
export function keyIn(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from
  if (length < 6 || length > KEY_BYTES) return 0
  // An escape that stands for a letter has six bytes, so shorter keys are spelt plainly.
  if (length > 7 && !hasEscape(bytes, from, to)) return 0
  if (length < 8) {
    const first = bytes[from]
    if (first !== 0x6d && first !== 0x72 && first !== 0x73) return 0
  }
  return keyOf(ascii(bytes, from, to))
}

/** The same for the raw text of a key. */
export function keyOf(raw: string): number {
  switch (raw.includes('\\') ? unescaped(raw) : raw) {
    case 'success':
      return SUCCESS
    case 'result':
      return RESULT
    case 'message':
      return MESSAGE
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
    // A key that is no valid string is no key of ours: it stays, and so does its fault.
    return null
  }
}
