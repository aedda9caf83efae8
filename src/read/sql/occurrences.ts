import { type Cursor, cursorText, pageSize, readCursor, BEFORE_FIRST_ROW } from '../cursor.ts'
import { OCCURRENCE_WINDOW, TAIL_ROWS, TAIL_WINDOW } from '../limits.ts'
import { parseQuery, type Query } from '../query/parse.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { FacetName, OccurrenceFilter, OccurrencePage, TailPage } from '../types.ts'
import { number, OCCURRENCE, parsed, ROW, toOccurrence, toRow } from './columns.ts'
import type { Run } from './run.ts'
import { all, raw, sql, type Sql } from './statement.ts'

/** Columns by which the occurrences of an issue are counted and filtered. */
export const FACET_COLUMNS: Record<FacetName, string> = {
  route: 'route',
  path: 'path',
  release: 'release',
  colo: 'colo',
  country: 'country',
  userAgent: 'user_agent',
  userId: 'user_id',
}

/** A list of occurrences, newest first. */
interface Paged {
  /** The index to use. After `analyze` SQLite would read the table. */
  index: string
  /** Conditions that the index serves. */
  found: readonly Sql[]
  /** Conditions on a row `o` without an index. */
  filters: readonly Sql[]
  after: Cursor | null
  limit: number
}

const NEWEST_FIRST = raw('order by occurred_at desc, id desc')

/**
 * Rows after a cursor. It has both bounds, because SQLite otherwise reads the index from its end.
 */
function behind(value: Sql, place: Sql): Sql {
  return sql`occurred_at <= ${value} and (occurred_at, id) < ${place}`
}

function pageStatement(paged: Paged, columns: Sql): Sql {
  const { after, found } = paged
  if (after === null) return sql`select o, null bound from (${rowsWhere(paged, columns, found)})`
  const { value, id, skip } = after
  const place = behind(sql`${value}`, sql`(${value}, ${id})`)
  if (!skip) return sql`select o, null bound from (${rowsWhere(paged, columns, [...found, place])})`
  const bound = behind(raw('(select occurred_at from b)'), raw('(select occurred_at, id from b)'))
  // At least one row, which has the start of the window.
  return sql`with b as materialized (select occurred_at, id from klaxon_occurrences indexed by ${raw(paged.index)}
  where ${all([...found, place])} ${NEWEST_FIRST} limit 1 offset ${raw(String(OCCURRENCE_WINDOW - 1))})
select p.o, (select json_array(occurred_at, id) from b) bound from (select 1)
left join (${rowsWhere(paged, columns, [...found, bound])}) p on true`
}

function rowsWhere(paged: Paged, columns: Sql, found: readonly Sql[]): Sql {
  const { filters, limit, index } = paged
  const most = raw(String(limit + 1))
  const window = filters.length === 0 ? most : raw(String(OCCURRENCE_WINDOW))
  return sql`select ${columns} o from (
  select rowid, * from klaxon_occurrences indexed by ${raw(index)}
  where ${all(found)} ${NEWEST_FIRST} limit ${window}) o
where ${all(filters)} limit ${most}`
}

/**
 * The approximate number of rows, by two seeks. Retention deletes the oldest rows, so the remaining
 * numbers are close together.
 */
const ABOUT_ROWS = sql`select coalesce((select max(rowid) from klaxon_occurrences), 0)
  - coalesce((select min(rowid) from klaxon_occurrences), 0) + 1 n`

interface Page<Row> {
  rows: Row[]
  next: string | null
  examined: number | null
}

/** @param about the row of ABOUT_ROWS, and `cells` those of `pageStatement` */
function pageOf<Row extends Pick<Occurrence, 'id' | 'occurredAt'>>(
  cells: readonly Record<string, unknown>[],
  decode: (cell: unknown) => Row,
  { limit, filters, after }: Paged,
  about: number,
): Page<Row> {
  const found = cells.flatMap(({ o }) => (o === null ? [] : [decode(o)]))
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  if (found.length > limit && last !== undefined)
    return { rows, next: cursorText(last.occurredAt, last.id), examined: null }
  const whole = { rows, next: null, examined: null }
  if (filters.length === 0 || about <= OCCURRENCE_WINDOW) return whole
  const examined = OCCURRENCE_WINDOW
  if (after?.skip !== true) {
    const { value, id } = after ?? BEFORE_FIRST_ROW
    return { rows, next: cursorText(value, id, true), examined }
  }
  const bound = parsed<[number, string]>(cells[0]?.['bound'])
  return bound === null ? whole : { rows, next: cursorText(...bound, true), examined }
}

function feedOf(query: Query, now: number): Pick<Paged, 'index' | 'found' | 'filters'> {
  const filters = query.occurrence.sql(now)
  const [user, trace] = [query.occurrence.user, query.occurrence.trace]
  if (trace !== null)
    return { index: 'klaxon_occurrences_trace', found: [sql`trace_id = ${trace}`], filters }
  if (user !== null)
    return { index: 'klaxon_occurrences_user', found: [sql`user_id = ${user}`], filters }
  return { index: 'klaxon_occurrences_occurred_at', found: [], filters }
}

export async function feed(
  run: Run,
  now: number,
  text: string,
  options: { after?: string; limit?: number } = {},
): Promise<OccurrencePage> {
  const paged: Paged = {
    ...feedOf(parseQuery(text), now),
    after: readCursor(options.after),
    limit: pageSize(options.limit, 100, 500),
  }
  return rowsOf(run, paged)
}

async function rowsOf(run: Run, paged: Paged): Promise<OccurrencePage> {
  const [rows, about] = await run([pageStatement(paged, ROW), ABOUT_ROWS])
  return pageOf(rows!, toRow, paged, number(about![0]!['n']))
}

export async function dump(
  run: Run,
  now: number,
  text: string,
  options: { after?: string; limit?: number } = {},
): Promise<{ occurrences: Occurrence[]; next: string | null }> {
  const paged: Paged = {
    ...feedOf(parseQuery(text), now),
    after: readCursor(options.after),
    limit: pageSize(options.limit, 200, 500),
  }
  const [rows, about] = await run([pageStatement(paged, OCCURRENCE), ABOUT_ROWS])
  const decode = (cell: unknown): Occurrence => toOccurrence(cell)!
  const { rows: occurrences, next } = pageOf(rows!, decode, paged, number(about![0]!['n']))
  return { occurrences, next }
}

function ofIssue(
  fingerprint: Sql,
  filter: OccurrenceFilter,
  options: { after?: string; limit?: number },
): Paged {
  const filters = Object.entries(filter).map(
    ([name, value]) => sql`o.${raw(FACET_COLUMNS[name as FacetName])} = ${value}`,
  )
  return {
    index: 'klaxon_occurrences_fingerprint',
    found: [sql`fingerprint = ${fingerprint}`],
    filters,
    after: readCursor(options.after),
    limit: pageSize(options.limit, 50, 500),
  }
}

export function occurrences(
  run: Run,
  fingerprint: string,
  options: { after?: string; filter?: OccurrenceFilter; limit?: number } = {},
): Promise<OccurrencePage> {
  const paged = ofIssue(sql`${fingerprint}`, options.filter ?? {}, options)
  return rowsOf(run, paged)
}

/** The newest occurrences of an issue, for its page. */
export function newestStatement(fingerprint: Sql, limit: number): Sql {
  return pageStatement(ofIssue(fingerprint, {}, { limit }), ROW)
}

export function newestPage(
  rows: readonly Record<string, unknown>[],
  limit: number,
): OccurrencePage {
  return pageOf(rows, toRow, ofIssue(sql`${''}`, {}, { limit }), 0)
}

export async function tail(
  run: Run,
  now: number,
  after: number | null,
  text: string,
): Promise<TailPage> {
  const filters = parseQuery(text).occurrence.sql(now)
  const from = after ?? Number.MAX_SAFE_INTEGER
  const window = raw(String(TAIL_WINDOW))
  const [rows, marks] = await run([
    sql`select ${ROW} o from (select rowid, * from klaxon_occurrences where rowid > ${from} order by rowid limit ${window}) o
where ${all(filters)} limit ${raw(String(TAIL_ROWS))}`,
    sql`select (select max(rowid) from klaxon_occurrences) newest, (select max(rowid) from (
  select rowid from klaxon_occurrences where rowid > ${from} order by rowid limit ${window})) reached`,
  ])
  const found = rows!.map(({ o }) => toRow(o))
  const newest = number(marks![0]!['newest'])
  // The newest row may be deleted, or rows may have new numbers. Continue from the existing ones.
  if (after === null || newest <= after) return { rows: [], rowid: newest, more: false }
  const isCut = found.length === TAIL_ROWS
  const rowid = isCut ? found.at(-1)!.rowid : number(marks![0]!['reached'])
  return { rows: found, rowid, more: rowid < newest }
}
