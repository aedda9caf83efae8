import { KEY_END_LENGTH } from '../model/limits.ts'
import * as rules from './_rules.ts'
import { unescapeAll } from './_unescape.ts'

/**
 * The kind of a key's value is a number of bits, 0 when the value is not secret. This bit: it is
 * secret.
 */
export const SECRET = 1
/** Bit: the key is an English word too, such as `code`, so that it is no key in a sentence. */
export const ENGLISH = 2
/** Bit: the key counts something, so that a number is not secret, as in `prompt_tokens: 812`. */
export const COUNTS = 4

/**
 * Letters of other alphabets, each followed by the Latin letter that it resembles:
 * https://www.unicode.org/reports/tr39/
 * The first character replaces a letter that resembles none.
 */
const LOOKALIKES = ' аaαaсcԁdеeεeһhіiιiıiјjкkκkоoοoрpρpѕsтtτtуyυuνvхxłl'

/** Replaces accented and lookalike letters by Latin ones. */
function latin(plain: string): string {
  const bare = plain.normalize('NFKD').replace(/[\u0300-\u036f]/g, '')
  return bare.replace(/[^\0-\x7f]/g, (c) => LOOKALIKES[LOOKALIKES.indexOf(c.toLowerCase()) + 1]!)
}

/**
 * Folds a key, so that `%41pi-Key`, `api.key`, `ＡＰＩＫＥＹ`, `àpikey` and the Cyrillic `арікеу` are
 * equal.
 */
export function fold(key: string): string {
  return bare(latin(unescapeAll(key)))
}

function bare(plain: string): string {
  return plain.toLowerCase().replace(/[^a-z\d]/g, '')
}

/**
 * The words of a key, split at capital letters and separators: `userPin`, `PINCode`, `user.sId`,
 * `user_pin2`.
 */
function wordsOf(plain: string): string[] {
  return lettersOf(plain.replace(/([a-z\d])(?=[A-Z])|[A-Z](?=[A-Z][a-z])/g, '$& '))
}

function lettersOf(plain: string): string[] {
  return plain.toLowerCase().match(/[a-z]+/g) ?? []
}

/** Letters of the longest name in the rules. */
const MAX_NAME_LETTERS = 20

/**
 * Whether consecutive words form a secret name together: `api` and `key`, `pass` and `word`.
 */
function areName(words: readonly string[]): boolean {
  if (!rules.IN_NAME.test(words.join(''))) return false
  for (let i = 0; i < words.length; i++) {
    let joined = words[i]!
    for (let k = i + 1; k < words.length && joined.length < MAX_NAME_LETTERS; k++) {
      joined += words[k]!
      if (rules.NAME.test(joined)) return true
    }
  }
  return false
}

/** The kind of a key's value, by the rules. Of a long key, its start and its end decide. */
export function kindOfKey(key: string): number {
  if (key.length > KEY_END_LENGTH * 2)
    return kindOfKey(key.slice(0, KEY_END_LENGTH)) | kindOfKey(key.slice(-KEY_END_LENGTH))
  // Most keys need no unescaping.
  const isPlain = /^[\w.-]*$/.test(key)
  const seen = isPlain ? key : unescapeAll(key)
  const plain = isPlain ? key : latin(seen)
  const words = wordsOf(plain)
  const some = (pattern: RegExp, among = words): boolean => among.some((word) => pattern.test(word))
  if (some(rules.SECRET_WORD) || areName(words) || rules.FOREIGN.test(seen))
    return some(rules.COUNTING) ? SECRET | COUNTS : SECRET
  const folded = bare(plain)
  if (rules.PLAIN_KEYS.test(folded)) return 0
  // A capital letter may not start a word, as in `coDe`.
  const wholes = [...words, ...lettersOf(plain), folded.replace(/\d/g, '')]
  if (some(rules.ALWAYS_KEY, wholes)) return SECRET
  return some(rules.WORD_KEY, wholes) || rules.LAST_WORD.test(words.at(-1) ?? '')
    ? SECRET | ENGLISH
    : 0
}
