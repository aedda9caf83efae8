import {
  MARGIN_LENGTH,
  MAX_HEADER_BYTES,
  MAX_ALL_HEADERS_BYTES,
  MAX_KNOWN_TEXT_LENGTH,
  MAX_SCANNED_LENGTH,
  MAX_OCCURRENCE_BYTES,
  MAX_FIELD_BYTES,
  MAX_URL_BYTES,
  SHORT_MARGIN_LENGTH,
} from '../model/limits.ts'
import type { Occurrence } from '../model/occurrence.ts'
import { cutBytes, framesOf, MAX_UNIT_BYTES, wellFormed } from '../util/safe-text.ts'
import { copyOf } from './_copy.ts'
import { createFilter } from './_filter.ts'
import { checkRules, type RedactOptions } from './_options.ts'
import { applyFunction } from './_redact-function.ts'
import { FILTERED, KEPT_HEADERS } from './_rules.ts'
import { filterParameters, filterSegments, queryOf } from './_url-parts.ts'

export type { RedactOptions, RedactRules } from './_options.ts'

/** Redacts the texts of occurrences. */
export interface Redactor {
  /**
   * Begins an occurrence, which `finish` ends. Only a limited number of its characters are scanned,
   * in the order of the calls, and later texts are filtered unread. This limits the time that a
   * client can cause.
   */
  begin(): void
  /**
   * Whether none of these texts contains a secret. One scan of all costs a fraction of a scan of
   * each. The methods below take the result as `isClean`.
   */
  areClean(texts: readonly string[]): boolean
  /** Redacts a text, makes it well-formed, and cuts it to `maxBytes` of UTF-8, with a mark. */
  text(s: string, maxBytes: number, isClean?: boolean): string
  /**
   * Redacts and cuts an error's stack. Its frames repeat, and its first lines vary; `isClean` is
   * about those lines.
   */
  stack(s: string, maxBytes: number, isClean?: boolean): string
  /** Redacts a URL's query, without its question mark. null when it is empty. */
  query(search: string, isClean?: boolean): string | null
  /** Redacts a URL's path. */
  path(path: string, isClean?: boolean): string
  /** The allowed headers, not redacted yet. */
  allowed(headers: Headers): Record<string, string>
  /** Redacts the headers of `allowed` in place. */
  filterHeaders(kept: Record<string, string>, isClean?: boolean): Record<string, string>
  /** A redacted, cut copy of any value. @default 32768 bytes */
  value(value: unknown, maxBytes?: number): unknown
  /** Applies the user's function. `warn` gets the reason why its result was not used. */
  finish(occurrence: Occurrence, warn?: (what: string) => void): Occurrence
}

/** A frame of V8, with its place at the end. */
const STACK_FRAME =
  /^ {4}at (?:.*(?::\d{1,9}:\d{1,9}|<anonymous>|native)\)?|async Promise\.\w{1,20} \(index \d{1,9}\))$/

function areFrames(lines: string): boolean {
  return lines
    .slice(1)
    .split('\n')
    .every((line) => STACK_FRAME.test(line))
}

/**
 * Compiles the rules once.
 * @param secrets configured tokens and URLs, filtered in every text
 * @throws KlaxonError that names the option and the fix
 */
export function createRedactor(
  options: RedactOptions | undefined,
  secrets: readonly string[],
): Redactor {
  const rules = checkRules(typeof options === 'function' ? {} : (options ?? {}))
  const filter = createFilter(rules, secrets)
  const { redact, kindOf } = filter
  const extraHeaders = (rules.headers ?? []).map((name) => name.toLowerCase())
  const secretHeaders = extraHeaders.filter((name) => kindOf(name) > 0)
  const allowList = [...KEPT_HEADERS, ...extraHeaders]
  const hasPatterns = (rules.patterns ?? []).length > 0
  /** Characters of the current occurrence that may still be scanned. */
  let left = Infinity

  function mayScan(length: number): boolean {
    if (length > left) return false
    left -= length
    return true
  }

  /**
   * Redacts a stack. The message varies and the frames repeat, so they are redacted apart. A line
   * that only starts like a frame may belong to a secret above it.
   */
  function redactStack(s: string, frames: number): string {
    const repeated = s.slice(frames)
    return areFrames(repeated) ? redact(s.slice(0, frames)) + redact(repeated) : redact(s)
  }

  function text(s: string, maxBytes: number, isClean = false): string {
    let end = s.length
    if (end * MAX_UNIT_BYTES <= maxBytes && (isClean || filter.isKnown(s))) return s
    const margin = maxBytes > MAX_FIELD_BYTES ? MARGIN_LENGTH : SHORT_MARGIN_LENGTH
    if (end > maxBytes + margin) {
      end = maxBytes + margin
      // Half a secret at the end would not be recognised.
      while (end > maxBytes && /[^\s,;&]/.test(s[end - 1]!)) end--
    }
    if (!mayScan(end)) return FILTERED
    const whole = s.slice(0, end)
    const frames = framesOf(whole)
    const out = frames < 0 ? redact(whole) : redactStack(whole, frames)
    return cutBytes(out, maxBytes, end < s.length)
  }

  function path(s: string, isClean = false): string {
    if (!/[^/]{16}/.test(s)) return text(s, MAX_URL_BYTES, isClean)
    return text(filterSegments(filter, s), MAX_URL_BYTES)
  }

  return {
    begin() {
      left = MAX_SCANNED_LENGTH
    },
    areClean(texts) {
      // A user's pattern may match only at the start or end of a text.
      if (hasPatterns) return false
      const all = texts.join('\n')
      return all.length <= MAX_KNOWN_TEXT_LENGTH && filter.redacted(all) === all
    },
    text,
    stack(s, maxBytes, isClean = false) {
      const frames = framesOf(s)
      if (frames < 0 || !isClean || s.length * MAX_UNIT_BYTES > maxBytes) return text(s, maxBytes)
      const repeated = s.slice(frames)
      const out = redact(repeated)
      return out === repeated ? s : cutBytes(s.slice(0, frames) + out, maxBytes)
    },
    path,
    query(search, isClean = false) {
      const query = queryOf(isClean ? search : wellFormed(search))
      if (query === '') return null
      return mayScan(query.length) ? filterParameters(filter, query, isClean) : FILTERED
    },
    allowed(from) {
      const kept: Record<string, string> = {}
      for (const name of allowList) {
        const value = from.get(name)
        if (value !== null) kept[name] = value
      }
      for (const name of secretHeaders) if (name in kept) kept[name] = FILTERED
      const { referer } = kept
      if (referer !== undefined)
        kept['referer'] = path(referer.slice(0, MAX_URL_BYTES * 2).replace(/[?#][^]*/, ''))
      return kept
    },
    filterHeaders(kept, isClean = false) {
      let size = 0
      for (const name in kept) size += kept[name]!.length
      // All headers together have a limit. Each is cut when they may exceed it.
      const short = isClean && size * MAX_UNIT_BYTES <= MAX_ALL_HEADERS_BYTES
      for (const name in kept)
        kept[name] = text(kept[name]!, short ? MAX_ALL_HEADERS_BYTES : MAX_HEADER_BYTES, short)
      return kept
    },
    value: (value, maxBytes = MAX_OCCURRENCE_BYTES) => copyOf(value, maxBytes, text, kindOf),
    finish(occurrence, warn) {
      left = Infinity
      return typeof options === 'function' ? applyFunction(options, occurrence, warn) : occurrence
    },
  }
}
