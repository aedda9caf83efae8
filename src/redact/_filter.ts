import {
  KEY_END_LENGTH,
  MAX_KNOWN_TEXTS,
  MAX_KNOWN_TEXT_LENGTH,
  MIN_KNOWN_TEXT_LENGTH,
} from '../model/limits.ts'
import { canonicalIp } from '../util/client-ip.ts'
import { wellFormed } from '../util/safe-text.ts'
import { sha256 } from '../util/sha256.ts'
import { fold, kindOfKey, SECRET } from './_key-names.ts'
import type { RedactRules } from './_options.ts'
import { FILTERED, PERSONAL, QUERY_PARAMS } from './_rules.ts'
import { filterSecrets } from './_text-scanner.ts'
import { unescapeText } from './_unescape.ts'

/** The rules, compiled once. */
export interface Filter {
  /** The kind of a key's value, as bits of `_key-names.ts`. */
  readonly kindOf: (key: string) => number
  /**
   * Redacts a text and makes it well-formed. It undoes up to three layers of escaping that hide a
   * secret.
   */
  readonly redact: (s: string) => string
  /** Redacts a text without the memory of clean texts. */
  readonly redacted: (s: string) => string
  /** Whether a text is remembered as clean. */
  readonly isKnown: (s: string) => boolean
}

/**
 * A pattern of the configured secrets: whole, the path of a URL, and long pieces, because errors
 * may quote parts.
 */
function literals(secrets: readonly string[]): RegExp[] {
  const pieces = secrets.flatMap((secret) => [
    secret.replace(/^\w+:\/\/[^/]+/, ''),
    ...secret.split(/[^\w-]/),
  ])
  // Shorter secrets occur in ordinary words.
  const forms = [
    ...secrets.filter((secret) => secret.length > 5),
    ...pieces.filter((piece) => piece.length > 15 && /[\dA-Z]/.test(piece)),
  ]
    .toSorted((a, b) => b.length - a.length)
    .map((form) => form.replace(/\W/g, '\\$&'))
  return forms.length > 0 ? [new RegExp(forms.join('|'), 'g')] : []
}

/**
 * Whether digits that a user's pattern matched are the line and column of a frame:
 * `worker.js:33727:13`.
 */
function isPlace(s: string, at: number, match: string): boolean {
  if (!/^[\d:]{1,20}$/.test(match)) return false
  const before = /(.{0,64}?)([\d:]{0,20})$/.exec(s.slice(Math.max(0, at - 64), at))!
  const rest = /^[\d:]{0,20}/.exec(s.slice(at + match.length, at + match.length + 20))![0]
  const place = before[2] + match + rest
  return /^:\d{1,9}:\d{1,9}$/.test(place)
    ? /[\w)>]$/.test(before[1]!)
    : /^:\d{1,9}$/.test(place) && /[/\\][^\s:]{0,64}\.\w{1,10}$/.test(before[1]!)
}

/** Stores a value in a bounded map. */
function remember<K, V>(memory: Map<K, V>, key: K, value: V): V {
  if (memory.size >= MAX_KNOWN_TEXTS) memory.clear()
  memory.set(key, value)
  return value
}

/**
 * Compiles the rules.
 * @param secrets configured tokens and URLs, filtered in every text
 */
export function createFilter(rules: RedactRules, secrets: readonly string[]): Filter {
  const { keys = [] } = rules
  const patterns = (rules.patterns ?? []).map(
    (pattern) => new RegExp(pattern, pattern.flags.replace(/[gy]/g, '') + 'g'),
  )
  const configured = literals(secrets)
  const personal = (['email', 'ip', 'phone'] as const).filter((kind) => rules[kind] !== undefined)
  const knownKeys = new Map<string, number>()
  /** Clean texts, which contain no secret. */
  const clean = new Map<string, true>()
  let latest = ''

  function kindOf(key: string): number {
    const known = knownKeys.get(key)
    if (known !== undefined) return known
    const short = key.slice(0, KEY_END_LENGTH)
    const isConfigured = keys.some((k) =>
      typeof k === 'string' ? fold(short).includes(fold(k)) : short.search(k) !== -1,
    )
    const kind = isConfigured ? SECRET : kindOfKey(key)
    return key.length > MIN_KNOWN_TEXT_LENGTH ? kind : remember(knownKeys, key, kind)
  }

  /** Redacts one layer of escaping. */
  function filter(s: string): string {
    let out = s
    for (const pattern of patterns) {
      const before = out
      out = before.replace(pattern, (match, ...rest: unknown[]) => {
        // Groups are texts. The first number is the index of the match.
        const at = rest.find((each) => typeof each === 'number')!
        return match === '' || isPlace(before, at, match) ? match : FILTERED
      })
    }
    for (const literal of configured) out = out.replace(literal, FILTERED)
    out = filterSecrets(out, kindOf)
    for (const kind of personal) out = out.replace(PERSONAL[kind], (match) => hidden(kind, match))
    return out
  }

  function hidden(kind: keyof typeof PERSONAL, match: string): string {
    const data = kind === 'ip' ? canonicalIp(match) : match.toLowerCase()
    if (data === null) return match
    return rules[kind] === 'mask' ? `[${kind}]` : `[${kind}:${sha256(data).slice(0, 16)}]`
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

  return {
    kindOf,
    redact(s) {
      // A comparison costs a fraction of the map's hash.
      if (s === latest) return s
      if (!clean.has(s)) {
        const out = redacted(s)
        if (out !== s || s.length < MIN_KNOWN_TEXT_LENGTH || s.length > MAX_KNOWN_TEXT_LENGTH)
          return out
        remember(clean, s, true)
      }
      return (latest = s)
    },
    redacted,
    isKnown: (s) => clean.has(s),
  }
}
