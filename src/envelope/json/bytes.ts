export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_ARRAY = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_ARRAY = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

/** Values of `CLASS`. */
export const SPACE = 1
const STRUCTURE = 2

/**
 * The class of a byte outside of strings (RFC 8259, section 2). 0 is a part of a number or literal,
 * or invalid.
 */
export const CLASS: Uint8Array = /* @__PURE__ */ classes()

function classes(): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of [0x20, 0x09, 0x0a, 0x0d]) table[byte] = SPACE
  for (const letter of '{}[],:"') table[letter.charCodeAt(0)] = STRUCTURE
  return table
}

/**
 * Bytes of a string that the loop reads. After them `indexOf` is faster.
 */
const NEAR = 64

/**
 * The index after the closing quote of a string whose content starts or continues at `i`. `n + 1`
 * when the chunk of `n` bytes ends within the string, `n + 2` when it ends within an escape.
 */
export function stringEnd(bytes: Uint8Array, i: number, n: number): number {
  // Most strings are short and plain. This part is small enough to be inlined.
  const near = i + NEAR < n ? i + NEAR : n
  for (; i < near; i++) {
    const byte = bytes[i]
    if (byte === QUOTE) return i + 1
    if (byte === BACKSLASH) break
  }
  return longStringEnd(bytes, i, n)
}

function longStringEnd(bytes: Uint8Array, i: number, n: number): number {
  while (i < n) {
    const near = i + NEAR < n ? i + NEAR : n
    while (i < near) {
      const byte = bytes[i++]
      if (byte === QUOTE) return i
      if (byte === BACKSLASH) i++
    }
    if (i >= n) break
    const found = bytes.indexOf(QUOTE, i)
    const quote = found < 0 ? n : found
    // `i` is never inside an escape, so an odd number of backslashes escapes the next byte.
    let run = quote
    while (run > i && bytes[run - 1] === BACKSLASH) run--
    i = quote + ((quote - run) & 1)
    if (i === quote && found >= 0) return quote + 1
  }
  return i > n ? n + 2 : n + 1
}

/**
 * The bytes as characters with the same codes. ASCII stays ASCII, and no other byte becomes ASCII.
 */
export function ascii(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] as number)
  return text
}
