import { after, call, columns, command, element, flag } from './_by-place.ts'
import { pair } from './_pairs.ts'
import { isQuote } from './_quotes.ts'
import { FILTERED } from './_rules.ts'
import { announced, card, credential } from './_shapes.ts'
import {
  bytes,
  CLOSER,
  isDigit,
  kinds,
  load,
  type Scan,
  SEPARATOR,
  type Span,
  WORD,
} from './_text-bytes.ts'

/** Replaces the secrets of a text in one pass. The time is linear in its length, for any text. */
export function filterSecrets(s: string, kindOf: Scan['kindOf']): string {
  const n = load(s)
  const scan: Scan = { s, kindOf, lastAt: s.lastIndexOf('@'), namedUntil: 0 }
  let out = ''
  let done = 0
  // The current word, its digits, and the last word that may be the key of the next separator.
  let start = 0
  let digits = 0
  let keyStart = 0
  let keyEnd = -9
  for (let i = 0; i <= n; i++) {
    const byte = bytes[i]!
    const kind = kinds[byte]
    if (kind === WORD) {
      if (isDigit(byte)) digits++
      continue
    }
    let span: Span = null
    if (i > start) {
      keyStart = start
      keyEnd = i
      span = wordSpan(scan, start, i, digits)
    }
    if (kind === SEPARATOR && span === null) {
      if (bytes[i - 1] === 41 && bytes[i + 1] === 40) span = columns(scan, i)
      if (i - keyEnd < 9) span ??= pair(scan, keyStart, keyEnd, i + 1)
    }
    if (kind !== CLOSER) keyEnd = -9
    if (span !== null && span[0] >= done && span[1] > span[0]) {
      out += s.slice(done, span[0]) + FILTERED
      done = span[1]
      i = done - 1
      keyEnd = -9
    }
    start = i + 1
    digits = 0
  }
  return done === 0 ? s : out + s.slice(done)
}

/** Whether a quote or a parenthesis follows the space after a word. */
function mayFollow(space: number): boolean {
  const byte = bytes[space + 1]!
  return byte === 40 || isQuote(byte)
}

/** The secret in a word, or the one that the word announces. */
function wordSpan(scan: Scan, at: number, end: number, digits: number): Span {
  const next = bytes[end]!
  let span: Span = null
  const length = end - at
  if (length > 12 || (next === 47 && length > 9)) span = credential(scan, at, end)
  if (digits > 12 || (digits > 3 && isDigit(bytes[end + 1]!))) span ??= card(scan, at, end)
  if (bytes[at] === 45) span ??= flag(scan, at, end)
  if (span !== null || kinds[next] === SEPARATOR) return span
  const before = bytes[at - 1]
  if (length === 4 && bytes[at] === 65 && scan.s.startsWith('AUTH', at)) return command(scan.s, end)
  if (next === 32 || next === 9)
    span = announced(scan, end) ?? (mayFollow(end) ? after(scan, at, end) : null)
  if ((before === 60 || before === 58) && (next === 62 || next < 33))
    span ??= element(scan, at, end)
  if (next === 40 && isQuote(bytes[end + 1]!)) span ??= call(scan, at, end)
  return span
}
