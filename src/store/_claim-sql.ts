import { type SQL, sql } from 'drizzle-orm'
import type { Settlement, WriteBatch } from '../core/types.ts'
import { COLUMNS, ISSUE_COLUMNS } from './_columns.ts'
import { LEASE_MS, LEASES, MINUTE_MS, SENT_MS } from './_limits.ts'

/** What the id of a digest's claim starts with; the rest is the attempt that leased its alerts. */
export const DIGEST = 'digest:'

/** Lease what may be sent, then read it: run `claimed` and `digested` last, their rows are the claims. */
export function claimStatements(batch: WriteBatch): { lease: SQL[]; claimed: SQL; digested: SQL } {
  const names = JSON.stringify(batch.channels)
  return {
    lease: [leaseAlerts(batch, names), leaseDigests(batch, names)],
    claimed: claimed(batch, names),
    digested: digested(batch, names),
  }
}

/** A row `a` of klaxon_alerts that waits, in one of the caller's channels. */
const waiting = (names: string): SQL =>
  sql`a.channel in (select value from json_each(${names})) and a.sent_at is null`

const notPaused = (now: number): SQL =>
  sql`not exists (select 1 from klaxon_channels p where p.name = a.channel and p.paused_until > ${now})`

/** Its issue may still alert; `setIssue` deletes alerts of issues that may not, this also holds for other writers. */
const issueListens = (now: number): SQL =>
  sql`exists (select 1 from klaxon_issues i where i.fingerprint = a.fingerprint and i.state = 'open' and coalesce(i.muted_until, 0) <= ${now})`

// per channel, so that one that fails and keeps giving its leases back never starves another
const leaseAlerts = ({ attempt, now }: WriteBatch, names: string): SQL => sql`update klaxon_alerts
set lease_owner = ${attempt}, lease_until = ${now + LEASE_MS}
where id in (select id from (
  select a.id, row_number() over (partition by a.channel order by a.created_at, a.id) nth from klaxon_alerts a
  where ${waiting(names)} and a.over_budget = 0 and coalesce(a.lease_until, 0) <= ${now}
    and ${notPaused(now)} and ${issueListens(now)})
  where nth <= ${LEASES})`

const leaseDigests = (
  { attempt, now }: WriteBatch,
  names: string,
): SQL => sql`update klaxon_alerts as a
set lease_owner = ${attempt}, lease_until = ${now + LEASE_MS}
where ${waiting(names)} and a.over_budget = 1 and ${issueListens(now)} and a.channel in (
  select a.channel from klaxon_alerts a
  where ${waiting(names)} and a.over_budget = 1 and ${notPaused(now)} and ${issueListens(now)}
  group by a.channel
  having min(a.created_at) <= ${now - MINUTE_MS} and coalesce(max(a.lease_until), 0) <= ${now})`

/** Keys as in Issue, and as in Occurrence behind an `o_`: both have a title. */
const claimColumns = sql.raw(
  [
    ...Object.entries(ISSUE_COLUMNS).map(([key, name]) => `i.${name} "${key}"`),
    ...Object.entries(COLUMNS).map(([key, name]) => `o.${name} "o_${key}"`),
  ].join(', '),
)

const claimed = (
  { attempt }: WriteBatch,
  names: string,
): SQL => sql`select a.id claim, a.channel, a.reason, ${claimColumns}
from klaxon_alerts a join klaxon_issues i on i.fingerprint = a.fingerprint
left join klaxon_occurrences o on o.id = a.occurrence_id
where ${waiting(names)} and a.over_budget = 0 and a.lease_owner = ${attempt}
order by a.created_at, a.id`

const digested = (
  { attempt }: WriteBatch,
  names: string,
): SQL => sql`select d.channel, count(*) issues,
  sum(max(0, i.count - d.since_count)) occurrences, min(d.created_at) since
from (
  select a.channel, a.fingerprint, min(a.since_count) since_count, min(a.created_at) created_at from klaxon_alerts a
  where ${waiting(names)} and a.over_budget = 1 and a.lease_owner = ${attempt}
  group by a.channel, a.fingerprint) d
join klaxon_issues i on i.fingerprint = d.fingerprint
group by d.channel`

/** Idempotent. A claim is named by its id and channel; a digest's id names the attempt that leased its alerts. */
export function settleStatements(settlements: readonly Settlement[], now: number): SQL[] {
  const all = JSON.stringify(settlements.map((s) => [s.id, s.channel, s.outcome]))
  const settled = (outcome: Settlement['outcome']): SQL => sql`exists (
    select 1 from json_each(${all}) s where s.value->>2 = ${outcome} and s.value->>1 = klaxon_alerts.channel
      and s.value->>0 = iif(klaxon_alerts.over_budget, ${DIGEST} || klaxon_alerts.lease_owner, klaxon_alerts.id))`
  const unsent = sql`channel in (select value->>1 from json_each(${all})) and sent_at is null`
  const pauses = settlements.filter((s) => s.pausedUntil !== undefined)
  const statements = [
    sql`update klaxon_alerts set sent_at = ${now}, lease_until = null where ${unsent} and ${settled('sent')}`,
    sql`delete from klaxon_alerts where ${unsent} and ${settled('dropped')}`,
    sql`update klaxon_alerts set lease_until = null where ${unsent} and ${settled('failed')}`,
    sql`delete from klaxon_alerts where channel in (select value->>1 from json_each(${all})) and sent_at < ${now - SENT_MS}`,
  ]
  if (pauses.length > 0) statements.push(pauseChannels(pauses))
  return statements
}

function pauseChannels(pauses: readonly Settlement[]): SQL {
  const values = JSON.stringify(pauses.map((s) => [s.channel, s.pausedUntil, s.permanent === true]))
  return sql`insert into klaxon_channels (name, paused_until, permanent)
select value->>0, max(value->>1), max(value->>2) from json_each(${values}) where true group by value->>0
on conflict (name) do update set
  permanent = iif(excluded.paused_until > paused_until, excluded.permanent, permanent),
  paused_until = max(paused_until, excluded.paused_until)`
}
