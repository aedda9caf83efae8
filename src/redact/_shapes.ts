import * as formats from './_formats.ts'
import { bytes, endOf, type Scan, type Span } from './_text-bytes.ts'

/**
 * A credential at the start of a word. After a backslash, the letter of `\n`, `\r` or `\t` precedes
 * it.
 */
const AT_START = new RegExp(
  `[nrt]?(?:${[...formats.TOKENS, ...formats.WHOLE_WORDS].join('|')})`,
  'y',
)
const BEFORE_TOKEN = /[._%-]/
const INSIDE = new RegExp(`[._%-](?:${formats.TOKENS.join('|')})`)

const REST_OF_WORD = /[^\s"'`<>()[\]{}&,;|\\]*/y

/**
 * A credential in a word, or the secret of a webhook with this host, up to the next gap.
 */
export function credential({ s }: Scan, at: number, end: number): Span {
  const word = s.slice(at, end)
  if (bytes[end] === 47 && formats.WEBHOOK_HOST.test(word)) return webhook(s, word, end)
  // RFC 7519: a header in base64url and a dot. The rest may have been cut.
  const jwt = word.indexOf('eyJ')
  if (jwt >= 0 && word.indexOf('.', jwt) > jwt + 9) return [at + jwt, endOf(REST_OF_WORD, s, end)]
  if (endOf(AT_START, s, at) >= 0) return [at, endOf(REST_OF_WORD, s, end)]
  const inside = BEFORE_TOKEN.test(word) ? word.search(INSIDE) : -1
  return inside < 0 ? null : [at + inside + 1, endOf(REST_OF_WORD, s, end)]
}

function webhook(s: string, host: string, slash: number): Span {
  const start = endOf(formats.WEBHOOK_PATH, s, slash)
  // Discord has other paths as well.
  return start === slash + 1 && /discord(?:app)?\.com$/i.test(host)
    ? null
    : [start, endOf(REST_OF_WORD, s, start)]
}

/** A card number that starts in or shortly before a word, perhaps in groups. */
export function card({ s }: Scan, at: number, end: number): Span {
  const from = Math.max(0, at - 5)
  const near = s.slice(from, end + 24)
  formats.CARD.lastIndex = 0
  for (let match; (match = formats.CARD.exec(near)) !== null;) {
    // The last groups may be other numbers.
    for (
      let number = match[0];
      number !== '';
      number = number.slice(0, Math.max(0, number.lastIndexOf(' ')))
    ) {
      const start = from + match.index
      if (isCard(number)) return [start, start + number.length]
    }
  }
  return null
}

/**
 * Whether a number is a card's: by the formula of ISO/IEC 7812-1, annex B, by groups of at least
 * three digits, and by its issuer's length.
 */
function isCard(number: string): boolean {
  let sum = 0
  let count = 0
  let group = 0
  for (let i = number.length - 1; i >= 0; i--) {
    const digit = number.charCodeAt(i) - 48
    if (digit < 0) {
      if (group < 3) return false
      group = 0
      continue
    }
    sum += count % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)
    count++
    group++
  }
  return group > 2 && sum % 10 === 0 && formats.ISSUED.test(number.replace(/\D/g, ''))
}

/**
 * The end of the PEM block at `at`; -1 without one. A block without its last line extends to the
 * end of the text.
 */
export function pemEnd(s: string, at: number): number {
  const begun = endOf(formats.PEM, s, at)
  return begun < 0 ? -1 : closing(formats.PEM_END, s, begun)
}

function closing(pattern: RegExp, s: string, from: number): number {
  const end = endOf(pattern, s, from)
  return end < 0 ? s.length : end
}

/**
 * A secret after a name that ends in a digit: a key file of PuTTY, or the token of a Telegram bot.
 */
export function shapeAfter({ s }: Scan, name: string, next: number): Span {
  if (formats.PUTTY.test(name)) return [next, closing(formats.PUTTY_END, s, next)]
  const end = formats.TELEGRAM_BOT.test(name) ? endOf(formats.TELEGRAM, s, next) : -1
  return end < 0 ? null : [next, end]
}

/** A secret that the word before a space announces: a PEM block, or a scheme's credential. */
export function announced({ s }: Scan, space: number): Span {
  const last = bytes[space - 1]! | 32
  // The last letters of BEGIN, Bearer and Basic.
  if (last !== 110 && last !== 114 && last !== 99) return null
  const lead = /(?:-----BEGIN|(?<![a-z])(?:bearer|basic))$/i.exec(
    s.slice(Math.max(0, space - 10), space),
  )
  if (lead === null) return null
  if (lead[0].startsWith('-')) return [space - 10, pemEnd(s, space - 10)]
  formats.CREDENTIAL.lastIndex = space
  const value = formats.CREDENTIAL.exec(s)?.[1]
  const bearer = lead[0].length === 6
  if (!value || (bearer ? formats.PROSE.test(value) : !formats.BASE64.test(value))) return null
  const end = formats.CREDENTIAL.lastIndex
  return [end - value.length, end]
}
