import { raw, sql, type Sql } from '../sql/statement.ts'
import { badQuery } from './words.ts'
import { UNIT_MS } from '../../util/duration.ts'

/** A condition on a text, as SQL and as an equivalent function. */
export interface TextMatch {
  sql(column: Sql): Sql
  test(text: string | null): boolean
}

/**
 * A condition for a value, or a pattern with `*` at its ends or once inside. It uses neither `like`
 * nor `glob`, because D1 takes patterns of at most 50 bytes.
 */
export function textMatch(pattern: string, fold = false): TextMatch {
  const value = fold ? lower(pattern) : pattern
  const folded = (column: Sql): Sql => (fold ? sql`lower(${column})` : column)
  const of = (text: string): string => (fold ? lower(text) : text)
  const condition = conditionOf(value)
  return {
    sql: (column) => condition.sql(folded(column)),
    test: (text) => text !== null && condition.test(of(text)),
  }
}

interface Condition {
  sql(column: Sql): Sql
  test(text: string): boolean
}

function conditionOf(pattern: string): Condition {
  const parts = pattern.split('*')
  const [first = '', second = '', third] = parts
  if (parts.length === 1) return { sql: (c) => sql`${c} = ${first}`, test: (t) => t === first }
  if (parts.length === 3 && first === '' && third === '')
    return { sql: (c) => sql`instr(${c}, ${second}) > 0`, test: (t) => t.includes(second) }
  if (parts.length > 2)
    throw badQuery(`"${pattern}": * may stand at the start, at the end, at both, or once inside`)
  return startAndEnd(first, second)
}

function startAndEnd(start: string, end: string): Condition {
  // Our own whole numbers are in the SQL text, because parameters may arrive as REAL.
  const [a, b] = [raw(String(points(start))), raw(String(points(end)))]
  const both = raw(String(points(start) + points(end)))
  return {
    sql: (c) =>
      sql`length(${c}) >= ${both} and substr(${c}, 1, ${a}) = ${start} and (${b} = 0 or substr(${c}, -${b}) = ${end})`,
    test: (t) => points(t) >= points(start) + points(end) && t.startsWith(start) && t.endsWith(end),
  }
}

/** The length of a text as SQLite counts it. */
function points(text: string): number {
  return Array.from(text).length
}

/** Lower case as SQLite's `lower()`, which changes A to Z alone. */
export function lower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

export interface NumberMatch {
  sql(column: Sql): Sql
  test(value: number): boolean
}

const COMPARED = /^(>=|<=|>|<|=)?(.+)$/s

/**
 * A condition for an optional `>`, `>=`, `<` or `<=`, and a value that `read` converts into a
 * number.
 */
export function compared(
  value: string,
  read: (text: string) => number | null,
): { operator: string; number: number } | null {
  const [, operator = '=', text = ''] = COMPARED.exec(value)!
  const number = read(text)
  return number === null ? null : { operator, number }
}

export function numberMatch(operator: string, number: number): NumberMatch {
  const sign = raw(operator)
  return {
    sql: (column) => sql`${column} ${sign} ${number}`,
    test: (value) => {
      if (operator === '>') return value > number
      if (operator === '>=') return value >= number
      if (operator === '<') return value < number
      if (operator === '<=') return value <= number
      return value === number
    },
  }
}

export function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** `30s`, `90m`, `24h`, `7d`, `2w` in ms; null for anything else. */
export function duration(text: string): number | null {
  const parts = /^(\d{1,6})([smhdw])$/.exec(text)
  return parts === null ? null : Number(parts[1]) * UNIT_MS[parts[2]!]!
}
