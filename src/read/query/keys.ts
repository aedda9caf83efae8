import type { Issue } from '../../model/issue.ts'
import type { Kind, Occurrence } from '../../model/occurrence.ts'
import { KINDS } from '../../model/queued-occurrence.ts'
import { raw, sql } from '../sql/statement.ts'
import { issueState } from './issue-state.ts'
import type { Key, Term } from './term.ts'
import {
  compared,
  duration,
  lower,
  numberMatch,
  type NumberMatch,
  textMatch,
  wholeNumber,
} from './values.ts'

type Both<Value> = {
  [Name in keyof Issue & keyof Occurrence]: Issue[Name] | Occurrence[Name] extends Value
    ? Name
    : never
}[keyof Issue & keyof Occurrence]

/** A condition on a text that issues and occurrences share. */
function text(name: Both<string | null>, pattern: string, fold = false): Term {
  const match = textMatch(pattern, fold)
  return {
    issue: { sql: () => match.sql(raw(`i.${name}`)), test: (i) => match.test(i[name]) },
    occurrence: { sql: () => match.sql(raw(`o.${name}`)), test: (o) => match.test(o[name]) },
  }
}

/** A condition on a time of an issue, by its age or by a date. */
function time(field: 'firstSeen' | 'lastSeen', value: string): Term | null {
  const column = raw(`i.${field === 'firstSeen' ? 'first_seen' : 'last_seen'}`)
  const age = compared(value, duration)
  if (age !== null) {
    // "Less than 24 hours ago" means later than that time.
    const operator = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' }[age.operator] ?? '>='
    const at = (now: number): NumberMatch => numberMatch(operator, now - age.number)
    return {
      issue: {
        sql: (now) => at(now).sql(column),
        test: (i, { now }) => at(now).test(i[field]),
      },
    }
  }
  const date = compared(value, isoTime)
  if (date === null) return null
  const match = numberMatch(date.operator === '=' ? '>=' : date.operator, date.number)
  return { issue: { sql: () => match.sql(column), test: (i) => match.test(i[field]) } }
}

function isoTime(value: string): number | null {
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z?)?$/.test(value)) return null
  const at = Date.parse(/^\d{4}-\d\d-\d\dT/.test(value) ? value.replace(/Z?$/, 'Z') : value)
  return Number.isNaN(at) ? null : at
}

function status(value: string): Term | null {
  const wide = /^([1-5])xx$/i.exec(value)
  const one = compared(value, wholeNumber)
  const matches =
    wide !== null
      ? [numberMatch('>=', Number(wide[1]) * 100), numberMatch('<', Number(wide[1]) * 100 + 100)]
      : one === null
        ? null
        : [numberMatch(one.operator, one.number)]
  if (matches === null) return null
  const [first, second = first!] = matches
  const of = (table: string) => ({
    sql: () => sql`${first!.sql(raw(`${table}.status`))} and ${second.sql(raw(`${table}.status`))}`,
    test: (row: { status: number }) => first!.test(row.status) && second.test(row.status),
  })
  return { issue: of('i'), occurrence: of('o') }
}

function count(value: string): Term | null {
  const wanted = compared(value, wholeNumber)
  if (wanted === null) return null
  const match = numberMatch(wanted.operator, wanted.number)
  return { issue: { sql: () => match.sql(raw('i.count')), test: (i) => match.test(i.count) } }
}

/**
 * The newest release of each service, computed once for all rows. It is one text, which SQLite
 * finds in one step.
 */
const isNewest = (table: string, column: string) =>
  raw(`(coalesce(${table}.service, '') || char(10) || ${table}.${column}) in (select service || char(10) || release from (
  select service, release, max(first_seen) from klaxon_releases group by service))`)

function release(value: string): Term {
  if (value === 'last') {
    return {
      issue: {
        sql: () => sql`${isNewest('i', 'last_release')} or ${isNewest('i', 'first_release')}`,
        test: (i, facts) => {
          const newest = facts.newestRelease(i.service)
          return newest !== null && (i.lastRelease === newest || i.firstRelease === newest)
        },
      },
      occurrence: {
        sql: () => isNewest('o', 'release'),
        test: (o, facts) => o.release !== null && o.release === facts.newestRelease(o.service),
      },
    }
  }
  const match = textMatch(value)
  return {
    issue: {
      sql: () => sql`${match.sql(raw('i.first_release'))} or ${match.sql(raw('i.last_release'))}`,
      test: (i) => match.test(i.firstRelease) || match.test(i.lastRelease),
    },
    occurrence: {
      sql: () => match.sql(raw('o.release')),
      test: (o) => match.test(o.release),
    },
  }
}

/** The title of a thrown issue starts with the error's name. */
const TITLE_NAME = raw(
  `iif(i.kind = 'status', null, iif(instr(i.title, ': ') > 0, substr(i.title, 1, instr(i.title, ': ') - 1), i.title))`,
)

function error(value: string): Term {
  const match = textMatch(value, true)
  return {
    issue: {
      sql: () => match.sql(TITLE_NAME),
      test: (i) => i.kind !== 'status' && match.test(i.title.split(': ')[0]!),
    },
    occurrence: {
      sql: () => match.sql(raw('o.error_name')),
      test: (o) => match.test(o.errorName),
    },
  }
}

/** Searches the newest 2,000 occurrences of the user. */
function user(value: string): Term {
  return {
    issue: {
      sql: () => sql`i.fingerprint in (select fingerprint from (select fingerprint from klaxon_occurrences
  where user_id = ${value} order by occurred_at desc limit 2000))`,
      test: (i, facts) => facts.hasUser(i, value),
    },
    occurrence: { sql: () => sql`o.user_id = ${value}`, test: (o) => o.userId === value },
  }
}

function trace(value: string): Term {
  const id = lower(value)
  return {
    issue: {
      sql: () => sql`i.fingerprint in (select fingerprint from (select fingerprint from klaxon_occurrences
  where trace_id = ${id} limit 2000))`,
      test: (i, facts) => facts.hasTrace(i, id),
    },
    occurrence: { sql: () => sql`o.trace_id = ${id}`, test: (o) => o.traceId === id },
  }
}

/** All keys of the query language. Help, errors and documentation use this list. */
export const QUERY_KEYS: readonly Key[] = [
  { name: 'is', values: 'open, resolved, ignored, muted or regressed', term: issueState },
  { name: 'status', values: '404, 5xx or >=500', term: status },
  {
    name: 'kind',
    values: 'thrown, status, browser or missed',
    term: (value) => (KINDS.includes(value as Kind) ? text('kind', value) : null),
  },
  { name: 'method', values: 'such as POST', term: (value) => text('method', value, true) },
  { name: 'route', values: 'such as /api/orders/:id or /api/*', term: (v) => text('route', v) },
  { name: 'env', values: 'an environment', term: (value) => text('environment', value) },
  { name: 'service', values: 'a service', term: (value) => text('service', value) },
  { name: 'release', values: 'a release, or last', term: release },
  { name: 'error', values: 'such as TypeError or *Error', term: error },
  { name: 'count', values: 'such as >100', term: count },
  { name: 'first', values: '<24h, >7d or a date', term: (value) => time('firstSeen', value) },
  { name: 'last', values: '<24h, >7d or a date', term: (value) => time('lastSeen', value) },
  { name: 'user', values: "a user's id", term: user },
  { name: 'trace', values: 'a trace id', term: trace },
]
