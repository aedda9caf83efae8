import { type SQL, sql } from 'drizzle-orm/sql'
import type { WriteBatch } from '../core/types.ts'
import { ISSUE_JSON, OCCURRENCE_JSON } from './_columns.ts'
import { LEASE_MS, LEASES, MINUTE_MS } from './_limits.ts'

/** What the id of a digest's claim starts with; the rest is the attempt that leased its alerts. */
export const DIGEST = 'digest:'

/** Leases what may be sent, then reads it: the rows of the last two are the claims. */
export function claimStatements(batch: WriteBatch): SQL[] {
  const names = JSON.stringify(batch.channels)
  return [
    leaseAlerts(batch, names),
    leaseDigests(batch, names),
    claimed(batch, names),
    digested(batch, names),
  ]
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

const claimed = (
  { attempt }: WriteBatch,
  names: string,
): SQL => sql`select a.id claim, a.channel, a.reason, ${ISSUE_JSON}, ${OCCURRENCE_JSON}
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
