import { join, raw, sql, type Sql } from './statement.ts'
import type { ChangedBy, IssueChange, MaintainClaim } from '../../model/store.ts'
import { eventsOf } from '../events-of.ts'
import { silences } from '../silences.ts'
import { json } from './_encode.ts'

/** Releases that "resolved in next release" remembers. */
const KNOWN_RELEASES = 20

export interface ChangeParts {
  fingerprints: readonly string[]
  change: IssueChange
  by: ChangedBy
  /** Start of the events' ids, so that a repeated statement writes no event twice. */
  actionId: string
  now: Sql
}

/**
 * Changes issues and records the change. The first statement returns a row for each issue found.
 */
export function changeStatements({ fingerprints, change, by, actionId, now }: ChangeParts): Sql[] {
  const all = json(fingerprints)
  const isChanged = sql`fingerprint in (select value from json_each(${all}))`
  const statements = [
    sql`update klaxon_issues as i set ${join(assignments(change, by.now, now), ', ')} where ${isChanged} returning 1 found`,
  ]
  if (silences(change, by.now))
    statements.push(sql`delete from klaxon_alerts where ${isChanged} and sent_at is null`)
  const data = json({
    ...(by.comment == null ? {} : { comment: by.comment }),
    ...(change.inNextRelease === true ? { inNextRelease: true } : {}),
    ...(change.mutedUntil == null ? {} : { until: change.mutedUntil }),
    ...(change.mutedUntilCount == null ? {} : { untilCount: change.mutedUntilCount }),
  })
  for (const what of eventsOf(change, by))
    statements.push(sql`insert into klaxon_events (id, fingerprint, at, what, who, data)
select ${actionId} || ':' || ${what} || ':' || i.fingerprint, i.fingerprint, ${now}, ${what}, ${by.who ?? null}, ${data}
from klaxon_issues i where ${isChanged} on conflict (id) do nothing`)
  return statements
}

function assignments(change: IssueChange, callersNow: number, now: Sql): Sql[] {
  const { state, inNextRelease = false, resolvedIn, mutedUntil, mutedUntilCount } = change
  const set: Sql[] = []
  if (state !== undefined) {
    const isResolved = state === 'resolved'
    const known = sql`(select nullif(json_group_array(release), '[]') from (select r.release from klaxon_releases r
  where r.service = coalesce(i.service, '') order by r.first_seen desc limit ${raw(KNOWN_RELEASES)}))`
    const given = resolvedIn == null || resolvedIn.length === 0 ? null : json(resolvedIn)
    set.push(
      sql`state = ${state}, resolved_at = ${isResolved ? now : null}`,
      sql`resolved_in = ${isResolved ? (inNextRelease ? known : given) : null}`,
    )
    // An alert that was due before the resolution is obsolete.
    if (isResolved) set.push(sql`alert_due = iif(alerted_at is null, null, 'resolved')`)
    else if (state === 'ignored') set.push(sql`alert_due = null`)
    else set.push(sql`alert_due = nullif(alert_due, 'resolved')`)
  }
  // Converts the caller's time into a duration, because the caller's clock may be wrong.
  if (mutedUntil === null) set.push(sql`muted_until = null`)
  else if (mutedUntil !== undefined)
    set.push(sql`muted_until = ${now} + ${Math.trunc(mutedUntil - callersNow)}`)
  if (mutedUntilCount !== undefined)
    set.push(sql`muted_until_count = cast(${mutedUntilCount} as integer)`)
  return set.length === 0 ? [sql`fingerprint = fingerprint`] : set
}

/** Claims the right to maintain a service. The second statement returns the owner. */
export function maintainStatements({ service, owner, ms }: MaintainClaim, now: Sql): Sql[] {
  const key = service ?? ''
  return [
    sql`insert into klaxon_settings (service, name, value, updated_at) values (${key}, 'maintain', ${owner}, ${now} + ${ms})
on conflict (service, name) do update set value = excluded.value, updated_at = excluded.updated_at
where value = excluded.value or updated_at <= ${now}`,
    sql`select value from klaxon_settings where service = ${key} and name = 'maintain'`,
  ]
}
