import { copyOf } from './_copy.ts'
import { fold, isSecretKey, unescapeAll, unescapeText } from './_keys.ts'
import {
  MARGIN,
  MAX_URL,
  MAX_HEADER,
  MAX_HEADERS,
  MAX_KNOWN,
  MIN_KNOWN_LENGTH,
  MAX_KNOWN_LENGTH,
} from './_limits.ts'
import { isRandom, MIN_RANDOM, MIN_RANDOM_AFTER_KEY } from './_random.ts'
import { applyLast, checkRules } from './_redact-options.ts'
import { FILTERED, HEADERS, PERSONAL, QUERY_PARAMS } from './_rules.ts'
import { filterSecrets } from './_scan.ts'
import { sha256 } from './_sha256.ts'
import { canonicalIp } from './client-ip.ts'
import { cutBytes, framesOf, MOST_BYTES, wellFormed } from './safe-text.ts'
import type { Occurrence } from './types.ts'

/** Adds to what is always filtered; nothing can be taken away from it. */
export interface RedactRules {
  /** Keys whose values are filtered: a text is folded and found anywhere in a key, a RegExp is tried on it as it is. */
  keys?: readonly (string | RegExp)[]
  /** What they match is filtered in every text. They run on up to 20 KB, so keep their quantifiers bounded. */
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
  /**
   * Whether there is nothing to replace in any of these texts: one look at all of them costs a fraction of one at each.
   * What is said here of a text, its method below takes as `isClean`.
   */
  areClean(texts: readonly string[]): boolean
  /** A text without secrets, well-formed, at most `maxBytes` in UTF-8, cut with a mark. */
  text(s: string, maxBytes: number, isClean?: boolean): string
  /** Likewise an error's stack, whose frames repeat where its first lines vary; `isClean` is said of these. */
  stack(s: string, maxBytes: number, isClean?: boolean): string
  /** A URL's query without its question mark; null when empty. */
  query(search: string, isClean?: boolean): string | null
  /** A URL's path. */
  path(path: string, isClean?: boolean): string
  /** The headers of the allow-list, as they came. */
  allowed(headers: Headers): Record<string, string>
  /** What `allowed` has given, redacted in place. */
  filterHeaders(kept: Record<string, string>, isClean?: boolean): Record<string, string>
  /** A redacted, capped copy of anything. @default 32768 bytes */
  value(value: unknown, maxBytes?: number): unknown
  /** Applies the user's function. */
  finish(occurrence: Occurrence): Occurrence
}

/** Configured secrets as a pattern: whole, the path of a URL, and long pieces, as errors may quote them. */
function literals(secrets: readonly string[]): RegExp[] {
  const pieces = secrets.flatMap((secret) => [
    secret.replace(/^\w+:\/\/[^/]+/, ''),
    ...secret.split(/[^\w-]/),
  ])
  // What is shorter occurs in ordinary words.
  const forms = [
    ...secrets.filter((secret) => secret.length > 5),
    ...pieces.filter((piece) => piece.length > 15 && /[\dA-Z]/.test(piece)),
  ]
    .toSorted((a, b) => b.length - a.length)
    .map((form) => form.replace(/\W/g, '\\$&'))
  return forms.length > 0 ? [new RegExp(forms.join('|'))] : []
}

/** A frame as V8 writes it, with the place at the end. */
const FRAME =
  /^ {4}at (?:.*(?::\d{1,9}:\d{1,9}|<anonymous>|native)\)?|async Promise\.\w{1,20} \(index \d{1,9}\))$/

function areFrames(lines: string): boolean {
  return lines
    .slice(1)
    .split('\n')
    .every((line) => FRAME.test(line))
}

/** Puts something in a bounded memory. */
function remember<K, V>(memory: Map<K, V>, key: K, value: V): V {
  if (memory.size >= MAX_KNOWN) memory.clear()
  memory.set(key, value)
  return value
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
  const rules = checkRules(typeof options === 'function' ? {} : (options ?? {}))
  const { keys = [] } = rules
  const extraHeaders = (rules.headers ?? []).map((name) => name.toLowerCase())
  const allowList = [...HEADERS, ...extraHeaders]
  const patterns = [...(rules.patterns ?? []), ...literals(secrets)].map(
    (pattern) => new RegExp(pattern, pattern.flags.replace(/[gy]/g, '') + 'g'),
  )
  const personal = (['email', 'ip', 'phone'] as const).filter((kind) => rules[kind] !== undefined)
  const knownKeys = new Map<string, boolean>()
  /** Only what came out as it went in, so nothing secret is kept. */
  const clean = new Map<string, true>()
  let latest = ''

  function isSecret(key: string): boolean {
    const known = knownKeys.get(key)
    if (known !== undefined) return known
    const own = keys.some((k) =>
      typeof k === 'string' ? fold(key).includes(fold(k)) : key.search(k) !== -1,
    )
    const secret = own || isSecretKey(key)
    return key.length > MIN_KNOWN_LENGTH ? secret : remember(knownKeys, key, secret)
  }

  const secretHeaders = extraHeaders.filter(isSecret)
  const ownPatterns = (rules.patterns ?? []).length > 0

  function filter(s: string): string {
    const out = filterSecrets(
      patterns.reduce((rest, pattern) => rest.replace(pattern, (m) => m && FILTERED), s),
      isSecret,
    )
    return personal.reduce(
      (rest, kind) => rest.replace(PERSONAL[kind], (match) => hidden(kind, match)),
      out,
    )
  }

  function hidden(kind: keyof typeof PERSONAL, match: string): string {
    const data = kind === 'ip' ? canonicalIp(match) : match.toLowerCase()
    if (data === null) return match
    return rules[kind] === 'mask' ? `[${kind}]` : `[${kind}:${sha256(data).slice(0, 16)}]`
  }

  function redact(s: string): string {
    // To compare costs a fraction of the hash that the map asks for.
    if (s === latest) return s
    if (!clean.has(s)) {
      const out = redacted(s)
      if (out !== s || s.length < MIN_KNOWN_LENGTH || s.length > MAX_KNOWN_LENGTH) return out
      remember(clean, s, true)
    }
    return (latest = s)
  }

  function redacted(s: string): string {
    let out = filter(s.includes('params: ') ? s.replace(QUERY_PARAMS, `$1${FILTERED}`) : s)
    let layer = out
    for (let i = 0; i < 3; i++) {
      const plain = unescapeText(layer)
      if (plain === layer) break
      layer = filter(plain)
      if (layer !== plain) out = layer
    }
    return wellFormed(out)
  }

  /** A message varies, the frames below it repeat; but what only begins like a frame may belong to a secret above it. */
  function redactStack(s: string, frames: number): string {
    const repeated = s.slice(frames)
    return areFrames(repeated) ? redact(s.slice(0, frames)) + redact(repeated) : redact(s)
  }

  function text(s: string, maxBytes: number, isClean = false): string {
    let end = s.length
    if (end * MOST_BYTES <= maxBytes && (isClean || clean.has(s))) return s
    if (end > maxBytes + MARGIN) {
      end = maxBytes + MARGIN
      // Half a secret at the end would not be known as one.
      while (end > maxBytes && /[^\s,;&]/.test(s[end - 1]!)) end--
    }
    const whole = s.slice(0, end)
    const frames = framesOf(whole)
    const out = frames < 0 ? redact(whole) : redactStack(whole, frames)
    return cutBytes(out, maxBytes, end < s.length)
  }

  function stack(s: string, maxBytes: number, isClean = false): string {
    const frames = framesOf(s)
    if (frames < 0 || !isClean || s.length * MOST_BYTES > maxBytes) return text(s, maxBytes)
    const repeated = s.slice(frames)
    const out = redact(repeated)
    return out === repeated ? s : cutBytes(s.slice(0, frames) + out, maxBytes)
  }

  function path(s: string, isClean = false): string {
    if (!/[^/]{16}/.test(s)) return text(s, MAX_URL, isClean)
    const segments = s.slice(0, MAX_URL * 2).split('/')
    const random = (segment: string, i: number): boolean => {
      if (segment.length < MIN_RANDOM_AFTER_KEY) return false
      const before = segments[i - 1] ?? ''
      const min = isSecret(before) ? MIN_RANDOM_AFTER_KEY : MIN_RANDOM
      return isRandom(unescapeAll(segment), before, min)
    }
    return text(segments.map((part, i) => (random(part, i) ? FILTERED : part)).join('/'), MAX_URL)
  }

  function parameter(part: string): string {
    const [name, ...rest] = part.split('=')
    const value = unescapeAll(rest.join('=').replaceAll('+', ' '))
    const safe = value === '' || (!isSecret(name!) && redact(value) === value)
    return rest.length === 0 ? redact(part) : `${redact(name!)}=${safe ? rest.join('=') : FILTERED}`
  }

  function allowed(from: Headers): Record<string, string> {
    const kept: Record<string, string> = {}
    for (const name of allowList) {
      const value = from.get(name)
      if (value !== null) kept[name] = value
    }
    for (const name of secretHeaders) if (name in kept) kept[name] = FILTERED
    const { referer } = kept
    if (referer !== undefined) kept['referer'] = path(referer.replace(/[?#][^]*/, ''))
    return kept
  }

  function filterHeaders(kept: Record<string, string>, isClean = false): typeof kept {
    let size = 0
    for (const name in kept) size += kept[name]!.length
    // Of all of them no more than that; each is cut where they are more, or may be.
    const short = isClean && size * MOST_BYTES <= MAX_HEADERS
    for (const name in kept) kept[name] = text(kept[name]!, short ? MAX_HEADERS : MAX_HEADER, short)
    return kept
  }

  function areClean(texts: readonly string[]): boolean {
    // A pattern of the user's may be tied to where a text begins or ends.
    if (ownPatterns) return false
    const all = texts.join('\n')
    return all.length <= MAX_KNOWN_LENGTH && redacted(all) === all
  }

  /** A plus sign is a space. */
  function isPlain(query: string): boolean {
    const plain = query.replaceAll('+', ' ')
    return redact(plain) === plain
  }

  return {
    areClean,
    text,
    stack,
    path,
    query(search, isClean = false) {
      const whole = isClean ? search : wellFormed(search)
      const query = whole.startsWith('?') ? whole.slice(1) : whole
      if (query === '') return null
      const parts = query.slice(0, MAX_URL * 2).split('&')
      // The last one may have been cut in two, and half a secret is not known as one.
      if (query.length > MAX_URL * 2) parts.pop()
      const all = parts.join('&')
      const safe =
        (isClean || isPlain(all)) && !parts.some((part) => isSecret(part.split('=', 1)[0]!))
      return cutBytes(safe ? all : parts.map(parameter).join('&'), MAX_URL)
    },
    allowed,
    filterHeaders,
    value: (value, maxBytes = 32_768) => copyOf(value, maxBytes, text, isSecret),
    finish: (occurrence) =>
      typeof options === 'function' ? applyLast(options, occurrence) : occurrence,
  }
}
