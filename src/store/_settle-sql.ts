import { type SQL, sql } from 'drizzle-orm/sql'
import type { Settlement } from '../core/types.ts'
import { DIGEST } from './_claim-sql.ts'
import { SENT_MS } from './_limits.ts'

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
