/** The mark at the end of a cut text. */
export const CUT = '…[cut]'

/** UTF-8 bytes of one UTF-16 unit at most. */
export const MAX_UNIT_BYTES = 3

const encoder = new TextEncoder()

/** Replaces lone surrogates and NUL, which databases and JSON parsers refuse, by U+FFFD. */
export function wellFormed(s: string): string {
  // Every supported runtime has this ES2024 method; TypeScript's lib of ES2023 does not.
  return (s as string & { toWellFormed(): string }).toWellFormed().replaceAll('\0', '\ufffd')
}

/**
 * The index of the first frame of a V8 stack; -1 without frames.
 */
export function framesOf(stack: string): number {
  return stack.indexOf('\n    at ')
}

/** A text's size in UTF-8 bytes. */
export function byteLength(s: string): number {
  return encoder.encode(s).length
}

/** At most `max` UTF-16 units, the mark included; never half a surrogate pair. */
export function cut(s: string, max: number, mark = CUT): string {
  if (s.length <= max) return s
  return s.slice(0, Math.max(0, max - mark.length)).replace(/[\ud800-\udbff]$/, '') + mark
}

/**
 * At most `max` UTF-8 bytes, the mark included; never half a character. `force` adds the mark to a
 * text that fits as well.
 */
export function cutBytes(s: string, max: number, force = false): string {
  // Encoding is slow, and most texts are short enough to skip it.
  if (!force && (s.length * MAX_UNIT_BYTES <= max || byteLength(s) <= max)) return s
  const { read } = encoder.encodeInto(s, new Uint8Array(Math.max(0, max - byteLength(CUT))))
  return s.slice(0, read) + CUT
}

/**
 * Control, format (bidirectional, zero width, tags), separator and lone surrogate characters. It
 * leaves the zero-width joiner of an emoji (UTS #51).
 */
const INVISIBLE = /\u200d(?!\p{Extended_Pictographic})|(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * The text on one line. Characters that a terminal, a log viewer or a chat would hide or act on
 * become escapes such as `\n`, `\u202e`, `\u{e0041}`.
 */
export function visible(s: string): string {
  return s.replace(INVISIBLE, (character) => {
    const hex = character.codePointAt(0)!.toString(16)
    return SHORT[character] ?? (hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`)
  })
}
