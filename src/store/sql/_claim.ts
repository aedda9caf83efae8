import { raw, sql, type Sql } from './statement.ts'
import {
  LEASE_MS,
  CLAIMS_PER_CHANNEL,
  MAX_SEND_TRIES,
  OVERFLOW_PREFIX,
  PLACES_READ,
} from '../../model/limits.ts'
import { ISSUE_JSON, OCCURRENCE_JSON } from './_columns.ts'
import { alertDue, type DueParts, isAudible, markAlerted } from './_due.ts'
import { EVENTS_READ, PLACE_LENGTH } from './_limits.ts'
import { dueStatements, recordUse, otherPolicy } from './_due-once.ts'
import { unsettledTwice } from './_unsettled.ts'
import { MINUTE_MS } from '../../util/time-units.ts'

/** Start of the id of a digest's claim. The attempt that leased its alerts follows. */
export const DIGEST_PREFIX = 'digest:'

/**
 * The statements that make due alerts, lease those that may be sent, and read them. `decodeWrite`
 * reads their results.
 */
export function claimStatements(parts: DueParts): Sql[] {
  const { batch } = parts
  const keys = JSON.stringify(batch.channels)
  const isDue = batch.due === true
  const isIdle = batch.occurrences.length === 0 && !isDue
  return [
    ...(isDue ? [recordUse(parts), ...dueStatements(parts, keys)] : []),
    ...(isIdle ? [] : [alertDue(parts), markAlerted(parts)]),
    lease(parts, keys),
    ...(isDue ? [otherPolicy(parts)] : []),
    claimed(parts, keys),
  ]
}

/** A row `a` of klaxon_alerts that waits, in one of the caller's channels. */
const waiting = (keys: string): Sql =>
  sql`a.channel in (select value from json_each(${keys})) and a.sent_at is null`

const notPaused = (now: Sql): Sql =>
  sql`not exists (select 1 from klaxon_channels p where p.key = a.channel and p.paused_until > ${now})`

/**
 * Whether the issue of an alert `a` may still alert. `setIssue` deletes such alerts, but other
 * programs may change issues as well.
 */
const issueIsAudible = (now: Sql): Sql =>
  sql`exists (select 1 from klaxon_issues i where i.fingerprint = a.fingerprint
    and iif(a.reason = 'resolved', i.state = 'resolved', ${isAudible(now)}))`

// Ranks alerts within each channel, so that a failing channel never starves another. Alerts with
// fewer tries come first, so that a refused message never keeps back the next. After a lease that
// ran out the message may be out, so that one try remains. Each channel has one digest.
const lease = ({ batch: { attempt, former = [] }, now }: DueParts, keys: string): Sql => {
  const isFormer =
    former.length === 0
      ? raw('false')
      : sql`coalesce(lease_owner in (select value from json_each(${JSON.stringify(former)})), false)`
  const free = sql`(coalesce(a.lease_until, 0) <= ${now} or ${isFormer})`
  const open = sql`${waiting(keys)} and ${notPaused(now)} and ${issueIsAudible(now)}`
  return sql`update klaxon_alerts
set tries = iif(over_budget or lease_owner is null or ${isFormer}, tries, max(tries, ${raw(MAX_SEND_TRIES - 1)})),
  lease_owner = ${attempt}, lease_until = ${now} + ${raw(LEASE_MS)}
where id in (
  with open as materialized (select a.id, a.channel, a.over_budget, a.tries, a.created_at, ${free} is_free, ${unsettledTwice(now)} is_over
    from klaxon_alerts a where ${open})
  select id from (
    select id, row_number() over (partition by channel order by tries, created_at, id) nth
    from open where not over_budget and is_free and not is_over)
  where nth <= ${raw(CLAIMS_PER_CHANNEL)}
  union all
  select id from open where over_budget and channel in (
    select channel from open where over_budget group by channel
    having min(created_at) <= ${now} - ${raw(MINUTE_MS)} and min(is_free)))`
}

/** Titles of the newest occurrences of an overflow issue. */
const newest =
  raw(`iif(substr(a.fingerprint, 1, ${OVERFLOW_PREFIX.length}) = '${OVERFLOW_PREFIX}', (
  select json_group_array(title) from (select distinct title from (
    select n.title from klaxon_occurrences n where n.fingerprint = a.fingerprint order by n.occurred_at desc, n.id desc limit 20) limit 5)), '[]')`)

/**
 * The places of an alert's issue, and what happened to it before. With `every`, an alert says
 * neither, because its reader has seen all others.
 */
const placesAndHistory =
  raw(`iif(a.reason = 'every', '[]', (select json_group_array(json_object('method', method, 'route', route, 'path', path))
  from (select distinct method, route, path from (
    select n.method, substr(n.route, 1, ${PLACE_LENGTH}) route, iif(n.route is null, substr(n.path, 1, ${PLACE_LENGTH}), null) path
    from klaxon_occurrences n where n.fingerprint = a.fingerprint order by n.occurred_at desc, n.id desc limit ${PLACES_READ})))) places,
  iif(a.reason = 'every', '[]', (select json_group_array(json_object('at', at, 'what', what, 'channel', channel, 'who', who, 'reason', reason))
  from (select h.at, h.what, h.channel, h.who, iif(json_valid(h.data), h.data, '{}')->>'alert' reason
    from klaxon_events h where h.fingerprint = a.fingerprint and h.at < a.created_at order by h.at desc, h.rowid desc limit ${EVENTS_READ})
  where iif(channel is null, what <> 'regressed', what = 'sent' and reason is not 'resolved'))) history`)

/**
 * Reads the claims: single alerts, and a digest for each channel. The digest is JSON, because a sum
 * of counts may exceed 2^53, which some clients refuse as a number.
 */
const claimed = (
  { batch: { attempt } }: DueParts,
  keys: string,
): Sql => sql`select a.id claim, a.channel, a.reason, a.tries,
  a.created_at, a.since_count, ${newest} newest, ${placesAndHistory}, ${ISSUE_JSON}, ${OCCURRENCE_JSON}, null digest
from klaxon_alerts a join klaxon_issues i on i.fingerprint = a.fingerprint
left join klaxon_occurrences o on o.id = a.occurrence_id
where ${waiting(keys)} and a.over_budget = 0 and a.lease_owner = ${attempt}
union all
select null, d.channel, null, max(d.tries), 0, 0, null, null, null, null, null,
  json_array(count(*), total(max(0, i.count - d.since_count)), min(d.created_at))
from (
  select a.channel, a.fingerprint, min(a.since_count) since_count, min(a.created_at) created_at, max(a.tries) tries
  from klaxon_alerts a
  where ${waiting(keys)} and a.over_budget = 1 and a.lease_owner = ${attempt}
  group by a.channel, a.fingerprint) d
join klaxon_issues i on i.fingerprint = d.fingerprint
group by d.channel`
