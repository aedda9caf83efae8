import * as rules from './_rules.ts'

/** What a key means for its value. */
export type KeyRank = typeof PLAIN | typeof SECRET | typeof SECRET_LINE
export const PLAIN = 0
export const SECRET = 1
/** Secret to the end of the line. */
export const SECRET_LINE = 2
export type Rank = (key: string) => KeyRank

/** Characters; texts are cut to less before they are scanned. */
export const MAX_SCAN = 24_576

const encoder = new TextEncoder()
/** The text at hand, a byte for each UTF-16 unit: a loop over it takes a third of one over `charCodeAt`. */
const bytes = new Uint8Array(MAX_SCAN + 1)

const WORD = 1
const SEPARATOR = 2
const SPACE = 3
const kinds = new Uint8Array(256)
const mark = (characters: string, kind: number): void => {
  for (const byte of encoder.encode(characters)) kinds[byte] = kind
}
// \x7f stands for every character beyond ASCII.
mark('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.%\x7f', WORD)
mark(':=', SEPARATOR)
mark(' \t', SPACE)

/** The shortest credential with a prefix, and the shortest card number. */
const MIN_RUN = 13
const TOKEN = new RegExp(Object.values(rules.TOKENS).join('|'))
const CARD = new RegExp(rules.CARD)
const CARD_HERE = new RegExp(rules.CARD, 'y')

const [LINE_FEED, SLASH, BACKSLASH, AT] = [10, 47, 92, 64]
const QUOTES = '"\'`'
/** Ends an unquoted value at once. */
const DELIMITERS = ' \t\r\n&;,"\'`<>'
/** Ends it where no word goes on. */
const CLOSERS = ')]}'
/** Between a key and its separator: `"key" :`, `user[key]=`, `\"key\":`. */
const AFTER_KEY = ' \t"\'`\\[]()*'

/**
 * Finds the secrets of a text in one pass from left to right: [start, end, start, end, …]. What has been passed is
 * not looked at again, so the time grows with the length of the text whatever the text says.
 */
export function findSecrets(s: string, rank: Rank): number[] {
  const n = encoder.encodeInto(
    /[^\0-\x7f]/.test(s) ? s.replace(/[^\0-\x7f]/g, '\x7f') : s,
    bytes,
  ).written
  // A line feed ends what looks one byte ahead.
  bytes[n] = LINE_FEED
  const found: number[] = []
  // Where the run of word characters at hand began, and up to where a colon belongs to a URL's authority.
  let run = 0
  let authority = 0
  for (let i = 0; i <= n; i++) {
    const kind = i < n ? kinds[bytes[i]!]! : SPACE
    if (kind === WORD) continue
    let end = i - run >= MIN_RUN ? token(s, run, i, found) : 0
    if (end === 0 && kind === SPACE && i - run >= 4) end = phrase(s, run, i, n, found)
    if (end === 0 && kind === SEPARATOR) {
      if (bytes[i + 1] === SLASH && bytes[i + 2] === SLASH) {
        authority = authorityEnd(s, i + 3, n)
        end = userInfo(s, i + 3, authority, n, found)
      } else if (i >= authority) end = pair(s, run, i, n, rank, found)
    }
    run = end || i + 1
    if (end !== 0) i = end - 1
  }
  return found
}

function add(found: number[], start: number, end: number): number {
  found.push(start, end)
  return end
}

/** A credential or a card number in the run [start, end). */
function token(s: string, start: number, end: number, found: number[]): number {
  const run = s.slice(start, end)
  const match = TOKEN.exec(run)
  const jwt = match === null ? run.indexOf('eyJ') : -1
  // RFC 7519: a header in base64url and a dot; what follows may have been cut off.
  const at = match?.index ?? (jwt >= 0 && run.indexOf('.', jwt) > jwt + 9 ? jwt : -1)
  if (at >= 0) return add(found, start + at, skip(s, end, '+/=~'))
  if (bytes[end] === SLASH && rules.WEBHOOK_HOST.test(run))
    return add(found, end + 1, until(s, end + 1, ' \t\r\n"\'`<>)'))
  const card = CARD.exec(run)
  return card !== null && isCard(card[0])
    ? add(found, start + card.index, start + card.index + card[0].length)
    : 0
}

/** What needs the words after a space: `Bearer …`, `Basic …`, a card number in groups, a PEM block. */
function phrase(s: string, start: number, space: number, n: number, found: number[]): number {
  const last = bytes[space - 1]! | 32
  if (last === 114 || last === 99) {
    const scheme = /(?:^|[^a-z])(bearer|basic)$/i.exec(
      s.slice(Math.max(start, space - 7), space),
    )?.[1]
    if (scheme !== undefined) return credential(s, space, scheme.length === 6, found)
  }
  if (last === 110 && s.startsWith('-BEGIN', space - 6)) {
    rules.PEM_LABEL.lastIndex = space + 1
    return rules.PEM_LABEL.test(s) ? add(found, start, pemEnd(s, space, n)) : 0
  }
  if (last < 48 || last > 57) return 0
  let first = space
  while (
    first > start &&
    (bytes[first - 1] === 45 || (bytes[first - 1]! >= 48 && bytes[first - 1]! <= 57))
  )
    first--
  CARD_HERE.lastIndex = first
  const digits = CARD_HERE.exec(s)?.[0]
  if (digits === undefined) return 0
  // The last groups may be other numbers.
  const groups = digits.split(' ')
  for (; groups.length > 1; groups.pop()) {
    const card = groups.join(' ')
    if (isCard(card)) return add(found, first, first + card.length)
  }
  return 0
}

function credential(s: string, space: number, bearer: boolean, found: number[]): number {
  rules.CREDENTIAL.lastIndex = space
  const value = rules.CREDENTIAL.exec(s)?.[1]
  if (value === undefined || (bearer ? rules.PROSE.test(value) : !rules.BASE64.test(value)))
    return 0
  const end = rules.CREDENTIAL.lastIndex
  return add(found, end - value.length, end)
}

function pemEnd(s: string, from: number, n: number): number {
  const end = s.indexOf('-----END', from)
  const dashes = end === -1 ? -1 : s.indexOf('-----', end + 8)
  return dashes === -1 ? n : dashes + 5
}

/** Luhn (ISO/IEC 7812-1, annex B) over groups of three and more digits. */
function isCard(text: string): boolean {
  if (/(?<!\d)\d{1,2}(?!\d)/.test(text)) return false
  const digits = text.replace(/\D/g, '')
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
  }
  return digits.length >= 13 && sum % 10 === 0
}

/** RFC 3986, 3.2: the authority ends at a slash, a question mark or a number sign. */
function authorityEnd(s: string, from: number, n: number): number {
  return Math.min(n, until(s, from, '/?#\\ \t\r\n"\'`<>'))
}

/** `user:password@` of a URL; passwords that should have been percent-encoded may reach past the authority. */
function userInfo(s: string, start: number, end: number, n: number, found: number[]): number {
  const authority = s.slice(start, end)
  let at = start + authority.lastIndexOf('@')
  if (at < start && /^[^:]*:(?!\d{1,5}$)./.test(authority)) {
    const rest = s.slice(end, Math.min(n, end + 128)).search(/@|[\s"'`<>]/)
    at = rest !== -1 && bytes[end + rest] === AT ? end + rest : -1
  }
  return at > start ? add(found, start, at) : 0
}

/** The value of `key: value`, `key=value`, `"key":"value"` and the like, when the key is secret. */
function pair(
  s: string,
  run: number,
  separator: number,
  n: number,
  rank: Rank,
  found: number[],
): number {
  let end = separator
  let start = run
  if (start === end) {
    while (end > 0 && separator - end < 8 && AFTER_KEY.includes(s[end - 1]!)) end--
    start = end
    while (start > 0 && kinds[bytes[start - 1]!] === WORD) start--
  }
  if (start === end || (bytes[start]! <= 57 && /^\d+$/.test(s.slice(start, end)))) return 0
  const key = s.slice(start, end)
  const rating = rank(key)
  if (rating === PLAIN || bytes[separator + 1] === 58 || isPlace(key)) return 0
  let from = separator + 1
  while (from < n && (kinds[bytes[from]!] === SPACE || bytes[from] === 61 || bytes[from] === 62))
    from++
  let to = valueEnd(s, from, n)
  if (to < 0) [from, to] = quoted(s, from, n)
  else if (rating === SECRET_LINE && bytes[separator] === 58) to = until(s, from, '\r\n')
  else if (/^(?:bearer|basic|token|digest|apikey|negotiate)$/i.test(s.slice(from, to))) {
    const next = skip(s, to, ' \t')
    to = valueEnd(s, next, n)
    if (to < 0) to = quoted(s, next, n)[1]
  }
  const value = s.slice(from, to)
  if (
    /^(?:null|undefined|true|false|)$/.test(value) ||
    (/code$/i.test(key) && rules.REASON.test(value))
  )
    return 0
  return add(found, from, to)
}

/** Error names and file names are followed by colons too. */
function isPlace(key: string): boolean {
  return /(?:error|exception)$|\.(?:[cm]?[jt]sx?|vue|svelte)$/i.test(key)
}

/** Where an unquoted or bracketed value ends; -1 for one in quotes. */
function valueEnd(s: string, from: number, n: number): number {
  const first = s[skip(s, from, '\\')]
  if (first !== undefined && QUOTES.includes(first)) return -1
  if (first === '[' || first === '{') return bracketsEnd(from, n)
  for (let i = from; i < n; i++) {
    const c = s[i]!
    if (DELIMITERS.includes(c) || (CLOSERS.includes(c) && kinds[bytes[i + 1]!] !== WORD)) return i
  }
  return n
}

function bracketsEnd(from: number, n: number): number {
  let depth = 0
  for (let i = from; i < n; i++) {
    // The cases of [ and {, ] and } differ by 32.
    const c = bytes[i]! & ~32
    if (c === 91) depth++
    else if (c === 93 && --depth === 0) return i + 1
  }
  return n
}

/** Between quotes, which may be escaped as the whole text is: `\"key\":\"value\"`. */
function quoted(s: string, from: number, n: number): [start: number, end: number] {
  const open = skip(s, from, '\\')
  const level = open - from
  for (
    let close = s.indexOf(s[open]!, open + 1);
    close !== -1;
    close = s.indexOf(s[open]!, close + 1)
  ) {
    let escapes = 0
    while (bytes[close - 1 - escapes] === BACKSLASH) escapes++
    if (escapes <= level) return [open + 1, close - escapes]
  }
  const line = bytes.indexOf(LINE_FEED, open)
  return [open + 1, line === -1 || line > n ? n : line]
}

/** The first place from `at` on whose character is none of these. */
function skip(s: string, at: number, characters: string): number {
  while (at < s.length && characters.includes(s[at]!)) at++
  return at
}

/** The first place from `at` on whose character is one of these, or the end. */
function until(s: string, at: number, characters: string): number {
  while (at < s.length && !characters.includes(s[at]!)) at++
  return at
}
