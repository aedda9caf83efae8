import { type SQL, sql } from 'drizzle-orm/sql'
import type { IssueState, Retention } from '../core/types.ts'
import { PRUNE_CHUNK, PRUNED_TALLY_MS, SENT_MS, UNSENT_MS } from './_limits.ts'

/** One chunk of everything; the first statement's rows are tallies, the next three are what `prune` reports. */
export function pruneStatements(retention: Retention, now: number): SQL[] {
  const tooMany = sql`from klaxon_occurrences
where (occurred_at, rowid) <= (select occurred_at, rowid from klaxon_occurrences order by occurred_at desc, rowid desc limit 1 offset ${retention.occurrences})
order by occurred_at, rowid limit ${PRUNE_CHUNK}`
  return [
    // a young row that goes for the cap leaves its id: a late copy of its batch must not count again
    sql`insert into klaxon_tallies (id, expires_at) select id, ${now + PRUNED_TALLY_MS} ${tooMany} on conflict (id) do nothing`,
    sql`delete from klaxon_occurrences where rowid in (select rowid ${tooMany})`,
    sql`delete from klaxon_occurrences where rowid in (
  select rowid from klaxon_occurrences where occurred_at < ${now - retention.occurrencesMs} order by occurred_at limit ${PRUNE_CHUNK})`,
    sql`delete from klaxon_issues where fingerprint in (
  select fingerprint from klaxon_issues where last_seen < ${now - retention.issuesMs}
    and state <> 'ignored' and coalesce(muted_until, 0) <= ${now} order by last_seen limit ${PRUNE_CHUNK})`,
    sql`delete from klaxon_tallies where id in (select id from klaxon_tallies where expires_at <= ${now} limit ${PRUNE_CHUNK})`,
    sql`delete from klaxon_alerts where id in (
  select id from klaxon_alerts where sent_at < ${now - SENT_MS} or (sent_at is null and created_at < ${now - UNSENT_MS}) limit ${PRUNE_CHUNK})`,
  ]
}

/** What channels keep about issues that are no more. */
export function pruneMemos(): SQL {
  return sql`delete from klaxon_memos where rowid in (
  select m.rowid from klaxon_memos m where not exists (select 1 from klaxon_issues i where i.fingerprint = m.fingerprint) limit ${PRUNE_CHUNK})`
}

/** The first statement's rows tell whether there is such an issue. */
export function setIssueStatements(
  fingerprint: string,
  change: { state?: IssueState; mutedUntil?: number | null },
  now: number,
): SQL[] {
  const { state, mutedUntil } = change
  const set: SQL[] = []
  if (state !== undefined) {
    set.push(sql`state = ${state}, resolved_at = ${state === 'resolved' ? now : null}`)
    // what was due before is no news after; an issue that comes back is due anew
    if (state !== 'open') set.push(sql`alert_due = null`)
  }
  if (mutedUntil !== undefined) set.push(sql`muted_until = ${mutedUntil}`)
  if (set.length === 0) set.push(sql`fingerprint = fingerprint`)
  const statements = [
    sql`update klaxon_issues set ${sql.join(set, sql`, `)} where fingerprint = ${fingerprint}`,
  ]
  const silent = (state !== undefined && state !== 'open') || (mutedUntil ?? 0) > now
  if (silent) {
    statements.push(
      sql`delete from klaxon_alerts where fingerprint = ${fingerprint} and sent_at is null`,
    )
  }
  return statements
}
