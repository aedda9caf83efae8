import { KEY_PARTS, KEY_WORDS, PLAIN_KEYS } from './_rules.ts'

/** `%41`, `%u0041`, `\u0041`, `\x41`: characters in disguise. */
const ESCAPED = /(?:%[\da-f]{2}){1,512}|[%\\]u[\da-f]{4}|\\x[\da-f]{2}/gi

/** Undoes one layer of escaping. */
export function unescapeText(s: string): string {
  return s.includes('%') || s.includes('\\') ? s.replace(ESCAPED, decode) : s
}

function decode(escaped: string): string {
  if (!/^%[^u]/i.test(escaped)) return String.fromCharCode(parseInt(escaped.slice(2), 16))
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

/** `%41pi-Key`, `api.key` and `ＡＰＩＫＥＹ` are one key. */
export function fold(key: string): string {
  return unescapeAll(key)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z\d]/g, '')
}

/** Whether the value of a key is secret by the table. */
export function isSecretKey(key: string): boolean {
  const folded = fold(key)
  const plain = unescapeAll(key)
  // The words of `userPin` and `PINCode` meet at humps, those of `user.sId` do not.
  const words = plain.replace(/([a-z\d])(?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$& ')
  return (
    KEY_PARTS.test(folded) ||
    (KEY_WORDS.test(`${folded} ${words} ${plain}`.toLowerCase()) && !PLAIN_KEYS.test(folded))
  )
}
