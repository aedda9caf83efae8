import { isWorkerd } from './runtime.ts'

const JSON_MEDIA_TYPE = /^[\t ]*(?:application|text)\/json[\t ]*(?=;|$)/i
const TEXT_TYPE = /^[\t ]*text\/plain[\t ]*(?=;|$)/i
/** JSON types that hosts and frameworks set. They need no regular expression. */
const COMMON_JSON_TYPES = /* @__PURE__ */ new Set([
  'application/json',
  'application/json;charset=utf-8',
  'application/json; charset=UTF-8',
])
const CHARSET = /;[\t ]*charset[\t ]*=[\t ]*"?([^\t ;"]*)/i
const UTF8 = /^(?:utf-?8|(?:us-)?ascii)?$/i

/**
 * Charsets in which a byte below 0x80 is always the ASCII character. In others, such as Shift_JIS,
 * a quote or bracket can be half of a letter, so their JSON cannot be scanned as bytes.
 */
const ASCII_BASED =
  /^(?:utf-?8|(?:us-)?ascii|iso-?8859-\d+|latin-?\d|windows-125\d|cp125\d|koi8-[ru]|euc-(?:jp|kr))?$/i

/**
 * Whether a type is `application/json` or `text/json`, with any parameters. A `+json` type has its
 * own shape.
 */
export function isJson(type: string | null): type is string {
  return type !== null && (COMMON_JSON_TYPES.has(type) || JSON_MEDIA_TYPE.test(type))
}

export function isPlainText(type: string): boolean {
  return TEXT_TYPE.test(type)
}

/** Renames a JSON type and keeps its parameters. Another type is replaced. */
export function renamed(type: string | null, name: string): string {
  if (type !== null && COMMON_JSON_TYPES.has(type) && name === 'application/json') return type
  return isJson(type) ? type.replace(JSON_MEDIA_TYPE, name) : name
}

/** Whether ASCII bytes may surround a body in this type's charset. */
export function isAsciiBased(type: string): boolean {
  return COMMON_JSON_TYPES.has(type) || ASCII_BASED.test(charsetOf(type))
}

/** Whether a body of this type can be decoded as UTF-8. */
export function isUtf8(type: string): boolean {
  return UTF8.test(charsetOf(type))
}

/**
 * The charset of a type. JSON has no charset parameter, and text is UTF-8 today, so empty means
 * UTF-8.
 */
function charsetOf(type: string): string {
  return CHARSET.exec(type)?.[1] ?? ''
}

/**
 * Whether a body may be encoded. workerd decodes gzip on reading and encodes it on sending. In
 * other runtimes a fetch may have decoded the body, or the handler may have encoded it, and nothing
 * tells which.
 */
export function isEncoded(headers: Headers): boolean {
  const encoding = headers.get('content-encoding')?.toLowerCase()
  if (encoding === undefined || encoding === '' || encoding === 'identity') return false
  return encoding !== 'gzip' || !isWorkerd()
}

/** Whether the handler has asked for its own bytes (RFC 9111, section 5.2.2.6; RFC 6266). */
export function asksForItsBytes(headers: Headers): boolean {
  const control = headers.get('cache-control')
  if (control !== null && /(?:^|[,\t ])no-transform(?:[,\t ]|$)/i.test(control)) return true
  const disposition = headers.get('content-disposition')
  return disposition !== null && /^[\t ]*attachment[\t ]*(?:;|$)/i.test(disposition)
}
