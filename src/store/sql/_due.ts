import { raw, sql, type Sql } from './statement.ts'
import { QUIET_COUNT } from '../../model/limits.ts'
import type { WriteBatch } from '../../model/store.ts'
import { counted, fresh, type WriteParts } from './_fresh.ts'
import { clientCausedBudget } from '../../alerts/policy.ts'
import { EFFECTIVE_STATUS } from './_issues.ts'
import { HOUR_MS, MINUTE_MS } from '../../util/time-units.ts'

/** The inputs of the claiming statements. */
export interface DueParts {
  batch: WriteBatch
  /** The fingerprints of the batch's issues as a JSON list. */
  fingerprints: string
  now: Sql
}

/** Infinity cannot be a parameter. No count and no duration exceeds this. */
const MAX_BOUND = 1e15
const bounded = (value: number): number => Math.min(Math.max(Math.trunc(value) || 0, 0), MAX_BOUND)

/**
 * Whether an issue `i` belongs to the batch; with `due`, to its service, its browsers and its
 * environment.
 */
function inReach({ batch, fingerprints }: DueParts): Sql {
  const inBatch = sql`i.fingerprint in (select value from json_each(${fingerprints}))`
  if (batch.due !== true) return inBatch
  return sql`(${inBatch} or (${isOfService(batch)} and coalesce(i.environment, '') = ${batch.environment ?? ''}))`
}

/** Whether an issue `i` belongs to the service or its browsers. */
export function isOfService({ service }: { service?: string | null | undefined }): Sql {
  const name = service ?? ''
  return sql`coalesce(i.service, '') in (${name}, ${`${name}/browser`})`
}

/** Whether an issue `i` may alert at all: `isAudible` of the alert policy. */
export const isAudible = (now: Sql): Sql =>
  sql`(i.state = 'open' and coalesce(i.muted_until, 0) <= ${now} and i.muted_until_count is null)`

/** With `quiet`, a status below 500 alerts from its tenth occurrence within an hour. */
const isLoud = (now: Sql): Sql => sql`(${EFFECTIVE_STATUS} >= 500 or (
  select count(*) from (select 1 from klaxon_occurrences o
    where o.fingerprint = i.fingerprint and o.occurred_at > ${now} - ${raw(HOUR_MS)} limit ${raw(QUIET_COUNT)})
  ) >= ${raw(QUIET_COUNT)}
  or exists (select 1 from klaxon_hours h where h.fingerprint = i.fingerprint
    and h.hour = ${now} / ${raw(HOUR_MS)} and h.count >= ${raw(QUIET_COUNT)}))`

/** Whether a client can cause an issue `i` at will: `isClientCaused` of the alert policy. */
const IS_CLIENT_CAUSED = sql`(i.kind = 'browser' or ${EFFECTIVE_STATUS} < 500)`

/**
 * Whether the due alert of an issue `i` may be made now: `mayAlert` of the alert policy, with its
 * cooldown.
 */
function alertable(parts: DueParts): Sql {
  const { now, batch } = parts
  const { every, cooldownMs, minStatus = 0, quiet = false } = batch.policy
  const resolved = sql`(i.state = 'resolved' and i.alert_due = 'resolved')`
  const reach = sql`i.alert_due is not null and ${inReach(parts)}`
  if (every) return sql`${reach} and ${resolved}`
  return sql`${reach} and (${resolved} or (i.alert_due <> 'resolved' and ${isAudible(now)}
  and (i.alerted_at is null or i.alerted_at <= ${now} - ${bounded(cooldownMs)})
  and ${EFFECTIVE_STATUS} >= ${bounded(minStatus)}${quiet ? sql` and ${isLoud(now)}` : sql``}))`
}

/**
 * Makes due alerts. Waiting alerts count against the budget, as those sent in the last minute do,
 * so that a channel never gets more than its budget in a minute, even when a pause ends. Issues
 * that a client can cause at will leave a share of the budget to throws and 5xx. Ids start with the
 * attempt, so that `markAlerted` finds the new alerts.
 */
export function alertDue(parts: DueParts): Sql {
  const { batch, now } = parts
  const { attempt, channels, resolving = [], policy } = batch
  return sql`insert into klaxon_alerts (id, channel, reason, fingerprint, occurrence_id, created_at, since_count, over_budget)
select ${attempt} || ':' || lower(hex(randomblob(8))), c.value, i.alert_due, i.fingerprint, i.last_occurrence_id, ${now}, i.alerted_count,
  i.alert_due <> 'resolved' and row_number() over (partition by c.value, i.alert_due = 'resolved' order by ${IS_CLIENT_CAUSED}, i.first_seen, i.fingerprint) + (
    select count(*) from klaxon_alerts a where a.channel = c.value and a.over_budget = 0 and a.reason <> 'resolved'
      and (a.sent_at is null or a.sent_at > ${now} - ${raw(MINUTE_MS)})) > iif(${IS_CLIENT_CAUSED}, ${bounded(clientCausedBudget(policy))}, ${bounded(policy.perMinute)})
from klaxon_issues i join json_each(${JSON.stringify(channels)}) c
where ${alertable(parts)}
  and (i.alert_due <> 'resolved' or c.value in (select value from json_each(${JSON.stringify(resolving)})))`
}

/** With `alerts: "every"`: makes an alert for each fresh occurrence, without a budget. */
export function alertEveryFresh(parts: WriteParts): Sql {
  const { batch, now } = parts
  return sql`with ${fresh(parts)}, ${counted(parts)}
insert into klaxon_alerts (id, channel, reason, fingerprint, occurrence_id, created_at, since_count, over_budget)
select f.id || ':' || c.value, c.value, 'every', i.fingerprint, f.id, ${now}, i.alerted_count, 0
from counted f join klaxon_issues i on i.fingerprint = f.issue join json_each(${JSON.stringify(batch.channels)}) c
where f.is_alerted = 0 and ${isAudible(now)}
on conflict do nothing`
}

/** Marks issues whose alert was made, and issues whose alert no channel must get. */
export function markAlerted(parts: DueParts): Sql {
  const { batch, now } = parts
  const { attempt, policy } = batch
  const made = sql`i.fingerprint in (select fingerprint from klaxon_alerts where id > ${`${attempt}:`} and id < ${`${attempt};`})`
  const below = sql`i.alert_due <> 'resolved' and ${EFFECTIVE_STATUS} < ${bounded(policy.minStatus ?? 0)}`
  const unwanted = policy.every ? sql`true` : sql`(i.alert_due = 'resolved' or (${below}))`
  return sql`update klaxon_issues as i set
  alerted_at = iif(i.alert_due = 'resolved' or (${policy.every ? sql`false` : below}), i.alerted_at, ${now}), alerted_count = i.count, alert_due = null
where i.alert_due is not null and (${made} or (${inReach(parts)} and ${unwanted}))`
}
