/**
 * Escaped characters: `%41`, `%u0041`, `\u0041`, `\u{41}`, `\x41`, `\\`, `\/`, `&#65;`, `&#x41;`,
 * `&quot;`. And invisible characters: colours of a terminal (ECMA-48), zero-width characters, NUL.
 */
const ESCAPED =
  // oxlint-disable-next-line no-control-regex
  /(?:%[\da-f]{2}){1,512}|%u[\da-f]{4}|\\(?:u[\da-f]{4}|u\{[\da-f]{1,6}\}|x[\da-f]{2}|[\\/])|&(?:#\d{1,6}|#x[\da-f]{1,5}|quot|apos|amp|lt|gt);|\x1b\[[\d;]{0,20}m|[\0\xad\u200b-\u200d\u2060\ufeff]/gi
/** Each match contains one of these characters. Searching for them costs a tenth of the pattern. */
const MARKS = '%\\&\x1b\0\xad\u200b\u200c\u200d\u2060\ufeff'.split('')
const ENTITIES: Record<string, string> = { quot: '"', apos: "'", amp: '&', lt: '<', gt: '>' }

/** Undoes one layer of escaping. */
export function unescapeText(s: string): string {
  for (const mark of MARKS) if (s.includes(mark)) return s.replace(ESCAPED, decode)
  return s
}

/** Undoes up to three layers. */
export function unescapeAll(s: string): string {
  return unescapeText(unescapeText(unescapeText(s)))
}

function decode(escaped: string): string {
  if (/^%[^u]/i.test(escaped)) return decodePercent(escaped)
  if (escaped.length === 2) return escaped[1]!
  const entity = ENTITIES[escaped.slice(1, -1).toLowerCase()]
  const digits = /[\da-f]+[;}]?$/i.exec(escaped)
  if (entity !== undefined || digits === null) return entity ?? ''
  return String.fromCharCode(parseInt(digits[0], /^&#\d/.test(escaped) ? 10 : 16))
}

function decodePercent(escaped: string): string {
  try {
    return decodeURIComponent(escaped)
  } catch {
    // The bytes are not UTF-8, but ASCII may be among them.
    return escaped.replace(/%([2-7].)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  }
}
