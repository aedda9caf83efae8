import { MAX_GROUPED_LINE_LENGTH } from '../model/limits.ts'
import { withoutQuotes } from './quotes.ts'

/**
 * The placeholder of a value in a message. All kinds share one, because redaction masks only some
 * values of a kind, such as numbers that may be card numbers.
 */
export const PLACEHOLDER = '<v>'

const WEEKDAY = '(?:Mon|Tue|Tues|Wed|Wednes|Thu|Thurs|Fri|Sat|Satur|Sun)(?:day)?'
const MONTH =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)'

/**
 * Runs of characters without white space, quotes and brackets.
 */
const RUN = /[^\s"`“”„«»()[\]<>]+/g
/** Whether a run may contain a value: a digit, an address, a hexadecimal word. */
const MAY_HOLD_VALUE = /[\d٠-٩۰-۹０-９@?]|[a-f]{8}|:[\da-f]{0,4}:/i

/**
 * Values within a run, in the order in which they are replaced.
 */
const VALUE_PATTERNS: readonly RegExp[] = [
  // IPv6 (RFC 4291) with a zone, MAC addresses, times of day.
  /(?<![\w.])(?=[\w.]{0,39}:)[\da-f:]{2,45}(?:\d{0,3}\.){0,3}\d{0,3}(?:%\w{1,16})?(?![\w])/gi,
  /(?<![\w-])(?:[\da-f]{2}-){5}[\da-f]{2}(?![\w-])/gi,
  // UUIDs, hashes, order numbers, nanoids, ULIDs: words of six or more characters with two digits.
  /(?<![\w-])(?=(?:[a-z_-]{0,64}\d){2})\w[\w-]{5,255}/gi,
  // Hexadecimal words.
  /(?<!\w)(?:(?=[a-f]{0,32}\d)[\da-f]{6,128}|[a-f]{8,128})(?!\w)/gi,
  // Numbers of any alphabet, with attached characters: `1,234.50`, `12ms`, `0x1F`, `1e-9`. In
  // scripts without spaces, only the signs of dates count as attached: `2026年11月21日`.
  /[\d٠-٩۰-۹０-９][\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff年月日号號時时点點分秒년월일시분초]*(?:[.,:'’٬٫+/-][\d٠-٩۰-۹０-９][\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff年月日号號時时点點分秒년월일시분초]*)*/g,
  // Placeholders of SQL: `?`, and `$1`, which has become `$<v>`.
  /(?<![\w?])\?(?![\w?])|[$@€£¥₩]<v>/g,
]

function withoutValues(run: string): string {
  if (!MAY_HOLD_VALUE.test(run)) return run
  return VALUE_PATTERNS.reduce((text, pattern) => text.replace(pattern, PLACEHOLDER), run)
}

/**
 * E-mail addresses (RFC 5321, and RFC 6531 for letters of other alphabets). A quote before an
 * address does not belong to it.
 */
const EMAILS =
  /(?<![\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff.!#$%&*+/=?^_{|}~-])[\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff!#$%&*+/=?^_{|}~-][\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff.!#$%&'*+/=?^_{|}~-]{0,63}@[\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff-]{1,63}(?:\.[\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff-]{1,63}){0,8}/g

/** URLs (RFC 3986), to the next white space, quote or letter of a script without spaces. */
const URLS =
  /(?<![\w+.-])[a-z][a-z\d+.-]{1,15}:\/\/(?:[^\s"<>`'’”\u0e00-\u109f\u1780-\u17ff\u3000-\udfff]|['’](?=\w))+/gi

/** Masks of redaction, with attached characters. */
const MASK =
  /[\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff'-]{0,64}\[(?:Filtered|email|ip|phone)(?::[\da-f]{1,64})?\](?:[\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff-]|\.(?=[\w\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff])){0,64}/g

/**
 * Words of a date beside its numbers: as `String(date)`, `toUTCString` and the like print them, and
 * as `toLocaleString` does in English. Other languages' names of days and months remain.
 */
const DATE_WORDS: readonly RegExp[] = [
  new RegExp(
    `(?<!\\w)(?:${WEEKDAY},? )?(?:${MONTH}\\.? <v>(?:,? <v>)?(?:,? at(?= <v>))?|<v>[ -]${MONTH}(?!\\w)\\.?)`,
    'g',
  ),
  new RegExp(`(?<!\\w)${WEEKDAY},? <v>`, 'g'),
  /(?:오전|오후|午前|午後|上午|下午|(?<!\w)[AP]M) ?<v>/g,
  /<v>[ \u202f\u00a0]?(?:[AaPp]\.?[Mm](?!\w)\.?|[مص](?![\u00c0-\u0dff\u10a0-\u16ff\u1e00-\u1fff]))/g,
  /<v> ?(?:GMT|UTC)(?!\w)(?:<v>|[+-]<v>)?/g,
  // Sizes and times. Their unit depends on the value.
  /<v> (?:[kKMGTP]i?B|[Bb]ytes?|ms|µs|ns|s|min|h)(?!\w)/g,
  /<v> \([A-Z][^()\n]{1,60}\)|<v>(?: [A-Z][a-z]{2,20}){1,4} Time(?!\w)/g,
]

/**
 * Consecutive values: lists, telephone numbers, members of JSON.
 */
const LIST = /[[({]{0,8}[+(−-]{0,2}<v>(?:[\s,،.:;/()[\]{}+=|-]{0,8}<v>){0,999}[)\]}]{0,8}/g

/** The first line of a message, with each value replaced by the placeholder. */
export function normaliseMessage(message: string): string {
  const known = memory.get(message)
  if (known !== undefined) return known
  const normalised = normalise(message)
  // The failures of a storm are alike. Long messages vary, and would fill the memory.
  if (message.length <= MAX_KNOWN_MESSAGE_LENGTH) {
    if (memory.size >= MAX_KNOWN_MESSAGES) memory.clear()
    memory.set(message, normalised)
  }
  return normalised
}

const memory = new Map<string, string>()
const MAX_KNOWN_MESSAGES = 128
const MAX_KNOWN_MESSAGE_LENGTH = 512

function normalise(message: string): string {
  let text = message.replaceAll(/[\u200e\u200f]/g, '')
  if (text.includes('://')) text = text.replace(URLS, PLACEHOLDER)
  if (text.includes('@')) text = text.replace(EMAILS, PLACEHOLDER)
  text = withoutQuotes(text, PLACEHOLDER)
  if (text.includes('[')) text = text.replace(MASK, PLACEHOLDER)
  text = text.replace(RUN, withoutValues)
  if (text.includes(PLACEHOLDER)) text = collapsed(text)
  return firstLine(text).slice(0, MAX_GROUPED_LINE_LENGTH)
}

function collapsed(text: string): string {
  const once = text.replace(LIST, PLACEHOLDER)
  return DATE_WORDS.reduce((all, pattern) => all.replace(pattern, PLACEHOLDER), once).replace(
    LIST,
    PLACEHOLDER,
  )
}

/** The first line of a text that is not blank. */
export function firstLine(text: string): string {
  return text
    .trimStart()
    .replace(/[\r\n][^]*/, '')
    .trimEnd()
}

/** The number of letters of a normalised message outside its placeholders. */
export function lettersOf(normalised: string): number {
  return normalised.replaceAll(PLACEHOLDER, '').match(/\p{L}/gu)?.length ?? 0
}
