import { type SQL, sql } from 'drizzle-orm/sql'
import type { WriteBatch } from '../core/types.ts'
import { columnOf, OCCURRENCE_KEYS } from './_keys.ts'
import type { BatchParams } from './_encode.ts'
import {
  dayStart,
  MINUTE_MS,
  NEW_ISSUES_PER_DAY,
  OVERFLOW,
  OVERFLOW_TITLE,
  TALLY_MS,
} from './_limits.ts'

/**
 * The statements that write a batch, in the order in which they must run, in one transaction. Everything that counts
 * looks at *fresh* ids only, those that are neither a row nor a tally yet: a batch that is sent again changes nothing.
 */
export function writeStatements(batch: WriteBatch, params: BatchParams): SQL[] {
  const statements = [
    insertIssues(batch, params),
    insertOverflow(batch, params),
    countFresh(batch, params),
  ]
  const claims = batch.channels.length > 0
  if (claims && batch.policy.every) statements.push(alertEveryFresh(batch, params))
  if (params.rows !== null) statements.push(insertRows(params.rows))
  if (params.merged !== null) statements.push(insertTallies(batch, params.merged))
  if (claims && !batch.policy.every) statements.push(alertDue(batch, params))
  if (claims) statements.push(markAlerted(batch, params))
  return statements
}

/** Entries that this store has not counted yet. */
const fresh = (ids: string): SQL => sql`fresh as (
  select e.value->>0 id, e.value->>1 fingerprint, e.value->>2 n, e.value->>3 at, e.value->>4 release, e.value->>5 is_row
  from json_each(${ids}) e
  where not exists (select 1 from klaxon_occurrences o where o.id = e.value->>0)
    and not exists (select 1 from klaxon_tallies t where t.id = e.value->>0))`

/** Fresh entries with the issue they count in: their own, or the overflow when the daily cap left them without. */
const counted = sql`counted as (
  select f.*, coalesce((select i.fingerprint from klaxon_issues i where i.fingerprint = f.fingerprint), ${sql.raw(`'${OVERFLOW}'`)}) issue
  from fresh f)`

function insertIssues(batch: WriteBatch, params: BatchParams): SQL {
  const today = dayStart(batch.now)
  return sql`with ${fresh(params.ids)}, unseen as materialized (
  select value g from json_each(${params.groups})
  where not exists (select 1 from klaxon_issues i where i.fingerprint = value->>0)
    and value->>0 in (select fingerprint from fresh))
insert into klaxon_issues (fingerprint, title, kind, status, method, route, first_seen, last_seen, count, first_release, created_at, alert_due)
select g->>0, g->>1, g->>2, g->>3, g->>4, g->>5, g->>6, g->>7, 0, g->>8, ${batch.now}, 'new' from unseen where true
limit (select case when exists (select 1 from unseen)
  then max(0, ${NEW_ISSUES_PER_DAY} - (select count(*) from klaxon_issues where created_at >= ${today}))
  else 0 end)
on conflict do nothing`
}

function insertOverflow(batch: WriteBatch, params: BatchParams): SQL {
  return sql`with ${fresh(params.ids)}
insert into klaxon_issues (fingerprint, title, kind, status, method, first_seen, last_seen, count, created_at, alert_due)
select ${OVERFLOW}, ${OVERFLOW_TITLE}, value->>2, value->>3, value->>4, value->>6, value->>7, 0, ${batch.now}, 'new'
from json_each(${params.groups})
where not exists (select 1 from klaxon_issues i where i.fingerprint = value->>0)
  and value->>0 in (select fingerprint from fresh)
limit 1
on conflict do nothing`
}

function countFresh(batch: WriteBatch, params: BatchParams): SQL {
  // SQLite takes the bare columns of an aggregate query from the row that holds its one max():
  // https://sqlite.org/lang_select.html#bareagg. The latest occurrence is the latest that has a row.
  return sql`with ${fresh(params.ids)}, ${counted},
totals as (select issue, sum(n) n, min(at) first_at, max(at) last_at from counted group by issue),
latest as (select issue, max(is_row * 1e15 + at), iif(is_row, id, null) id, release from counted group by issue)
update klaxon_issues as i set
  count = i.count + t.n,
  first_seen = min(i.first_seen, t.first_at),
  last_seen = max(i.last_seen, t.last_at),
  last_release = iif(t.last_at >= i.last_seen, l.release, i.last_release),
  last_occurrence_id = iif(t.last_at >= i.last_seen or i.last_occurrence_id is null, coalesce(l.id, i.last_occurrence_id), i.last_occurrence_id),
  state = iif(${comesBack}, 'open', i.state),
  resolved_at = iif(${comesBack}, null, i.resolved_at),
  alert_due = case
    when ${comesBack} then 'regression'
    when i.state = 'open' and i.alert_due is null and exists (
      select 1 from json_each(${JSON.stringify(batch.policy.milestones)}) m where i.count < m.value and m.value <= i.count + t.n) then 'milestone'
    else i.alert_due end
from totals t join latest l on l.issue = t.issue
where i.fingerprint = t.issue`
}

/** A late copy of what happened before the issue was resolved does not open it again. */
const comesBack = sql.raw(`i.state = 'resolved' and t.last_at >= coalesce(i.resolved_at, 0)`)

const columnNames = sql.raw(OCCURRENCE_KEYS.map(columnOf).join(', '))
const columnValues = sql.raw(
  OCCURRENCE_KEYS.map((key, at) =>
    key === 'fingerprint' ? `coalesce(i.fingerprint, '${OVERFLOW}')` : `r.v->>${at}`,
  ).join(', '),
)
const fingerprintAt = sql.raw(String(OCCURRENCE_KEYS.indexOf('fingerprint')))

function insertRows(rows: string): SQL {
  // jsonb: each row is parsed once, not once a column, which takes a third of the time
  return sql`with r as materialized (select jsonb(value) v from json_each(${rows}))
insert into klaxon_occurrences (${columnNames})
select ${columnValues} from r left join klaxon_issues i on i.fingerprint = r.v->>${fingerprintAt}
where not exists (select 1 from klaxon_tallies t where t.id = r.v->>0)
on conflict (id) do nothing`
}

function insertTallies(batch: WriteBatch, merged: string): SQL {
  return sql`insert into klaxon_tallies (id, expires_at)
select value, ${batch.now + TALLY_MS} from json_each(${merged}) where true
on conflict (id) do nothing`
}

/** Issues of this batch that may alert now. */
function alertable(batch: WriteBatch, params: BatchParams): SQL {
  const cooled = batch.now - (batch.policy.every ? 0 : batch.policy.cooldownMs)
  return sql`i.fingerprint in (select value from json_each(${params.fingerprints}) union all select ${OVERFLOW})
  and i.alert_due is not null and i.state = 'open' and coalesce(i.muted_until, 0) <= ${batch.now}
  and (i.alerted_at is null or i.alerted_at <= ${cooled})`
}

/**
 * What waits counts against the budget like what was sent in the last minute. So a channel never gets more than its
 * budget in any minute, not even when a pause ends and all that waited is sent at once.
 */
function alertDue(batch: WriteBatch, params: BatchParams): SQL {
  return sql`insert into klaxon_alerts (id, channel, reason, fingerprint, occurrence_id, created_at, since_count, over_budget)
select lower(hex(randomblob(16))), c.value, i.alert_due, i.fingerprint, i.last_occurrence_id, ${batch.now}, i.alerted_count,
  row_number() over (partition by c.value order by i.first_seen, i.fingerprint) + (
    select count(*) from klaxon_alerts a where a.channel = c.value and a.over_budget = 0
      and (a.sent_at is null or a.sent_at > ${batch.now - MINUTE_MS})) > ${batch.policy.perMinute}
from klaxon_issues i join json_each(${JSON.stringify(batch.channels)}) c
where ${alertable(batch, params)}`
}

function alertEveryFresh(batch: WriteBatch, params: BatchParams): SQL {
  return sql`with ${fresh(params.ids)}, ${counted}
insert into klaxon_alerts (id, channel, reason, fingerprint, occurrence_id, created_at, since_count, over_budget)
select f.id || ':' || c.value, c.value, 'every', i.fingerprint, f.id, ${batch.now}, i.alerted_count, 0
from counted f join klaxon_issues i on i.fingerprint = f.issue join json_each(${JSON.stringify(batch.channels)}) c
where i.state = 'open' and coalesce(i.muted_until, 0) <= ${batch.now}
on conflict do nothing`
}

function markAlerted(batch: WriteBatch, params: BatchParams): SQL {
  return sql`update klaxon_issues as i set alerted_at = ${batch.now}, alerted_count = i.count, alert_due = null
where ${alertable(batch, params)}`
}
