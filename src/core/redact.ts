import { copyOf } from './_copy.ts'
import { applyLast, checkRedact } from './_redact-options.ts'
import {
  FILTERED,
  HEADERS,
  KEY_PARTS,
  KEY_WORDS,
  LINE_KEYS,
  PERSONAL,
  PLAIN_KEYS,
} from './_rules.ts'
import { findSecrets, type KeyRank, MAX_SCAN, PLAIN, SECRET, SECRET_LINE } from './_scan.ts'
import { sha256 } from './_sha256.ts'
import { cutBytes, wellFormed } from './safe-text.ts'
import type { Occurrence } from './types.ts'

/** Adds to what is always filtered; nothing can be taken away from it. */
export interface RedactRules {
  /**
   * Keys whose values are filtered: a text is folded and found anywhere in a key, a RegExp is tried on the key
   * as it is.
   */
  keys?: readonly (string | RegExp)[]
  /** What they match is filtered, in every text. They run on up to 20 KB, so keep their quantifiers bounded. */
  patterns?: readonly RegExp[]
  /** Headers to keep beside those of the allow-list. */
  headers?: readonly string[]
  /** `mask` leaves `[email]`; `hash` leaves `[email:…]`, equal for equal addresses. @default kept */
  email?: 'mask' | 'hash'
  ip?: 'mask' | 'hash'
  phone?: 'mask' | 'hash'
}

/**
 * Rules, or a function that has the last word on an occurrence after the built-in rules. It gets a copy, and what it
 * does to it reaches nothing else. If it throws or returns nothing, the occurrence is kept without its details.
 */
export type RedactOptions =
  | RedactRules
  | ((occurrence: Occurrence) => Occurrence | null | undefined)

export interface Redactor {
  /** A text without secrets, well-formed, at most `maxBytes` in UTF-8, cut with a mark. */
  text(s: string, maxBytes: number): string
  /** A URL's query without its question mark; null when empty. */
  query(search: string): string | null
  /** A URL's path. */
  path(path: string): string
  /** The headers of the allow-list. */
  headers(headers: Headers): Record<string, string>
  /** A redacted, capped copy of anything. @default 32768 bytes */
  value(value: unknown, maxBytes?: number): unknown
  /** Applies the user's function. */
  finish(occurrence: Occurrence): Occurrence
}

/** Characters looked at beyond a cut, so that a secret across it is still known as one. */
const MARGIN = 4_096
const MAX_URL = 2_048
const MAX_HEADER = 512
const MAX_VALUE = 32_768
const MAX_KEYS_KNOWN = 512
/** Shorter ones occur in ordinary words. */
const MIN_SECRET = 6

/** `%41`, `%u0041`, `\u0041`, `\x41`: printable ASCII in disguise. */
const ESCAPED = /(?:%(?:u00)?|\\u00|\\x)([2-7][\da-f])/gi

function unescapeText(s: string): string {
  return s.includes('%') || s.includes('\\')
    ? s.replace(ESCAPED, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : s
}

/** Undoes up to three layers of escaping. */
function unescapeAll(s: string): string {
  let out = s
  for (let i = 0; i < 3; i++) out = unescapeText(out)
  return out
}

function fold(key: string): string {
  return unescapeAll(key)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z\d]/g, '')
}

/** Where the words of a camel-cased key meet. */
const HUMP = /([a-z\d])(?=[A-Z])|([A-Z])(?=[A-Z][a-z])/g

function rankKey(key: string): KeyRank {
  const folded = fold(key)
  if (LINE_KEYS.test(folded)) return SECRET_LINE
  if (KEY_PARTS.test(folded)) return SECRET
  const words = unescapeAll(key).replace(HUMP, '$& ').toLowerCase()
  return (KEY_WORDS.test(words) || KEY_WORDS.test(folded)) && !PLAIN_KEYS.test(folded)
    ? SECRET
    : PLAIN
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i
/** Segments after which a hash names a revision and opens nothing. */
const REVISIONS = /^(?:commits?|trees?|blobs?|raw|rev|revisions?|compare|sha)$/i

/** Whether a path segment is made of 32 and more random characters: they change their kind too often for words. */
function isRandom(segment: string): boolean {
  if (segment.length < 32 || UUID.test(segment)) return false
  const changes = segment.match(/[a-z](?=[A-Z\d])|[A-Z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0
  return changes * 6 >= segment.length
}

/** What a configured secret looks like elsewhere: whole, in a URL, and for a URL what opens it. */
function formsOf(secret: string): string[] {
  const forms = new Set([secret, encodeURIComponent(secret)])
  if (URL.canParse(secret)) {
    const { username, password, pathname, search } = new URL(secret)
    // The path of a webhook URL is its secret; `/` and short paths are not.
    if (pathname.length >= 16)
      forms.add(pathname).add(pathname.slice(pathname.lastIndexOf('/') + 1))
    for (const form of [username, password, search.slice(1)]) forms.add(form)
  }
  return [...forms].filter((form) => form.length >= MIN_SECRET)
}

/** Orders spans and unites those that touch. */
function united(spans: readonly number[]): number[] {
  const pairs: [number, number][] = []
  for (let i = 0; i < spans.length; i += 2) pairs.push([spans[i]!, spans[i + 1]!])
  pairs.sort((a, b) => a[0] - b[0])
  const out: number[] = []
  for (const [start, end] of pairs) {
    if (out.length > 0 && start <= out.at(-1)!) out[out.length - 1] = Math.max(end, out.at(-1)!)
    else out.push(start, end)
  }
  return out
}

function splice(s: string, limit: number, spans: readonly number[]): string {
  let out = ''
  let at = 0
  for (let i = 0; i < spans.length && spans[i]! < limit; i += 2) {
    out += s.slice(at, spans[i]) + FILTERED
    at = spans[i + 1]!
  }
  return out + s.slice(at, Math.max(at, limit))
}

/**
 * Compiles the rules once.
 * @param secrets configured tokens and URLs, filtered wherever they turn up
 * @throws KlaxonError that names the option and the mend
 */
export function createRedactor(
  options: RedactOptions | undefined,
  secrets: readonly string[],
): Redactor {
  const last = typeof options === 'function' ? options : null
  const extra = checkRedact(typeof options === 'function' ? undefined : options)
  const parts = extra.keys.filter((key) => typeof key === 'string').map(fold)
  const tests = extra.keys.filter((key) => typeof key !== 'string')
  const patterns = extra.patterns.map(
    (pattern) => new RegExp(pattern, pattern.flags.replace(/[gy]/g, '') + 'g'),
  )
  const literals = secrets.flatMap(formsOf)
  const allowed = [...HEADERS, ...extra.headers]
  const known = new Map<string, KeyRank>()

  function rank(key: string): KeyRank {
    let rating = known.get(key)
    if (rating !== undefined) return rating
    rating = rankKey(key)
    if (
      rating === PLAIN &&
      (parts.some((part) => fold(key).includes(part)) ||
        tests.some((test) => key.search(test) !== -1))
    ) {
      rating = SECRET
    }
    if (known.size >= MAX_KEYS_KNOWN) known.clear()
    known.set(key, rating)
    return rating
  }

  /** Replaces what is found; nothing from `limit` on comes out. */
  function filter(s: string, limit: number): string {
    const spans = findSecrets(s, rank)
    const ordered = spans.length
    for (const literal of literals) {
      for (let at = s.indexOf(literal); at !== -1; at = s.indexOf(literal, at + literal.length)) {
        spans.push(at, at + literal.length)
      }
    }
    for (const pattern of patterns) {
      for (const match of s.matchAll(pattern))
        if (match[0] !== '') spans.push(match.index, match.index + match[0].length)
    }
    if (spans.length === 0) return s.slice(0, limit)
    return splice(s, limit, spans.length === ordered ? spans : united(spans))
  }

  function redact(s: string, limit: number): string {
    let out = filter(s, limit)
    let layer = out
    for (let i = 0; i < 3; i++) {
      const plain = unescapeText(layer)
      if (plain === layer) break
      layer = filter(plain, plain.length)
      if (layer !== plain) out = layer
    }
    for (const kind of ['email', 'ip', 'phone'] as const) {
      const how = extra[kind]
      if (how !== undefined) {
        out = out.replace(PERSONAL[kind], (match) =>
          how === 'hash' ? `[${kind}:${sha256(match.toLowerCase(), 2)}]` : `[${kind}]`,
        )
      }
    }
    return out
  }

  function text(s: string, maxBytes: number): string {
    const scanned = Math.min(maxBytes + MARGIN, MAX_SCAN)
    if (s.length <= scanned) return cutBytes(wellFormed(redact(s, s.length)), maxBytes)
    return cutBytes(wellFormed(redact(s.slice(0, scanned), scanned - MARGIN)), maxBytes, true)
  }

  function path(s: string): string {
    let before = ''
    const segments = s
      .slice(0, MAX_URL * 2)
      .split('/')
      .map((segment) => {
        const random =
          isRandom(unescapeAll(segment)) && !(REVISIONS.test(before) && /^[\da-f]+$/i.test(segment))
        before = segment
        return random ? FILTERED : segment
      })
    return text(segments.join('/'), MAX_URL)
  }

  function parameter(part: string): string {
    const equals = part.indexOf('=')
    const value = unescapeAll(part.slice(equals + 1).replaceAll('+', ' '))
    const clean = redact(value, value.length) === value
    const name = text(part.slice(0, Math.max(0, equals)), MAX_URL)
    if (equals === -1) return clean ? part : FILTERED
    return value === '' || (clean && rank(part.slice(0, equals)) === PLAIN)
      ? name + part.slice(equals)
      : `${name}=${FILTERED}`
  }

  function header(name: string, value: string): string {
    if (name === 'referer') {
      const [, origin = '', rest = ''] =
        /^([a-z+.-]{1,16}:\/\/[^/?#]{0,300})?([^?#]{0,4096})/i.exec(value) ?? []
      return text(origin, MAX_HEADER) + path(rest)
    }
    return !HEADERS.includes(name) && rank(name) !== PLAIN ? FILTERED : text(value, MAX_HEADER)
  }

  function value(v: unknown, maxBytes = MAX_VALUE): unknown {
    return copyOf(v, maxBytes, { text, rank })
  }

  return {
    text,
    path,
    query(search) {
      const query = search.slice(search.startsWith('?') ? 1 : 0)
      if (query === '') return null
      // The last one may have been cut in two, and half a secret is not known as one.
      const parts = query
        .slice(0, MAX_URL * 2)
        .split('&')
        .slice(0, query.length > MAX_URL * 2 ? -1 : undefined)
      return cutBytes(wellFormed(parts.map(parameter).join('&')), MAX_URL)
    },
    headers(headers) {
      const out: Record<string, string> = {}
      for (const name of allowed) {
        const value = headers.get(name)
        if (value !== null) out[name] = header(name, value)
      }
      return out
    },
    value,
    finish: (occurrence) => (last === null ? occurrence : applyLast(last, occurrence, value)),
  }
}
