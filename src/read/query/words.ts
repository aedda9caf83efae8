import { KlaxonError } from '../../model/klaxon-error.ts'

/** A word of a query: `-key:value`, or free text when `key` is null. */
export interface Word {
  key: string | null
  value: string
  negated: boolean
}

const MAX_QUERY_LENGTH = 1_000
const MAX_QUERY_WORDS = 20

export function badQuery(message: string): KlaxonError {
  return new KlaxonError(message, { code: 'BAD_QUERY' })
}

/** Splits a query at spaces outside quotes. */
export function wordsOf(query: string): Word[] {
  if (query.length > MAX_QUERY_LENGTH)
    throw badQuery(`a query has at most ${MAX_QUERY_LENGTH} characters`)
  const words: Word[] = []
  let rest = stored(query).trimStart()
  while (rest !== '') {
    const [whole, word] = nextWord(rest)
    words.push(word)
    if (words.length > MAX_QUERY_WORDS)
      throw badQuery(`a query has at most ${MAX_QUERY_WORDS} words`)
    rest = rest.slice(whole).trimStart()
  }
  return words
}

const HEAD = /^(-?)(?:([a-z]+):)?/i
const QUOTED = /^"((?:[^"\\]|\\.)*)"(?=\s|$)/s
const PLAIN = /^\S+/

/** The length of the first word, and the word. */
function nextWord(rest: string): [number, Word] {
  const [head, minus = '', key = null] = HEAD.exec(rest)!
  const after = rest.slice(head.length)
  const negated = minus === '-'
  // `https://` is a text and no key.
  if (key !== null && after.startsWith('//')) return plainText(rest, negated)
  if (after.startsWith('"')) {
    const quoted = QUOTED.exec(after)
    if (quoted === null) throw badQuery(`a quote is not closed: ${after.slice(0, 40)}`)
    const value = quoted[1]!.replace(/\\(.)/gs, '$1')
    return [head.length + quoted[0].length, { key, value, negated }]
  }
  const value = PLAIN.exec(after)?.[0] ?? ''
  if (key !== null && value === '') throw badQuery(`"${key}:" needs a value right after the colon`)
  if (value === '') throw badQuery('"-" needs a word right after it')
  return [head.length + value.length, { key, value, negated }]
}

function plainText(rest: string, negated: boolean): [number, Word] {
  const text = PLAIN.exec(rest)![0]
  return [text.length, { key: null, value: text.slice(negated ? 1 : 0), negated }]
}

/** A text as the store keeps it: without lone surrogates and NUL. */
export function stored(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd').replaceAll('\0', '\u2400')
}

/** `a b` → `"a b"`: quotes a value for a query. */
export function quote(value: string): string {
  return /^[^\s"\\-][^\s"\\]*$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** A word in the normal form of a query. */
export function printed({ key, value, negated }: Word): string {
  return `${negated ? '-' : ''}${key === null ? '' : `${key}:`}${key === null ? quoteText(value) : quote(value)}`
}

/** Quotes a text that would otherwise be read as a key. */
function quoteText(value: string): string {
  return /^[a-z]+:(?!\/\/)/i.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : quote(value)
}
