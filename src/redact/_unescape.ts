import { KEY_PARTS, KEY_WORDS, PLAIN_KEYS } from './_rules.ts'

/**
 * Characters in disguise: `%41`, `%u0041`, `\u0041`, `\u{41}`, `\x41`, `\\`, `\/`, `&#65;`, `&#x41;`, `&quot;`; and what is
 * not seen: colours of a terminal (ECMA-48), zero-width characters, NUL.
 */
const ESCAPED =
  // oxlint-disable-next-line no-control-regex
  /(?:%[\da-f]{2}){1,512}|%u[\da-f]{4}|\\(?:u[\da-f]{4}|u\{[\da-f]{1,6}\}|x[\da-f]{2}|[\\/])|&(?:#\d{1,6}|#x[\da-f]{1,5}|quot|apos|amp|lt|gt);|\x1b\[[\d;]{0,20}m|[\0\xad\u200b-\u200d\u2060\ufeff]/gi
/** What stands in each of them: to look for these one by one costs a tenth of looking for them all. */
const MARKS = '%\\&\x1b\0\xad\u200b\u200c\u200d\u2060\ufeff'.split('')
const ENTITIES: Record<string, string> = { quot: '"', apos: "'", amp: '&', lt: '<', gt: '>' }

/** Undoes one layer of escaping. */
export function unescapeText(s: string): string {
  for (const mark of MARKS) if (s.includes(mark)) return s.replace(ESCAPED, decode)
  return s
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
    // Not UTF-8, but ASCII may be hidden between what is not.
    return escaped.replace(/%([2-7].)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  }
}

/** Undoes up to three layers. */
export function unescapeAll(s: string): string {
  return unescapeText(unescapeText(unescapeText(s)))
}

/** Letters of other alphabets, and after each the one that it looks like: https://www.unicode.org/reports/tr39/ */
const LOOKALIKES = 'аaαaсcԁdеeεeһhіiιiıiјjкkκkоoοoрpρpѕsтtτtуyυuνvхx'

/** Without accents, and without letters that only look like others. */
function latin(key: string): string {
  return unescapeAll(key)
    .normalize('NFKD')
    .replace(/[^\0-\x7f]/g, (c) => {
      const at = LOOKALIKES.indexOf(c.toLowerCase())
      return at < 0 ? c : LOOKALIKES[at + 1]!
    })
}

/** `%41pi-Key`, `api.key`, `ＡＰＩＫＥＹ`, `àpikey` and `арікеу` in Cyrillic letters are one key. */
export function fold(key: string): string {
  return bare(latin(key))
}

function bare(plain: string): string {
  return plain.toLowerCase().replace(/[^a-z\d]/g, '')
}

/** Whether the value of a key is secret by the table. */
export function isSecretKey(key: string): boolean {
  const plain = latin(key)
  const folded = bare(plain)
  // The words of `userPin` and `PINCode` meet at humps, those of `user.sId` do not.
  const words = plain.replace(/([a-z\d])(?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$& ')
  return (
    KEY_PARTS.test(folded) ||
    (KEY_WORDS.test(`${folded} ${words} ${plain}`.toLowerCase()) && !PLAIN_KEYS.test(folded))
  )
}
