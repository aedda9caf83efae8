import { sql, type Sql } from './statement.ts'
import type { Job } from '../../model/store.ts'
import { json } from './_encode.ts'

/** Records that a job has run just now, and resolves its issue if it is open. */
export function beatStatements(job: Job, now: Sql, eventId: string): Sql[] {
  const { name, service, environment, everyMs, graceMs, fingerprint } = job
  return [
    sql`insert into klaxon_heartbeats (service, environment, name, every_ms, grace_ms, last_at)
values (${service ?? ''}, ${environment ?? ''}, ${name}, ${everyMs}, ${graceMs}, ${now})
on conflict (service, environment, name) do update set
  every_ms = excluded.every_ms, grace_ms = excluded.grace_ms, last_at = excluded.last_at, missed_at = null`,
    sql`insert into klaxon_events (id, fingerprint, at, what, who)
select ${eventId}, i.fingerprint, ${now}, 'resolved', 'klaxon' from klaxon_issues i
where i.fingerprint = ${fingerprint} and i.state = 'open' on conflict (id) do nothing`,
    sql`delete from klaxon_alerts where fingerprint = ${fingerprint} and sent_at is null
  and exists (select 1 from klaxon_issues i where i.fingerprint = ${fingerprint} and i.state = 'open')`,
    sql`update klaxon_issues set state = 'resolved', resolved_at = ${now}, resolved_in = null,
  alert_due = iif(alerted_at is null, null, 'resolved') where fingerprint = ${fingerprint} and state = 'open'`,
  ]
}

/**
 * Declares jobs, deletes other jobs of their scope, and claims missed runs. The last statement
 * returns the missed runs.
 */
export function missedStatements(jobs: readonly Job[], now: Sql): Sql[] {
  const all = json(
    jobs.map((job) => [
      ...[job.service ?? '', job.environment ?? '', job.name],
      ...[job.everyMs, job.graceMs, job.fingerprint],
    ]),
  )
  const isLate = sql`h.service = j.value->>0 and h.environment = j.value->>1 and h.name = j.value->>2
  and coalesce(h.missed_at, h.last_at + h.grace_ms) + h.every_ms < ${now}
  and not exists (select 1 from klaxon_issues i where i.fingerprint = j.value->>5 and i.state = 'ignored')`
  return [
    sql`delete from klaxon_heartbeats as h where exists (
  select 1 from json_each(${all}) j where h.service = j.value->>0 and h.environment = j.value->>1)
  and not exists (select 1 from json_each(${all}) j
    where h.service = j.value->>0 and h.environment = j.value->>1 and h.name = j.value->>2)`,
    sql`insert into klaxon_heartbeats (service, environment, name, every_ms, grace_ms, last_at)
select value->>0, value->>1, value->>2, value->>3, value->>4, ${now} from json_each(${all}) where true
on conflict (service, environment, name) do update set every_ms = excluded.every_ms, grace_ms = excluded.grace_ms
where every_ms <> excluded.every_ms or grace_ms <> excluded.grace_ms`,
    sql`update klaxon_heartbeats as h set missed_at = ${now}
where exists (select 1 from json_each(${all}) j where ${isLate}) returning name, last_at`,
  ]
}
