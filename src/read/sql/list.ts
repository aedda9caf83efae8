import { barTimes, chartOf, fill, hourBefore, lastBar, BAR_PART_OF_SERIES, SPANS } from '../bars.ts'
import { cursorText, pageSize, readCursor, type Cursor } from '../cursor.ts'
import {
  ENVIRONMENT_WINDOW,
  MAX_COUNTED,
  issueWindow,
  ISSUES_PER_PAGE,
  MAX_ISSUES_PER_PAGE,
} from '../limits.ts'
import { isMuted, isMutedSql, REGRESSED } from '../query/issue-state.ts'
import { parseQuery, type Query } from '../query/parse.ts'
import type { IssueList, IssueRow, IssueSort, ListOptions, Span, StateCounts } from '../types.ts'
import { ISSUE, number, parsed, toIssue } from './columns.ts'
import type { Run } from './run.ts'
import { all, raw, sql, type Sql } from './statement.ts'
import { HOUR_MS } from '../../util/time-units.ts'

interface Asked {
  query: Query
  sort: IssueSort
  span: Span
  after: Cursor | null
  limit: number
  now: number
  /** Issues to read; null when an index leads to the matching ones. */
  window: number | null
}

export async function list(
  run: Run,
  now: number,
  text: string,
  options: ListOptions = {},
): Promise<IssueList> {
  const asked = read(text, options, now)
  const { query, sort, span, limit, window } = asked
  const [page, counted, series, releases, services, environments] = await run([
    issuesStatement(asked),
    countsStatement(asked),
    chartStatement(asked),
    releasesStatement(asked),
    SERVICES,
    ENVIRONMENTS,
  ])
  const rows = page!.map((row) => toIssueRow(row, span, now))
  const shown = rows.slice(0, limit)
  const counts = counted![0]!
  const isWhole = window === null || number(counts['examined']) < window
  return {
    query: query.text,
    sort,
    span,
    issues: shown.map(({ issue }) => issue),
    next: nextPage(rows, asked, isWhole ? null : (counts['bound'] as string)),
    examined: isWhole ? null : window,
    counts: asked.after !== null && query.issue.filters ? null : toCounts(counts, span),
    chart: chartOf(
      span,
      now,
      series!.flatMap((row) =>
        pairsOf(row).map(([bar, count]) => [String(row['series']), bar, count] as const),
      ),
    ),
    releases: releases!.map((row) => ({
      service: String(row['service']),
      release: String(row['release']),
      firstSeen: number(row['first_seen']),
    })),
    services: services!.map((row) => String(row['service'])).filter((name) => name !== ''),
    environments: environments!.map((row) => String(row['environment'])),
  }
}

export function read(text: string, options: ListOptions, now: number): Asked {
  const query = parseQuery(text)
  const { sort = 'last', span = '24h' } = options
  const { filters, searches } = query.issue
  const straight = sort === 'last' && !filters
  return {
    query,
    sort,
    span,
    after: readCursor(options.after),
    limit: pageSize(options.limit, ISSUES_PER_PAGE[span], MAX_ISSUES_PER_PAGE),
    now,
    window: straight ? null : issueWindow(span, { filters, searches, sort }),
  }
}

/** Occurrences of an issue `i` in the last 24 hours. */
export function recentSql(now: number): Sql {
  return sql`coalesce((select sum(h.count) from klaxon_hours h
  where h.fingerprint = i.fingerprint and h.hour > ${hourBefore('24h', now)}), 0)`
}

function sortedBy(sort: IssueSort, now: number): Sql {
  switch (sort) {
    case 'last':
      return raw('i.last_seen')
    case 'first':
      return raw('i.first_seen')
    case 'count':
      return raw('i.count')
    case 'recent':
      return recentSql(now)
  }
}

/** The issues to read: all of a state, or the window. */
function candidates(asked: Asked): Sql {
  const { query, sort, after, window } = asked
  const conditions: Sql[] = []
  const { state, filters } = query.issue
  if (state !== null && !filters) conditions.push(sql`state = ${state}`)
  if (after !== null && sort === 'last')
    conditions.push(sql`(last_seen, fingerprint) < (${after.value}, ${after.id})`)
  return sql`select * from klaxon_issues where ${all(conditions)}
  order by last_seen desc, fingerprint desc limit ${raw(String(window ?? asked.limit + 1))}`
}

/**
 * The issues of a page. For `last` it has no outer `order by`, because SQLite would read and sort
 * all.
 */
export function matching(asked: Asked): Sql {
  const { query, sort, after, now, limit } = asked
  if (asked.window === null) return candidates(asked)
  const key = sortedBy(sort, now)
  const conditions = query.issue.filters ? query.issue.sql(now) : []
  if (after !== null && sort !== 'last')
    conditions.push(sql`(${key}, i.fingerprint) < (${after.value}, ${after.id})`)
  const order = sort === 'last' ? raw('') : sql`order by ${key} desc, i.fingerprint desc`
  return sql`select i.* from (${candidates(asked)}) i where ${all(conditions)} ${order}
  limit ${raw(String(limit + 1))}`
}

function issuesStatement(asked: Asked): Sql {
  const { span, now } = asked
  return sql`with p as materialized (${matching(asked)})
select ${ISSUE} issue, ${REGRESSED} regressed, ${recentSql(now)} recent, ${barsSql(HOURS_OF_ISSUE, span, now)} bars
from p i`
}

export const HOURS_OF_ISSUE = raw('klaxon_hours h where h.fingerprint = i.fingerprint')

/**
 * Pairs of bar and count as a JSON text, from a table `h` of hours. It uses no `group by`, which
 * would read each row twice. A bar of several hours is a separate sum.
 */
export function barsSql(table: Sql, span: Span, now: number): Sql {
  const { hours, bars } = SPANS[span]
  if (hours === 1)
    return sql`(select json_group_array(json_array(h.hour, h.count)) from ${table} and h.hour > ${hourBefore(span, now)})`
  const last = lastBar(span, now)
  const numbers = JSON.stringify(Array.from({ length: bars }, (_, at) => last - at))
  const wide = raw(String(hours))
  return sql`(select json_group_array(json_array(b.value, (select coalesce(sum(h.count), 0) from ${table}
    and h.hour >= b.value * ${wide} and h.hour < b.value * ${wide} + ${wide}))) from json_each(${numbers}) b)`
}

/**
 * Counts issues by state: all of them up to a cap, or the filtered ones within the window. The
 * inner limit keeps `ok` one expression.
 */
function countsStatement(asked: Asked): Sql {
  const { query, now, span } = asked
  const muted = isMutedSql(now)
  if (!query.issue.filters) return plainCounts(asked, MAX_COUNTED[span])
  const conditions = all(query.issue.sql(now, { withoutIs: true }))
  return sql`select ifnull(sum(ok and state = 'open'), 0) open, ifnull(sum(ok and state = 'resolved'), 0) resolved,
  ifnull(sum(ok and state = 'ignored'), 0) ignored, ifnull(sum(ok and muted), 0) muted, count(*) examined, min(place) bound
from (select ifnull((${conditions}), 0) ok, i.state, ifnull((${muted}), 0) muted,
    printf('%016d', i.last_seen) || '~' || i.fingerprint place
  from (${candidates(asked)}) i limit 1000000)`
}

function plainCounts(asked: Asked, cap: number): Sql {
  const most = raw(String(cap))
  const of = (state: string): Sql =>
    sql`(select count(*) from (select 1 from klaxon_issues where state = ${state} limit ${most}))`
  const examined =
    asked.window === null ? raw('0') : sql`(select count(*) from (${candidates(asked)}))`
  return sql`select ${of('open')} open, ${of('resolved')} resolved, ${of('ignored')} ignored,
  (select ifnull(sum(ifnull((${isMutedSql(asked.now)}), 0)), 0) from (
    select * from klaxon_issues where state = 'open' order by last_seen desc, fingerprint desc limit ${most}) i) muted,
  ${examined} examined, null bound`
}

function toCounts(row: Record<string, unknown>, span: Span): StateCounts {
  return {
    open: number(row['open']),
    resolved: number(row['resolved']),
    ignored: number(row['ignored']),
    muted: number(row['muted']),
    cap: MAX_COUNTED[span],
  }
}

/** The names of services, with one seek for each. */
export const SERVICE_NAMES = raw(`recursive names(service) as (
  select min(service) from klaxon_series
  union all
  select (select min(s.service) from klaxon_series s where s.service > n.service) from names n where n.service is not null)`)

const SERVICES = sql`with ${SERVICE_NAMES} select service from names where service is not null limit 50`

const ENVIRONMENTS = sql`select environment from (
  select environment from (select environment from klaxon_issues
    order by last_seen desc, fingerprint desc limit ${raw(String(ENVIRONMENT_WINDOW))})
  union select environment from (select environment from klaxon_channels limit 100)
  union select environment from (select environment from klaxon_heartbeats limit 100))
where environment <> '' order by environment limit 50`

function chartStatement({ query, span, now }: Asked): Sql {
  const list = JSON.stringify(Object.keys(BAR_PART_OF_SERIES))
  const wanted = query.service === null ? raw('true') : sql`n.service = ${query.service}`
  const series = raw('klaxon_series h where h.service = n.service and h.series = x.value')
  return sql`with ${SERVICE_NAMES}
select x.value series, ${barsSql(series, span, now)} bars from names n cross join json_each(${list}) x
where n.service is not null and ${wanted}`
}

function releasesStatement({ query, span, now }: Asked): Sql {
  const from = barTimes(span, now)[0]!
  const wanted = query.service === null ? raw('true') : sql`service = ${query.service}`
  return sql`select service, release, first_seen from klaxon_releases
where first_seen >= ${from} and ${wanted} order by first_seen desc, service, release limit 50`
}

const pairsOf = (row: Record<string, unknown>): [number, number][] =>
  parsed<[number, number][]>(row['bars']) ?? []

interface ReadRow {
  issue: IssueRow
  recent: number
}

export function toIssueRow(row: Record<string, unknown>, span: Span | null, now: number): ReadRow {
  const issue = toIssue(row['issue'])
  const recent = number(row['recent'])
  return {
    recent,
    issue: {
      ...issue,
      isNew: issue.firstSeen > now - 24 * HOUR_MS,
      regressed: issue.state === 'open' && number(row['regressed']) === 1,
      muted: isMuted(issue, now),
      recent,
      spark: span === null ? [] : fill(span, now, pairsOf(row)),
    },
  }
}

function nextPage(rows: readonly ReadRow[], asked: Asked, end: string | null): string | null {
  const { sort, limit } = asked
  const last = rows[limit - 1]
  if (rows.length > limit && last !== undefined)
    return cursorText(keyOf(last, sort), last.issue.fingerprint)
  // The window has no more. Continue behind it, if the order allows.
  if (end === null || sort !== 'last') return null
  return cursorText(Number(end.slice(0, 16)), end.slice(17))
}

function keyOf({ issue, recent }: ReadRow, sort: IssueSort): number {
  switch (sort) {
    case 'last':
      return issue.lastSeen
    case 'first':
      return issue.firstSeen
    case 'count':
      return issue.count
    case 'recent':
      return recent
  }
}
