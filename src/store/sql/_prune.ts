import { raw, sql, type Sql } from './statement.ts'
import { KEEP_SENT_MS } from '../../model/limits.ts'
import type { Retention } from '../../model/store.ts'
import { isOfService } from './_due.ts'
import {
  UNCLAIMED_MS,
  HISTORY_PRUNE_ROWS,
  HISTORY_EVERY_MS,
  HISTORY_MS,
  PRUNE_ROWS,
  PRUNED_COUNTED_ID_MS,
  ROWS_PER_ISSUE,
} from './_limits.ts'

/** The inputs of the statements of `prune`. */
export interface PruneParts {
  retention: Retention
  service: string | null
  now: Sql
}

/** Infinity cannot be a parameter. No count and no age in ms exceeds 1e15. */
const bounded = (value: number): number => Math.min(Math.max(Math.trunc(value) || 0, 0), 1e15)
const chunk = raw(PRUNE_ROWS)

/**
 * The rows above the cap: the oldest of the issues with most rows, so that a flood never deletes
 * another issue's rows. The span of rowids is an upper bound of the number of rows. It takes two
 * reads, and counting would read all rows.
 */
function tooMany({ retention, service }: PruneParts): Sql {
  const most = bounded(retention.occurrences)
  const keeps = bounded(retention.perIssue ?? ROWS_PER_ISSUE)
  return sql`with own as materialized (
  select o.rowid r, o.id, o.occurred_at, row_number() over (partition by o.fingerprint order by o.occurred_at desc, o.id desc) nth
  from klaxon_issues i join klaxon_occurrences o on o.fingerprint = i.fingerprint
  where (select max(rowid) from klaxon_occurrences) - (select min(rowid) from klaxon_occurrences) >= ${most}
    and ${isOfService({ service })}),
much as (select r, id from own where nth > ${keeps} order by nth desc, occurred_at, id
  limit (select min(${chunk}, max(0, count(*) - ${most})) from own))`
}

/**
 * Deletes rows past their time. It searches by issue, so that it does not read another service's
 * rows.
 */
function tooOld({ retention, service, now }: PruneParts): Sql {
  const cutoff = sql`${now} - ${bounded(Math.min(retention.occurrencesMs, retention.issuesMs))}`
  return sql`delete from klaxon_occurrences where rowid in (
  select o.rowid from klaxon_issues i join klaxon_occurrences o on o.fingerprint = i.fingerprint and o.occurred_at < ${cutoff}
  where (select min(occurred_at) from klaxon_occurrences) < ${cutoff} and ${isOfService({ service })} limit ${chunk})`
}

/**
 * Deletes one chunk of each table. The second statement deletes rows above the cap, the third old
 * rows, the fourth old issues.
 */
export function pruneStatements(parts: PruneParts): Sql[] {
  const { retention, service, now } = parts
  return [
    // Keeps the id of a deleted row, because its batch may be written again and must not count
    // twice.
    sql`${tooMany(parts)} insert into klaxon_counted_ids (id, expires_at)
select id, ${now} + ${raw(PRUNED_COUNTED_ID_MS)} from much where true on conflict (id) do nothing`,
    sql`${tooMany(parts)} delete from klaxon_occurrences where rowid in (select r from much)`,
    tooOld(parts),
    sql`delete from klaxon_issues where fingerprint in (
  select i.fingerprint from klaxon_issues i where i.last_seen < ${now} - ${bounded(retention.issuesMs)}
    and i.state <> 'ignored' and coalesce(i.muted_until, 0) <= ${now} and i.muted_until_count is null and ${isOfService({ service })}
    and not exists (select 1 from klaxon_occurrences o where o.fingerprint = i.fingerprint)
  order by i.last_seen limit ${chunk})`,
    sql`delete from klaxon_counted_ids where id in (select id from klaxon_counted_ids where expires_at <= ${now} limit ${chunk})`,
    sql`delete from klaxon_alerts where id in (select id from klaxon_alerts
  where sent_at < ${now} - ${raw(KEEP_SENT_MS)} or (sent_at is null and created_at < ${now} - ${raw(UNCLAIMED_MS)}) limit ${chunk})`,
    sql`delete from klaxon_settings where (name like 'policy:%' and updated_at < ${now} - 86400000)`,
    storeRetention(parts),
  ]
}

/**
 * The retention as JSON. Values are bounded, because JSON turns `Infinity` into null, which would
 * delete everything.
 */
function asJson({ perIssue = ROWS_PER_ISSUE, historyMs = HISTORY_MS, ...rest }: Retention): string {
  const entries = Object.entries({ ...rest, perIssue, historyMs })
  return JSON.stringify(Object.fromEntries(entries.map(([name, ms]) => [name, bounded(ms)])))
}

/**
 * Stores the retention for other processes that maintain this database, such as the command line.
 */
function storeRetention({ retention, service, now }: PruneParts): Sql {
  return sql`insert into klaxon_settings (service, name, value, updated_at)
values (${service ?? ''}, 'retention', ${asJson(retention)}, ${now})
on conflict (service, name) do update set value = excluded.value, updated_at = excluded.updated_at
where value <> excluded.value`
}

/** Returns a row when the service's history was not pruned for a day. */
export function isHistoryDue({ service, now }: PruneParts): Sql {
  return sql`select 1 due where not exists (select 1 from klaxon_settings
  where service = ${service ?? ''} and name = 'history' and updated_at > ${now} - ${raw(HISTORY_EVERY_MS)})`
}

/**
 * Deletes one chunk of the history: old events, hours and series of the service, and rows of
 * deleted issues.
 */
export function historyStatements({ retention, service, now }: PruneParts): Sql[] {
  const cutoff = sql`${now} - ${bounded(retention.historyMs ?? HISTORY_MS)}`
  const limit = raw(HISTORY_PRUNE_ROWS)
  const own = service ?? ''
  /** Whether the row's issue belongs to another service. */
  const isForeign = (column: Sql): Sql =>
    sql`exists (select 1 from klaxon_issues i where i.fingerprint = ${column} and not ${isOfService({ service })})`
  const isGone = (column: Sql): Sql =>
    sql`not exists (select 1 from klaxon_issues i where i.fingerprint = ${column})`
  return [
    sql`delete from klaxon_events where id in (
  select h.id from klaxon_events h where h.at < ${cutoff} and not ${isForeign(sql`h.fingerprint`)} limit ${limit})`,
    sql`delete from klaxon_hours where (fingerprint, hour) in (
  select h.fingerprint, h.hour from klaxon_hours h
  where ${isGone(sql`h.fingerprint`)} or (h.hour < (${cutoff}) / 3600000 and not ${isForeign(sql`h.fingerprint`)}) limit ${limit})`,
    sql`delete from klaxon_series where service in (${own}, ${`${own}/browser`}) and hour < (${cutoff}) / 3600000`,
    sql`delete from klaxon_texts where fingerprint in (
  select t.fingerprint from klaxon_texts t where ${isGone(sql`t.fingerprint`)} limit ${limit})`,
    sql`delete from klaxon_alerts where id in (select a.id from klaxon_alerts a where ${isGone(sql`a.fingerprint`)} limit ${limit})`,
    // The rest waits for the next day.
    sql`insert into klaxon_settings (service, name, value, updated_at) values (${own}, 'history', '', ${now})
on conflict (service, name) do update set updated_at = excluded.updated_at`,
  ]
}

/** Deletes the channels' texts about deleted issues. */
export function pruneThreads(): Sql {
  return sql`delete from klaxon_threads where rowid in (
  select m.rowid from klaxon_threads m where not exists (select 1 from klaxon_issues i where i.fingerprint = m.fingerprint) limit ${chunk})`
}
