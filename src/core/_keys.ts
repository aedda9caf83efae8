import { KEY_PARTS, KEY_WORDS, PLAIN_KEYS } from './_rules.ts'

/** `%41`, `%u0041`, `\u0041`, `\x41`: printable ASCII in disguise. */
const ESCAPED = /(?:%(?:u00)?|\\u00|\\x)([2-7][\da-f])/gi

/** Undoes one layer of escaping. */
export function unescapeText(s: string): string {
  if (!s.includes('%') && !s.includes('\\')) return s
  return s.replace(ESCAPED, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
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
  // The words of `userPin` and `PINCode` meet at humps.
  const words = unescapeAll(key).replace(/([a-z\d])(?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$& ')
  return (
    KEY_PARTS.test(folded) ||
    ((KEY_WORDS.test(folded) || KEY_WORDS.test(words.toLowerCase())) && !PLAIN_KEYS.test(folded))
  )
}
