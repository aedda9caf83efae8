/** Kinds of characters. */
export const WORD = 1
export const SEPARATOR = 2
/** Characters between a key and its separator: `"key" :`, `user[key]=`, `\"key\":`. */
export const CLOSER = 3

/**
 * The kind of each ASCII character. Filled at the first use, to keep loading fast.
 */
export const kinds = new Uint8Array(256)

/**
 * The scanned text, one byte for each UTF-16 unit. A loop over it takes a third of a loop over
 * `charCodeAt`.
 */
export let bytes = new Uint8Array(0)
const MIN_BUFFER_BYTES = 32_768
const encoder = new TextEncoder()
/** Stands for every character without an ASCII equivalent. */
const OTHER = 127

function fillKinds(): void {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz'
  for (const [characters, kind] of [
    [`0123456789${alphabet}${alphabet.toUpperCase()}_-.%\x7f`, WORD],
    [':=', SEPARATOR],
    [' \t"\'`\\[]()*!+?~', CLOSER],
  ] as const) {
    for (const byte of encoder.encode(characters)) kinds[byte] = kind
  }
}

/** Loads the text to scan. @returns its length */
export function load(s: string): number {
  const n = s.length
  if (bytes.length === 0) fillKinds()
  if (n >= bytes.length) bytes = new Uint8Array(Math.max(MIN_BUFFER_BYTES, n * 2))
  if (encoder.encodeInto(s, bytes).written !== n) {
    for (let i = 0; i < n; i++) bytes[i] = asciiOf(s.charCodeAt(i))
  }
  // Ends the last word.
  bytes[n] = 0
  return n
}

/** The ASCII equivalent of a character, of full-width signs too, as in `密码：…`. */
function asciiOf(unit: number): number {
  if (unit === 0x3000) return 32
  return unit > 0xff00 && unit < 0xff5f ? unit - 0xfee0 : Math.min(unit, OTHER)
}

export function isDigit(byte: number): boolean {
  return byte > 47 && byte < 58
}

/** A letter of any alphabet. */
export function isLetter(byte: number): boolean {
  const lower = byte | 32
  return (lower > 96 && lower < 123) || byte === OTHER
}

/** The end of a sticky pattern's match at `at`; -1 without a match. */
export function endOf(pattern: RegExp, s: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(s) ? pattern.lastIndex : -1
}

/** The range of a secret in the scanned text. */
export type Span = [start: number, end: number] | null

/** A text and the state of its scan. */
export interface Scan {
  s: string
  /** The kind of a key's value, as bits of `_key-names.ts`. */
  kindOf: (key: string) => number
  /** Index of the last at sign. No URL after it contains a user. */
  lastAt: number
  /** Index up to which the value of a named key may start. */
  namedUntil: number
}
