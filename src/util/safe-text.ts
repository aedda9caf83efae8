/** Ends a text that was cut. */
export const CUT = '…[cut]'

/** Bytes that one UTF-16 unit takes at most in UTF-8. */
export const MOST_BYTES = 3

const encoder = new TextEncoder()

/** Replaces lone surrogates and NUL, which databases and JSON parsers refuse, by U+FFFD. */
export function wellFormed(s: string): string {
  // ES2024, in every runtime klaxon supports; the lib of ES2023 does not know it.
  return (s as string & { toWellFormed(): string }).toWellFormed().replaceAll('\0', '\ufffd')
}

/** Where the frames of a V8 stack begin, -1 where there are none: what stands before them varies, they repeat. */
export function framesOf(stack: string): number {
  return stack.indexOf('\n    at ')
}

/** The size of a text in UTF-8 bytes. */
export function byteLength(s: string): number {
  return encoder.encode(s).length
}

/** At most `max` UTF-16 units, the mark included; never half a surrogate pair. */
export function cut(s: string, max: number, mark = CUT): string {
  if (s.length <= max) return s
  return s.slice(0, Math.max(0, max - mark.length)).replace(/[\ud800-\udbff]$/, '') + mark
}

/** At most `max` UTF-8 bytes, the mark included; never half a character. Marked anyway if `force`. */
export function cutBytes(s: string, max: number, force = false): string {
  // Most texts are so short that they are never encoded.
  if (!force && (s.length * MOST_BYTES <= max || byteLength(s) <= max)) return s
  const { read } = encoder.encodeInto(s, new Uint8Array(Math.max(0, max - byteLength(CUT))))
  return s.slice(0, read) + CUT
}

/**
 * Control, format (bidi, zero width, tags), separator and lone surrogate characters. A zero-width joiner that
 * builds an emoji (UTS #51) stays.
 */
const INVISIBLE = /\u200d(?!\p{Extended_Pictographic})|(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Shows what a terminal, a log viewer or a chat would act on or hide, as `\n`, `\u202e`, `\u{e0041}`. One line
 * comes out.
 */
export function visible(s: string): string {
  return s.replace(INVISIBLE, (character) => {
    const hex = character.codePointAt(0)!.toString(16)
    return SHORT[character] ?? (hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`)
  })
}
