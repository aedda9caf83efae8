import { NEAR_NAME } from './_limits.ts'
import * as rules from './_rules.ts'

const WORD = 1
const SEPARATOR = 2
/** What may stand between a key and its separator: `"key" :`, `user[key]=`, `\"key\":`. */
const CLOSER = 3
const encoder = new TextEncoder()

/** What an ASCII character is. Filled with the first text, and not when the module is loaded. */
const kinds = new Uint8Array(256)

function fillKinds(): void {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz'
  for (const [characters, kind] of [
    // \x7f stands for every character beyond ASCII.
    [`0123456789${alphabet}${alphabet.toUpperCase()}_-.%\x7f`, WORD],
    [':=', SEPARATOR],
    [' \t"\'`\\[]()*!+?~', CLOSER],
  ] as const) {
    for (const byte of encoder.encode(characters)) kinds[byte] = kind
  }
}

/** The text at hand, a byte for each UTF-16 unit: a loop over it takes a third of one over `charCodeAt`. */
let bytes = new Uint8Array(0)
const MIN_BYTES = 32_768

function load(s: string): number {
  const n = s.length
  if (bytes.length === 0) fillKinds()
  if (n >= bytes.length) bytes = new Uint8Array(Math.max(MIN_BYTES, n * 2))
  if (encoder.encodeInto(s, bytes).written !== n) {
    for (let i = 0; i < n; i++) bytes[i] = Math.min(s.charCodeAt(i), 127)
  }
  // Ends the last word.
  bytes[n] = 0
  return n
}

const TOKEN = new RegExp(Object.values(rules.TOKENS).join('|'))

/** `//user:password@`; a password that should have been percent-encoded may reach past the authority. */
const USER_INFO = /\/\/(?:[^\s/?#"'`<>\\]+|[^\s:/?#"'`<>\\]+:(?!\d+[/?#])[^\s@"'`<>]{1,128})@/y

const REST = /[^\s"'`<>()[\]{}&,;|\\]*/y
const LINE = /[^\r\n]*/y
const PADDING = /(?:[=> \t]|%20)*(?:\r?\n[ \t]*(?=["'`]))?/y
/** Between quotes, which may be escaped as the whole text is, or doubled inside. Without an end it goes on to the end of the text. */
const QUOTED = /(\\*["'`]|%2[27])((?:\1\1|[^])*?)(?:(?<!\\)\1(?!\1)|$)/y
/** Without quotes, up to a delimiter; one before a word that is no key belongs to the value: `a,b;c)d`. */
const UNQUOTED =
  /(?:(?:bearer|basic|token|digest|apikey)[ \t]+["'`]?)?[^\s&;,"'`<>)\]}]*(?:[&;,<>)\]}]{1,4}(?=[\w$!#@*^+~|])(?![\w.%-]{1,64}[=:"'])[^\s&;,"'`<>)\]}]*){0,64}/iy

/** The text that a key such as `name` has for its value. */
const NAMED = /[ \t]*\\*["'`]?([\w.%-]{2,64})/y
/** Where that ends for the last key that was named. */
let namedUntil = 0

/** Where a sticky pattern that matches at `at` ends; -1 if it does not. */
function endOf(pattern: RegExp, s: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(s) ? pattern.lastIndex : -1
}

/** Replaces the secrets of a text in one pass; the time grows with its length, whatever it says. */
export function filterSecrets(s: string, isSecret: (key: string) => boolean): string {
  const n = load(s)
  const lastAt = s.lastIndexOf('@')
  let out = ''
  let done = 0
  // The word at hand, its digits, and the last one that may be the key of a separator to come.
  let start = 0
  let digits = 0
  let keyStart = 0
  let keyEnd = -9
  namedUntil = 0
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
      span =
        (i - start > 12 ? inWord(s, start, i) : null) ??
        (digits > 12 || (digits > 3 && isDigit(bytes[i + 1]!)) ? card(s, start, i) : null) ??
        (kind === CLOSER ? announced(s, i) : null) ??
        (byte === 62 ? element(s, start, i, isSecret) : null)
    }
    if (kind === SEPARATOR && i - keyEnd < 9)
      span ??= pair(s, keyStart, keyEnd, i + 1, lastAt, isSecret)
    if (kind !== CLOSER) keyEnd = -9
    if (span !== null && span[0] >= done && span[1] > span[0]) {
      out += s.slice(done, span[0]) + rules.FILTERED
      done = span[1]
      i = done - 1
      keyEnd = -9
    }
    start = i + 1
    digits = 0
  }
  return done === 0 ? s : out + s.slice(done)
}

function isDigit(byte: number): boolean {
  return byte > 47 && byte < 58
}

type Span = [start: number, end: number] | null

function inWord(s: string, at: number, end: number): Span {
  const word = s.slice(at, end)
  if (s[end] === '/' && rules.WEBHOOK.test(word)) return [end + 1, endOf(REST, s, end + 1)]
  // RFC 7519: a header in base64url and a dot; what follows may have been cut off.
  const jwt = word.indexOf('eyJ')
  const start = jwt >= 0 && word.indexOf('.', jwt) > jwt + 9 ? jwt : word.search(TOKEN)
  return start < 0 ? null : [at + start, endOf(REST, s, end)]
}

function card(s: string, at: number, end: number): Span {
  const from = Math.max(0, at - 5)
  const near = s.slice(from, end + 24)
  rules.CARD.lastIndex = 0
  for (let match; (match = rules.CARD.exec(near)) !== null;) {
    // The last groups may be other numbers.
    for (
      let number = match[0];
      number !== '';
      number = number.slice(0, Math.max(0, number.lastIndexOf(' ')))
    ) {
      const start = from + match.index
      if (passesLuhn(number)) return [start, start + number.length]
    }
  }
  return null
}

/** ISO/IEC 7812-1, annex B, over groups of three and more digits. */
function passesLuhn(number: string): boolean {
  let sum = 0
  let count = 0
  let group = 0
  for (let i = number.length - 1; i >= 0; i--) {
    const digit = number.charCodeAt(i) - 48
    if (digit < 0) {
      if (group < 3) return false
      group = 0
      continue
    }
    sum += count % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
    count++
    group++
  }
  return count > 12 && group > 2 && sum % 10 === 0
}

/** What a word before a space announces: a PEM block, or the credential of a scheme. */
function announced(s: string, space: number): Span {
  const last = bytes[space - 1]! | 32
  // The last letters of BEGIN, Bearer and Basic.
  if (last !== 110 && last !== 114 && last !== 99) return null
  const lead = /(?:-----BEGIN|(?<![a-z])(?:bearer|basic))$/i.exec(
    s.slice(Math.max(0, space - 10), space),
  )
  if (lead === null) return null
  if (lead[0].startsWith('-')) return [space - 10, endOf(rules.PEM, s, space - 10)]
  rules.CREDENTIAL.lastIndex = space
  const value = rules.CREDENTIAL.exec(s)?.[1]
  const bearer = lead[0].length === 6
  if (!value || (bearer ? rules.PROSE.test(value) : !rules.BASE64.test(value))) return null
  const end = rules.CREDENTIAL.lastIndex
  return [end - value.length, end]
}

/** The text of an XML element: `<password>…</password>`, `<a:password>…`. */
function element(s: string, at: number, close: number, isSecret: IsSecret): Span {
  if (bytes[at - 1] !== 60 && bytes[at - 1] !== 58) return null
  const key = s.slice(at, close)
  if (rules.PLAIN_ELEMENTS.test(key) || !isSecret(key)) return null
  const end = s.indexOf('<', close)
  return [close + 1, end < 0 ? s.length : end]
}

type IsSecret = (key: string) => boolean

/** The value of `key: value`, `key=value`, `"key":"value"` and the like, if the key is secret. */
function pair(
  s: string,
  at: number,
  keyEnd: number,
  next: number,
  lastAt: number,
  isSecret: IsSecret,
): Span {
  const colon = s[next - 1] === ':'
  if (colon) {
    if (s.startsWith('//', next)) {
      return lastAt < next ? null : [next + 2, endOf(USER_INFO, s, next) - 1]
    }
    // `Auth::Session`, and the port of a URL.
    if (s[next] === ':' || (s.startsWith('//', at - 2) && /\d/.test(s[next] ?? ''))) return null
  }
  const key = s.slice(at, keyEnd)
  if (!isSecretHere(s, key, at, next, isSecret) || rules.PLACES.test(key)) return null
  let from = endOf(PADDING, s, next)
  QUOTED.lastIndex = from
  const quoted = QUOTED.exec(s)
  if (quoted) from += quoted[1]!.length
  const end = quoted
    ? from + quoted[2]!.length
    : colon && rules.LINE_KEYS.test(key)
      ? endOf(LINE, s, from)
      : Math.max(endOf(rules.PEM, s, from), bracketsEnd(s, from), endOf(UNQUOTED, s, from))
  return isOpen(key, s.slice(from, end)) ? null : [from, end]
}

/** Whether a key is secret by its own name, by one around or before it, or by one that was named a little before. */
function isSecretHere(
  s: string,
  key: string,
  at: number,
  next: number,
  isSecret: IsSecret,
): boolean {
  if (rules.NAMES.test(key)) {
    NAMED.lastIndex = next
    const named = NAMED.exec(s)?.[1]
    if (named !== undefined && isSecret(named)) namedUntil = next + NEAR_NAME
  }
  if (isSecret(key) || (next < namedUntil && rules.VALUES.test(key))) return true
  if (s[at - 1] !== '[' && !rules.TRAILERS.test(key)) return false
  const before = /[\w.%[\]-]{1,80}[[ ]$/.exec(s.slice(Math.max(0, at - 81), at))
  return before !== null && before[0].split(/[[\] ]/).some(isSecret)
}

/** Whether a value says nothing that is secret. */
function isOpen(key: string, value: string): boolean {
  return (
    /^(?:null|undefined|true|false)$/.test(value) ||
    (/code$/i.test(key) && rules.REASON.test(value))
  )
}

function bracketsEnd(s: string, from: number): number {
  if (s[from] !== '[' && s[from] !== '{') return -1
  let depth = 0
  for (let i = from; i < s.length; i++) {
    const c = s[i]!
    if (c === '[' || c === '{') depth++
    else if ((c === ']' || c === '}') && --depth === 0) return i + 1
    // A bracket in a string closes nothing.
    else if (c === '"' || c === "'" || c === '\\') i = Math.max(i, endOf(QUOTED, s, i) - 1)
  }
  return s.length
}
