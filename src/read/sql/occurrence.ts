import { MAX_POSITION } from '../limits.ts'
import type { OccurrenceDetail } from '../types.ts'
import { number, OCCURRENCE, ROW, toOccurrence, toRow } from './columns.ts'
import { historyStatement, toEvent } from './history.ts'
import { issueStatement } from './issue.ts'
import { toIssueRow } from './list.ts'
import type { Run } from './run.ts'
import { raw, sql, type Sql } from './statement.ts'

export async function occurrence(
  run: Run,
  now: number,
  ref: string,
): Promise<OccurrenceDetail | null> {
  const id = ref.toLowerCase()
  const of = (columns: string): Sql =>
    sql`(select ${raw(columns)} from klaxon_occurrences where id = ${id})`
  const issueOf = of('fingerprint')
  // The nearest on one side, and how many there are on it.
  const neighbours = (sign: string, order: string): Sql => {
    const side = sql`klaxon_occurrences x
where x.fingerprint = ${issueOf} and x.occurred_at ${raw(sign)}= ${of('occurred_at')}
  and (x.occurred_at, x.id) ${raw(sign)} ${of('occurred_at, id')}`
    return sql`select x.id, (select count(*) from (select 1 from ${side} limit ${raw(String(MAX_POSITION))})) n from ${side}
order by x.occurred_at ${raw(order)}, x.id ${raw(order)} limit 1`
  }
  const [rows, issues, older, newer, trace, user, resends, history] = await run([
    sql`select ${OCCURRENCE} o from klaxon_occurrences o where id = ${id}`,
    issueStatement(issueOf, now),
    neighbours('<', 'desc'),
    neighbours('>', 'asc'),
    related(sql`trace_id = ${of('trace_id')} and id <> ${id} limit 500`, 20),
    related(
      sql`user_id = ${of('user_id')} and id <> ${id} order by occurred_at desc, id desc limit 10`,
      10,
    ),
    related(sql`resent_from = ${id} limit 500`, 10),
    historyStatement(issueOf, 20),
  ])
  const found = rows![0] === undefined ? null : toOccurrence(rows![0]['o'])
  if (found === null) return null
  const [issue] = issues!
  const rowsOf = (cells: typeof rows) => cells!.map(({ o }) => toRow(o))
  return {
    occurrence: found,
    issue: issue === undefined ? null : toIssueRow(issue, '14d', now).issue,
    older: (older![0]?.['id'] as string | undefined) ?? null,
    newer: (newer![0]?.['id'] as string | undefined) ?? null,
    position: {
      newer: number(newer![0]?.['n']),
      older: number(older![0]?.['n']),
      cap: MAX_POSITION,
    },
    trace: rowsOf(trace),
    user: rowsOf(user),
    resends: rowsOf(resends),
    history: history!.map(toEvent),
  }
}

/**
 * Rows that an index finds, newest first. The inner limit matters when a client repeats one id a
 * million times.
 */
function related(where: Sql, limit: number): Sql {
  return sql`select ${ROW} o from (select rowid, * from klaxon_occurrences where ${where}) o
order by o.occurred_at desc, o.id desc limit ${raw(String(limit))}`
}
