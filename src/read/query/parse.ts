import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import { not, raw, sql, type Sql } from '../sql/statement.ts'
import { QUERY_KEYS } from './keys.ts'
import type { Condition, Facts, Term } from './term.ts'
import { lower } from './values.ts'
import { badQuery, printed, wordsOf, type Word } from './words.ts'
import { UUID } from '../../util/uuid.ts'

/** A parsed query. */
export interface Query {
  /** The normal form: one space between words, quotes only where needed. */
  text: string
  /** The id, when the query is nothing else. Show its page instead of a list. */
  jump: string | null
  /** The service, when the query names exactly one. */
  service: string | null
  issue: Filter<Issue>
  occurrence: Filter<Occurrence>
}

export interface Filter<Row> {
  /** The state of `is:`, when the query has no other condition on states. */
  state: string | null
  /** Whether the query has conditions besides `state`. */
  filters: boolean
  /** Whether texts are searched. That reads a second row for each issue. */
  searches: boolean
  /** The user or trace, when the query names exactly one. Both have an index. */
  user: string | null
  trace: string | null
  sql(now: number, options?: { withoutIs?: boolean }): Sql[]
  test(row: Row, facts: Facts): boolean
  /** The query without its `is:`, for counts by state. */
  testWithoutIs(row: Row, facts: Facts): boolean
}

const FINGERPRINT = /^v\d+:\S+$/

/**
 * Reads a query such as `is:open status:5xx -env:staging "out of stock"`.
 * @throws KlaxonError `BAD_QUERY`, whose message names what is known
 */
export function parseQuery(text: string): Query {
  const words = wordsOf(text)
  const terms = words.map(readWord)
  const only = words.length === 1 && !words[0]!.negated && words[0]!.key === null ? words[0]! : null
  const isId = only !== null && (UUID.test(only.value) || FINGERPRINT.test(only.value))
  return {
    text: words.map(printed).join(' '),
    jump: isId ? only.value : null,
    service: serviceOf(words),
    issue: filter(words, terms, 'issue'),
    occurrence: filter(words, terms, 'occurrence'),
  }
}

function serviceOf(words: readonly Word[]): string | null {
  const service = onlyOf(words, 'service')
  return service?.includes('*') === true ? null : service
}

/** The value of a key that occurs once, without `-`. */
function onlyOf(words: readonly Word[], name: string): string | null {
  const named = words.filter(({ key, negated }) => key === name && !negated)
  return named.length === 1 ? named[0]!.value : null
}

function readWord(word: Word): Term {
  if (word.key === null) return search(word.value)
  const name = word.key.toLowerCase()
  const key = QUERY_KEYS.find((known) => known.name === name)
  if (key === undefined) {
    const known = QUERY_KEYS.map((each) => `${each.name}:`).join(' ')
    throw badQuery(`"${name}:" is not known; known are ${known}; put quotes around a text`)
  }
  word.key = name
  const term = key.term(word.value)
  if (term === null) throw badQuery(`"${name}:${word.value}": write ${name}: and ${key.values}`)
  return term
}

/**
 * Searches free text: in an issue's title, message, frames and route; in an occurrence's title,
 * message and path.
 */
function search(text: string): Term {
  const needle = lower(text)
  const unicode = text.toLowerCase()
  const contains = (column: Sql): Sql =>
    needle === unicode
      ? sql`instr(${column}, ${needle}) > 0`
      : sql`(instr(${column}, ${needle}) > 0 or instr(${column}, ${unicode}) > 0)`
  const has = (haystack: string): boolean => haystack.includes(needle) || haystack.includes(unicode)
  return {
    issue: {
      sql: () =>
        contains(
          raw(
            'coalesce((select t.text from klaxon_texts t where t.fingerprint = i.fingerprint), lower(i.title))',
          ),
        ),
      test: (issue, facts) => has(facts.textOf(issue)),
    },
    occurrence: {
      sql: () =>
        contains(
          raw(`lower(o.title || char(10) || coalesce(o.error_message, '') || char(10) || o.path)`),
        ),
      test: (o) => has(lower(`${o.title}\n${o.errorMessage ?? ''}\n${o.path}`)),
    },
  }
}

type RowOf = { issue: Issue; occurrence: Occurrence }

function filter<Table extends keyof RowOf>(
  words: readonly Word[],
  terms: readonly Term[],
  table: Table,
): Filter<RowOf[Table]> {
  const conditions = terms.map((term, at) => ({
    word: words[at]!,
    condition: term[table] as Condition<RowOf[Table]> | undefined,
  }))
  const missing = conditions.find(({ condition }) => condition === undefined)?.word
  const states = words.filter(({ key }) => key === 'is')
  const simple = ['open', 'resolved', 'ignored']
  const [one] = states
  const state =
    states.length === 1 && !one!.negated && simple.includes(one!.value) ? one!.value : null

  function checked(): { word: Word; condition: Condition<RowOf[Table]> }[] {
    if (missing !== undefined) {
      const known = QUERY_KEYS.filter(({ name }) => name !== missing.key && isForOccurrences(name))
      throw badQuery(
        `"${missing.key}:" is about issues; of occurrences ask ${known.map(({ name }) => `${name}:`).join(' ')}`,
      )
    }
    return conditions as { word: Word; condition: Condition<RowOf[Table]> }[]
  }

  const test = (row: RowOf[Table], facts: Facts, withoutIs: boolean): boolean =>
    checked().every(
      ({ word, condition }) =>
        (withoutIs && word.key === 'is') || condition.test(row, facts) !== word.negated,
    )

  return {
    state,
    filters: words.length > (state === null ? 0 : 1),
    searches: words.some(({ key }) => key === null),
    user: onlyOf(words, 'user'),
    trace: onlyOf(words, 'trace')?.toLowerCase() ?? null,
    sql: (now, { withoutIs = false } = {}) =>
      checked()
        .filter(({ word }) => !withoutIs || word.key !== 'is')
        .map(({ word, condition }) =>
          word.negated ? not(condition.sql(now)) : condition.sql(now),
        ),
    test: (row, facts) => test(row, facts, false),
    testWithoutIs: (row, facts) => test(row, facts, true),
  }
}

function isForOccurrences(name: string): boolean {
  return !['is', 'count', 'first', 'last'].includes(name)
}
