import { raw, sql, type Sql } from './statement.ts'
import { channelName } from '../../model/channel.ts'
import { UNSENT_TO_DIGEST_MS, CHANNEL_UNUSED_MS } from '../../model/limits.ts'
import type { DueParts } from './_due.ts'
import { json } from './_encode.ts'
import { POLICY_IN_USE_MS, RECORD_USE_MS } from './_limits.ts'
import { unsettledTwice } from './_unsettled.ts'

/** Records that channels are in use, every few minutes. */
export function recordUse({ batch, now }: DueParts): Sql {
  const keys = json(batch.channels.map((key) => [key, channelName(key)]))
  return sql`insert into klaxon_channels (key, name, service, environment, used_at)
select value->>0, value->>1, ${batch.service ?? ''}, ${batch.environment ?? ''}, ${now} from json_each(${keys}) where true
on conflict (key) do update set
  name = excluded.name, service = excluded.service, environment = excluded.environment, used_at = excluded.used_at
where used_at < ${now} - ${raw(RECORD_USE_MS)}`
}

/** The statements that a klaxon runs once a minute, with or without occurrences. */
export function dueStatements(parts: DueParts, keys: string): Sql[] {
  const { now } = parts
  return [
    sql`insert into klaxon_events (id, fingerprint, at, what, channel, data)
select a.id || ':' || a.tries || ':gave up', a.fingerprint, ${now}, 'gave up', a.channel,
  json_object('reason', 'sent twice, and no sender said what became of it', 'alert', a.reason)
from klaxon_alerts a where ${unsettledTwice(now)} on conflict (id) do nothing`,
    sql`delete from klaxon_alerts as a where ${unsettledTwice(now)}`,
    overdueToDigest(now, keys),
    moveAlerts(parts, keys),
    recordPolicy(parts),
    storePolicy(parts),
  ]
}

/** Moves alerts that have waited over 24 hours into the next digest. */
const overdueToDigest = (
  now: Sql,
  keys: string,
): Sql => sql`update klaxon_alerts set over_budget = 1
where channel in (select value from json_each(${keys})) and sent_at is null and over_budget = 0 and reason <> 'resolved'
  and created_at < ${now} - ${raw(UNSENT_TO_DIGEST_MS)} and coalesce(lease_until, 0) <= ${now}`

/**
 * Moves waiting alerts of a channel unused for an hour to the channel of the same name with a new
 * address.
 */
const moveAlerts = ({ now }: DueParts, keys: string): Sql => sql`update klaxon_alerts as a
set channel = m.key, lease_owner = null, lease_until = null
from (
  select old.key old_key, min(new.key) key from klaxon_channels new
  join klaxon_channels old on old.name = new.name and old.service = new.service and old.environment = new.environment
  where new.key in (select value from json_each(${keys})) and old.key not in (select value from json_each(${keys}))
    and old.used_at < ${now} - ${raw(CHANNEL_UNUSED_MS)}
  group by old.key) m
where a.channel = m.old_key and a.sent_at is null`

/** The name of a policy's row in klaxon_settings. */
function policyName({ batch }: DueParts): { prefix: string; name: string } {
  const prefix = `policy:${batch.environment ?? ''}:`
  // `Infinity` becomes null in JSON. Policies still differ.
  return { prefix, name: prefix + JSON.stringify(batch.policy) }
}

const recordPolicy = (
  parts: DueParts,
): Sql => sql`insert into klaxon_settings (service, name, value, updated_at)
values (${parts.batch.service ?? ''}, ${policyName(parts).name}, '', ${parts.now})
on conflict (service, name) do update set updated_at = excluded.updated_at
where updated_at < ${parts.now} - ${raw(RECORD_USE_MS)}`

/** Stores the policy, for the page that explains why an issue alerted or not. */
const storePolicy = ({
  batch,
  now,
}: DueParts): Sql => sql`insert into klaxon_settings (service, name, value, updated_at)
values (${batch.service ?? ''}, 'policy', ${JSON.stringify(batch.policy)}, ${now})
on conflict (service, name) do update set value = excluded.value, updated_at = excluded.updated_at
where value <> excluded.value`

/** Returns a row when another klaxon of this service and environment uses another policy. */
export function otherPolicy(parts: DueParts): Sql {
  const { prefix, name } = policyName(parts)
  return sql`select 1 other from klaxon_settings
where service = ${parts.batch.service ?? ''} and substr(name, 1, ${prefix.length}) = ${prefix} and name <> ${name}
  and updated_at >= ${parts.now} - ${raw(POLICY_IN_USE_MS)} limit 1`
}
