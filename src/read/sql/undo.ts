import type { ActionResult } from '../types.ts'
import { sql, type Sql } from './statement.ts'

/**
 * The statements that undo an action. The first one returns the changed issues. An issue that was
 * changed later keeps its state. A later event, or a state that the action does not set, shows
 * that.
 */
export function undoStatements(id: string, who: string, now: Sql): Sql[] {
  const of = sql`e.id >= ${`${id}:`} and e.id < ${`${id};`} and e.what in ('resolved', 'reopened', 'ignored', 'muted', 'unmuted')`
  const isSame = sql`case e.what when 'resolved' then i.state = 'resolved' when 'reopened' then i.state = 'open'
    when 'ignored' then i.state = 'ignored'
    when 'muted' then coalesce(i.muted_until, i.muted_until_count) is not null
    else coalesce(i.muted_until, i.muted_until_count) is null end`
  const isLast = sql`not exists (select 1 from klaxon_events l where l.fingerprint = e.fingerprint and l.at >= e.at
    and l.id <> e.id and l.channel is null and l.what <> 'comment' and (l.at > e.at or l.id > e.id))`
  const isDone = sql`i.fingerprint = e.fingerprint and e.id >= ${`${id}/`} and e.id < ${`${id}0`} and e.what = 'undone'`
  return [
    sql`select e.fingerprint, iif(i.fingerprint is null, 'there is no such issue any more',
  iif(${isSame} and ${isLast}, null, 'it was changed since')) refused
from klaxon_events e left join klaxon_issues i on i.fingerprint = e.fingerprint where ${of}`,
    sql`insert into klaxon_events (id, fingerprint, at, what, who, data)
select ${`${id}/`} || e.fingerprint, e.fingerprint, ${now}, 'undone', ${who},
  json_object('of', e.what, 'before', json(e.data -> '$.before'))
from klaxon_events e join klaxon_issues i on i.fingerprint = e.fingerprint where ${of} and ${isSame} and ${isLast}
on conflict (id) do nothing`,
    sql`update klaxon_issues as i set state = e.data ->> '$.before.state', resolved_at = e.data ->> '$.before.resolvedAt',
  muted_until = e.data ->> '$.before.mutedUntil', muted_until_count = e.data ->> '$.before.mutedUntilCount',
  resolved_in = e.data ->> '$.before.resolvedIn'
from klaxon_events e where ${isDone}`,
  ]
}

export function undone(id: string, rows: readonly Record<string, unknown>[]): ActionResult {
  const refused = rows.flatMap((row) =>
    typeof row['refused'] === 'string'
      ? [{ fingerprint: String(row['fingerprint']), why: row['refused'] }]
      : [],
  )
  const changed = rows.filter((row) => row['refused'] === null)
  return {
    id,
    changed: changed.map((row) => String(row['fingerprint'])),
    missing: rows.length === 0 ? [id] : [],
    skipped: refused,
    more: false,
  }
}
