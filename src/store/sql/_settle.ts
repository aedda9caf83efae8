import { raw, sql, type Sql } from './statement.ts'
import type { Settlement } from '../../model/alert.ts'
import { KEEP_SENT_MS } from '../../model/limits.ts'
import { DIGEST_PREFIX } from './_claim.ts'
import { json } from './_encode.ts'

/**
 * Settles claims. Settling twice is harmless, because a settled alert is not leased any more, or is
 * deleted. A claim has its alert's id; a digest's claim has the attempt that leased its alerts.
 * Only the owner of the lease may report a failure.
 */
export function settleStatements(settlements: readonly Settlement[], now: Sql): Sql[] {
  const all = json(
    settlements.map((s) => [
      s.id,
      s.channel,
      s.outcome,
      s.attempt,
      s.tries,
      s.retryMs ?? 0,
      s.reason,
    ]),
  )
  const channels = json([...new Set(settlements.map(({ channel }) => channel))])
  const unsent = sql`a.channel in (select value from json_each(${channels})) and a.sent_at is null`
  const isSettled = sql`s.value->>1 = a.channel
    and s.value->>0 = iif(a.over_budget, ${DIGEST_PREFIX} || a.lease_owner, a.id)
    and (s.value->>2 in ('sent', 'dropped') or a.lease_owner = s.value->>3)`
  const settled = (...outcomes: Settlement['outcome'][]): Sql =>
    sql`exists (select 1 from json_each(${all}) s where s.value->>2 in (select value from json_each(${JSON.stringify(outcomes)})) and ${isSettled})`
  const pauses = settlements.filter((s) => s.pauseMs !== undefined)
  const statements = [
    sql`insert into klaxon_events (id, fingerprint, at, what, channel, data)
select a.id || ':' || a.tries || ':' || (s.value->>2), a.fingerprint, ${now}, s.value->>2, a.channel,
  json_object('reason', coalesce(s.value->>6, a.reason), 'alert', a.reason, 'digest', json(iif(a.over_budget, 'true', 'false')))
from klaxon_alerts a join json_each(${all}) s on ${isSettled}
where ${unsent} and (s.value->>2 in ('sent', 'gave up') or s.value->>6 is not null)
on conflict (id) do nothing`,
    sql`delete from klaxon_alerts as a where ${unsent} and ${settled('dropped', 'gave up')}`,
    sql`update klaxon_alerts as a set sent_at = ${now}, lease_owner = null, lease_until = null where ${unsent} and ${settled('sent')}`,
    sql`update klaxon_alerts as a set
  tries = coalesce((select s.value->>4 from json_each(${all}) s where ${isSettled}), a.tries),
  lease_until = ${now} + (select s.value->>5 from json_each(${all}) s where ${isSettled}), lease_owner = null
where ${unsent} and ${settled('failed')}`,
    sql`delete from klaxon_alerts where channel in (select value from json_each(${channels})) and sent_at < ${now} - ${raw(KEEP_SENT_MS)}`,
  ]
  if (pauses.length > 0) statements.push(pauseChannels(pauses, now))
  return statements
}

function pauseChannels(pauses: readonly Settlement[], now: Sql): Sql {
  const values = json(
    pauses.map((s) => [s.channel, s.pauseMs, s.permanent === true ? 1 : 0, s.reason]),
  )
  return sql`insert into klaxon_channels (key, name, used_at, paused_until, permanent, reason)
select value->>0, value->>0, ${now}, ${now} + max(value->>1), max(value->>2), value->>3 from json_each(${values}) where true group by value->>0
on conflict (key) do update set
  permanent = iif(excluded.paused_until > paused_until, excluded.permanent, permanent),
  reason = iif(excluded.paused_until > paused_until, excluded.reason, reason),
  paused_until = max(paused_until, excluded.paused_until)`
}
