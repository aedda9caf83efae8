import { bytes } from './_text-bytes.ts'

const BACKSLASH_CODE = 92

export function isQuote(byte: number): boolean {
  return byte === 34 || byte === 39 || byte === 96
}

/**
 * The index of the opening quote; -1 without one. The quote may be escaped: then its backslashes
 * start at `at`.
 */
function quoteAt(s: string, at: number): number {
  let quote = at
  while (bytes[quote] === BACKSLASH_CODE) quote++
  return isQuote(bytes[quote]!) || (quote === at && /^%2[27]$/.test(s.slice(at, at + 3)))
    ? quote
    : -1
}

/** The quote mark, which may be percent-encoded. */
function markAt(s: string, quote: number): string {
  return s[quote] === '%' ? s.slice(quote, quote + 3) : s[quote]!
}

/**
 * The end of a quoted text: before a quote that is escaped as the first one, unless it is doubled;
 * else the end of the text. It reads each backslash at most twice.
 */
function closingQuote(s: string, quote: number, escapes: number): number {
  const mark = markAt(s, quote)
  const escaped = '\\'.repeat(escapes) + mark
  for (let at = quote; (at = s.indexOf(mark, at + mark.length)) >= 0;) {
    let start = at
    while (bytes[start - 1] === BACKSLASH_CODE) start--
    if (at - start !== escapes) continue
    if (!s.startsWith(escaped, at + mark.length)) return start
    at += escaped.length
  }
  return s.length
}

/** The text between the quotes at `at`; null without quotes. */
export function quotedAt(s: string, at: number): [start: number, end: number] | null {
  const quote = quoteAt(s, at)
  return quote < 0 ? null : [quote + markAt(s, quote).length, closingQuote(s, quote, quote - at)]
}

const SQUARE_AND_CURLY = [
  [91, 123],
  [93, 125],
]
const BRACKETS: Record<string, number[][]> = {
  '[': SQUARE_AND_CURLY,
  '{': SQUARE_AND_CURLY,
  '(': [[40], [41]],
}

/**
 * The end of the list, object or call arguments that start at `from`; -1 when none starts there.
 *
 * @param last index at which the search ends. An unclosed bracket ends there
 */
export function bracketsEnd(s: string, from: number, last = s.length): number {
  const [open, close] = BRACKETS[s[from] ?? ''] ?? []
  if (open === undefined) return -1
  let depth = 0
  for (let i = from; i < last; i++) {
    const byte = bytes[i]!
    if (open.includes(byte)) depth++
    else if (close!.includes(byte)) {
      if (--depth === 0) return i + 1
    } else if (byte === 34 || byte === 39 || byte === BACKSLASH_CODE) {
      // A bracket in a quoted text closes nothing.
      const quote = quoteAt(s, i)
      if (quote >= 0) i = closingQuote(s, quote, quote - i) + quote - i
      else while (bytes[i + 1] === BACKSLASH_CODE) i++
    }
  }
  return last
}
