/** Ends a text that was cut. */
export const CUT = '…[cut]'

const encoder = new TextEncoder()

// String.prototype.toWellFormed is ES2024: Node 20, workerd, Deno and Bun have it, the lib of ES2023 does not.
interface Es2024 {
  isWellFormed?(): boolean
  toWellFormed?(): string
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Replaces lone surrogates and NUL, which databases and JSON parsers refuse, by U+FFFD. */
export function wellFormed(s: string): string {
  const es = s as Es2024
  let out = s
  if (es.isWellFormed?.() !== true) out = es.toWellFormed?.() ?? s.replace(LONE, '\ufffd')
  return out.includes('\0') ? out.replaceAll('\0', '\ufffd') : out
}

/** The size of a text in UTF-8 bytes. */
export function byteLength(s: string): number {
  return encoder.encode(s).length
}

/** At most `max` UTF-16 units, the mark included; never half a surrogate pair. */
export function cut(s: string, max: number, mark = CUT): string {
  if (s.length <= max) return s
  return s.slice(0, whole(s, Math.max(0, max - mark.length))) + mark
}

/** At most `max` UTF-8 bytes, the mark included; never half a character. */
export function cutBytes(s: string, max: number, force = false): string {
  // No UTF-16 unit needs more than three bytes, so most texts are never encoded.
  if (!force && (s.length * 3 <= max || (s.length <= max && byteLength(s) <= max))) return s
  // "…" has three bytes.
  const room = new Uint8Array(Math.max(0, max - CUT.length - 2))
  return s.slice(0, encoder.encodeInto(s, room).read) + CUT
}

/** The nearest place at or before `at` that does not split a surrogate pair. */
function whole(s: string, at: number): number {
  return at > 0 && isHigh(s.charCodeAt(at - 1)) && at < s.length ? at - 1 : at
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/**
 * Control, format (bidi, zero width, tags), separator and lone surrogate characters. A zero-width joiner that
 * builds an emoji (UTS #51) stays.
 */
const INVISIBLE = /\u200d(?!\p{Extended_Pictographic})|(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Shows what a terminal, a log viewer or a chat would act on or hide: `\n`, `\u202e`, `\u{e0041}`. One line comes out. */
export function visible(s: string): string {
  return s.replace(INVISIBLE, (character) => {
    const hex = character.codePointAt(0)!.toString(16)
    return SHORT[character] ?? (hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`)
  })
}
