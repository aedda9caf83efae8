import { NEAR_KEY_LENGTH } from '../model/limits.ts'
import { COUNTS, ENGLISH } from './_key-names.ts'
import { bracketsEnd, quotedAt } from './_quotes.ts'
import * as rules from './_rules.ts'
import { pemEnd, shapeAfter } from './_shapes.ts'
import { bytes, endOf, isDigit, isLetter, type Scan, type Span } from './_text-bytes.ts'

/**
 * `//user:password@`; a password that is not percent-encoded may extend past the authority.
 */
const USER_INFO = /\/\/(?:[^\s/?#"'`<>\\]+|[^\s:/?#"'`<>\\]+:(?!\d+[/?#])[^\s@"'`<>]{1,128})@/y

const LINE = /[^\r\n]*/y
const PADDING =
  /[=> \t\xa0\u2000-\u200a\u202f\u3000]*(?:%20[=> \t]*){0,9}(?:\r?\n[ \t]*(?=["'`]))?/y
/**
 * A value without quotes, up to a delimiter. A delimiter before a word that is no key belongs to
 * the value: `a,b;c)d`.
 */
const UNQUOTED =
  /(?:(?:bearer|basic|token|digest|apikey)[ \t]+["'`]?)?[^\s&;,"'`<>)\]}]*(?:[&;,<>)\]}]{1,4}(?=[\w$!#@*^+~|=])(?![\w.%-]{1,64}(?:[=:"']|\[[\w.%[\]-]{0,64}\][\w.-]{0,64}[=:]))[^\s&;,"'`<>)\]}]*){0,64}/iy

/** Keys of numbers that people write in groups: `ssn: 123 45 6789`. */
const GROUPED = /iban|ssn|pin|otp|cv[vc]|card/i
/** The end of such a number's start: a short group. */
const SHORT_GROUP = /(?:^|-)[a-z\d]{1,4}$/i
const GROUPS = /(?:[ \xa0\u202f-]\d{1,4}(?![\w=]|:\d)){0,16}/y
/** In an IBAN, four letters may name the bank: `GB29 NWBK 6016`. */
const IBAN_GROUPS =
  /(?:[ \xa0\u202f-](?=(?:[a-z]{4}[ \xa0\u202f-])?[a-z]{0,3}\d)[a-z\d]{1,4}(?![\w=]|:\d)){0,9}/iy

/** The value of a key such as `name`. */
const NAMED_KEY = /[ \t]*\\*["'`]?([\w.%-]{2,64})/y
/**
 * The rest of a part's header after its name, `name="password"` (RFC 7578), up to the empty line.
 */
const PART =
  /\\{0,9}["'](?:; ?[^\r\n\\]{0,256})?(?:(?:\r?\n|(?:\\r)?\\n)[\w-]{1,64}:[^\r\n\\]{0,256}){0,4}(?:\r?\n|(?:\\r)?\\n){2}/y
/** The end of a tag after its last attribute, a name: `<property name="password">`. */
const TAG_END = /\\{0,9}["'][^<>=/]{0,64}>/y
const PART_END = /(?:\r?\n|(?:\\r)?\\n)--/g

/**
 * Characters of a list or object in a sentence that decide whether it is secret. A longer one is.
 * The limit keeps the time linear, because every word of a text may be such a key.
 */
const MAX_PROSE_LIST_LENGTH = 128

/** Characters of a call's arguments. */
const MAX_ARGUMENTS_LENGTH = 512

const COLON_CODE = 58
const SPACE_CODE = 32

/**
 * The value of `key: value`, `key=value`, `"key":"value"` and similar, if the key is secret. `next`
 * is the end of the separator.
 */
export function pair(scan: Scan, at: number, keyEnd: number, next: number): Span {
  const { s } = scan
  const colon = bytes[next - 1] === COLON_CODE
  if (colon) {
    if (s.startsWith('//', next)) {
      return scan.lastAt < next ? null : [next + 2, endOf(USER_INFO, s, next) - 1]
    }
    // `Auth::Session`, or the port of a URL.
    if (s[next] === ':' || (s.startsWith('//', at - 2) && isDigit(bytes[next]!))) return null
  }
  const key = s.slice(at, keyEnd)
  if (colon) {
    const shaped = isDigit(bytes[keyEnd - 1]!) ? shapeAfter(scan, key, next) : null
    if (shaped !== null) return shaped
  }
  if (rules.NAMING_KEYS.test(key)) {
    const part = named(scan, next)
    if (part !== null) return part
  }
  const kind = kindHere(scan, key, at, next)
  if (kind === 0 || (colon && isPlace(scan, key, at, next))) return null
  // An English word before a colon and a space in a sentence is no key.
  const isWord = (kind & ENGLISH) > 0 && keyEnd === next - 1 && followsWord(at)
  const prose = isWord && colon && bytes[next] === SPACE_CODE
  const last = prose ? Math.min(next + MAX_PROSE_LIST_LENGTH, s.length) : s.length
  const [from, end] = valueAt(s, key, next, last)
  const value = s.slice(from, end)
  if (isOpen(key, value, kind)) return null
  if (!prose) return [from, end]
  const isCut = end === last && last < s.length
  return isCut || isTelling(key, value) ? valueAt(s, key, next, s.length) : null
}

/** The start and end of a value. A list that is not closed before `last` ends there. */
function valueAt(s: string, key: string, next: number, last: number): [from: number, end: number] {
  const from = endOf(PADDING, s, next)
  const quoted = quotedAt(s, from)
  if (quoted !== null) return quoted
  if (bytes[next - 1] === COLON_CODE && rules.LINE_KEYS.test(key))
    return [from, endOf(LINE, s, from)]
  const brackets = s[from] === '(' ? -1 : bracketsEnd(s, from, last)
  const end = groupsEnd(s, key, from, endOf(UNQUOTED, s, from))
  return [from, Math.max(pemEnd(s, from), brackets, callEnd(s, from, end, last), end)]
}

/** The end of a number in groups, of which the first one was read; else `end`. */
function groupsEnd(s: string, key: string, from: number, end: number): number {
  if (!GROUPED.test(key) || !SHORT_GROUP.test(s.slice(from, end))) return end
  return endOf(/iban/i.test(key) ? IBAN_GROUPS : GROUPS, s, end)
}

/** The end of a call that is the value, as in `password = crypt('…', …)`; -1 without a call. */
function callEnd(s: string, from: number, end: number, last: number): number {
  const value = s.slice(from, end)
  const open = value.lastIndexOf('(')
  return open < 1 ? -1 : bracketsEnd(s, from + open, Math.min(last, end + MAX_ARGUMENTS_LENGTH))
}

/**
 * Remembers that a secret key was named, as in `{ name: 'password', value: … }`.
 * @returns the value of a named part or tag
 */
function named(scan: Scan, next: number): Span {
  const { s } = scan
  NAMED_KEY.lastIndex = next
  const name = NAMED_KEY.exec(s)?.[1]
  if (name === undefined || scan.kindOf(name) === 0) return null
  scan.namedUntil = next + NEAR_KEY_LENGTH
  const after = NAMED_KEY.lastIndex
  const inTag = endOf(TAG_END, s, after)
  if (inTag >= 0) {
    const close = s.indexOf('<', inTag)
    return [inTag, close < 0 ? s.length : close]
  }
  const from = endOf(PART, s, after)
  if (from < 0) return null
  PART_END.lastIndex = from
  return [from, PART_END.exec(s)?.index ?? s.length]
}

/**
 * The kind of a key's value, by its own name, by a name around or before it, or by a name given
 * shortly before.
 */
function kindHere(scan: Scan, key: string, at: number, next: number): number {
  const { s, kindOf } = scan
  // The letter of an escaped `\n` may precede the key.
  const kind = kindOf(key) || (s[at - 1] === '\\' ? kindOf(key.slice(1)) : 0)
  if ((kind & ENGLISH) > 0 && followsWord(at)) {
    // `Security code` and `API key` are names of two words.
    const before = /[\w-]{1,32}$/.exec(s.slice(Math.max(0, at - 33), at - 1))?.[0] ?? ''
    const both = kindOf(before + key)
    if (both > 0 && (both & ENGLISH) === 0) return both
  }
  if (kind > 0) return kind
  if (next < scan.namedUntil && rules.VALUE_KEYS.test(key)) return 1
  if (s[at - 1] !== '[' && !rules.TRAILERS.test(key)) return 0
  const before = /[\w.%[\]-]{1,80}[[ ]$/.exec(s.slice(Math.max(0, at - 81), at))
  return before !== null && before[0].split(/[[\] ]/).some((part) => kindOf(part) > 0) ? 1 : 0
}

/** Whether the colon belongs to a place in a file, or follows the name of an error. */
function isPlace({ s, kindOf }: Scan, key: string, at: number, next: number): boolean {
  if (rules.ERROR_NAME.test(key)) return true
  const extension = rules.FILE_EXTENSION.exec(key)?.[1]
  if (
    extension !== undefined &&
    kindOf(extension) === 0 &&
    endOf(rules.PLACE_OF_FILE, s, next) >= 0
  )
    return true
  return /[/\\]/.test(s[at - 1] ?? '') && endOf(rules.PLACE_OF_PATH, s, next) >= 0
}

/** Whether a value is not secret after all. */
export function isOpen(key: string, value: string, kind: number): boolean {
  return (
    /^(?:null|undefined|true|false)$/.test(value) ||
    ((kind & ENGLISH) > 0 && /code$/i.test(key) && rules.REASON.test(value)) ||
    counts(kind, value)
  )
}

/** Whether a value is a number under a counting key. */
export function counts(kind: number, value: string): boolean {
  return (kind & COUNTS) > 0 && rules.PLAIN_NUMBER.test(value)
}

/** Whether a word and a space precede. */
function followsWord(at: number): boolean {
  return bytes[at - 1] === SPACE_CODE && isLetter(bytes[at - 2] ?? 0)
}

/**
 * Whether a value in a sentence may be secret: it has a digit, and is long when the key is vague.
 */
function isTelling(key: string, value: string): boolean {
  return /\d/.test(value) && (value.length > 15 || !rules.VAGUE_KEY.test(key))
}
