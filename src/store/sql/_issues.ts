import { raw, sql, type Sql } from './statement.ts'
import { OVERFLOW_PREFIX } from '../../model/limits.ts'
import { BY_PATH, EVENT_METHODS } from '../caps.ts'
import { startOfDay } from './_clock.ts'
import { GROUP_INDEX } from './_encode.ts'
import { boundedTime, counted, fresh, KEPT, type WriteParts } from './_fresh.ts'

const g = (place: number): Sql => raw(`g->>${place}`)

/** Whether an issue `i` is an overflow issue. */
const isOverflow = raw(`substr(i.fingerprint, 1, ${OVERFLOW_PREFIX.length}) = '${OVERFLOW_PREFIX}'`)

/** `effectiveStatus` of an issue `i`: a throw that was answered below 400 counts as 500. */
export const EFFECTIVE_STATUS = raw(`iif(i.kind <> 'status' and i.status < 400, 500, i.status)`)

const events = EVENT_METHODS.map((method) => `'${method}'`).join(', ')
const byPath = `i.kind = 'status' and i.status in (${BY_PATH.join(', ')})`
const CAP_PLACE = raw(`coalesce(i.route, iif(${byPath}, '*' || i.status,
  iif(i.method in (${events}), i.method, '')))`)
const CAP_CLASS = sql`iif(i.kind = 'browser', 'browser', iif(${EFFECTIVE_STATUS} < 500, '4xx', '5xx'))`

/** Groups of the batch with fresh occurrences and without an issue. */
const unseen = ({ params }: WriteParts): Sql => sql`unseen as materialized (
  select e.key k, e.value g from json_each(${params.groups}) e
  where not exists (select 1 from klaxon_issues i where i.fingerprint = e.value->>0)
    and e.value->>0 in (select fingerprint from fresh))`

/**
 * Numbers of today's new issues by class and place. Reads nothing when the batch has no new issue.
 */
const today = ({ now }: WriteParts): Sql => sql`today as materialized (
  select coalesce(i.service, '') service, coalesce(i.environment, '') environment, ${CAP_CLASS} class, ${CAP_PLACE} place, count(*) n
  from klaxon_issues i
  where exists (select 1 from unseen) and i.created_at >= ${startOfDay(now)} and not ${isOverflow}
  group by 1, 2, 3, 4)`

const sameClass = sql`t.service = coalesce(${g(GROUP_INDEX.service)}, '') and t.environment = coalesce(${g(GROUP_INDEX.environment)}, '')
  and t.class = ${g(GROUP_INDEX.class)}`
const inClass = sql`coalesce((select sum(t.n) from today t where ${sameClass}), 0)`
const inPlace = sql`coalesce((select sum(t.n) from today t where ${sameClass} and t.place = ${g(GROUP_INDEX.place)}), 0)`
const classOfGroup = sql`${g(GROUP_INDEX.service)}, ${g(GROUP_INDEX.environment)}, ${g(GROUP_INDEX.class)}`

/**
 * Inserts new issues within the caps of the day, and overflow issues for the others. An overflow
 * issue with today's `created_at` is in use.
 */
export function insertIssues(parts: WriteParts): Sql {
  const { now } = parts
  const hasPlace = sql`nth_place <= ${g(GROUP_INDEX.placeCap)}`
  const isNew = sql`(${hasPlace} and nth_class <= ${g(GROUP_INDEX.classCap)})`
  /** The value of the group, of its place's overflow issue, or of its class's. */
  const pick = (ofGroup: Sql, place: Sql, ofClass: Sql): Sql =>
    sql`iif(${isNew}, ${ofGroup}, iif(${hasPlace}, ${ofClass}, ${place}))`
  const none = raw('null')
  return sql`with ${fresh(parts, KEPT)}, ${unseen(parts)}, ${today(parts)},
placed as (select k, g, ${inPlace} + row_number() over (partition by ${classOfGroup}, ${g(GROUP_INDEX.place)} order by k) nth_place from unseen),
ranked as (select g, nth_place, ${inClass} + row_number() over (partition by ${classOfGroup}, ${hasPlace} order by k) nth_class from placed)
insert into klaxon_issues (fingerprint, title, kind, service, environment, status, method, route,
  first_seen, last_seen, count, first_release, created_at, alert_due)
select ${pick(g(GROUP_INDEX.fingerprint), g(GROUP_INDEX.placeOverflow), g(GROUP_INDEX.classOverflow))},
  ${pick(g(GROUP_INDEX.title), g(GROUP_INDEX.placeTitle), g(GROUP_INDEX.classTitle))},
  ${g(GROUP_INDEX.kind)}, ${g(GROUP_INDEX.service)}, ${g(GROUP_INDEX.environment)}, ${g(GROUP_INDEX.status)}, ${g(GROUP_INDEX.method)},
  ${pick(g(GROUP_INDEX.route), g(GROUP_INDEX.route), none)},
  ${boundedTime(g(GROUP_INDEX.firstSeen), now)}, ${boundedTime(g(GROUP_INDEX.lastSeen), now)}, 0, ${pick(g(GROUP_INDEX.release), none, none)}, ${now}, 'new'
from ranked where true
on conflict (fingerprint) do update set created_at = excluded.created_at`
}

/**
 * Whether an occurrence `c` opens its resolved issue `i` again: `comesBack` of the alert policy.
 */
export const comesBack = raw(`(i.state = 'resolved' and c.at >= coalesce(i.resolved_at, 0)
    and (i.resolved_in is null or c.release is null or c.release not in (select value from json_each(i.resolved_in))))`)

/**
 * Counts fresh occurrences, and decides whether an alert is due: `countIn` of the alert policy in
 * SQL.
 */
export function countFresh(parts: WriteParts): Sql {
  const { batch, now } = parts
  const milestones = JSON.stringify(batch.policy.milestones)
  // SQLite takes the bare columns of an aggregate query from the row that holds its one max():
  // https://sqlite.org/lang_select.html#bareagg.
  // So `latest` has the latest occurrence with a row.
  return sql`with ${fresh(parts)}, ${counted(parts, KEPT)},
totals as (select c.issue, sum(c.n) n, min(c.at) first_at, max(c.at) last_at, max(iif(c.is_alerted, c.at, null)) alerted_at,
  max(${comesBack}) is_back from counted c join klaxon_issues i on i.fingerprint = c.issue group by c.issue),
latest as (select issue, max(is_row * 1e15 + at), iif(is_row, id, null) id, release from counted group by issue)
update klaxon_issues as i set
  count = min(i.count + t.n, 9007199254740991),
  first_seen = min(i.first_seen, t.first_at),
  last_seen = max(i.last_seen, t.last_at),
  last_release = iif(t.last_at >= i.last_seen, l.release, i.last_release),
  last_occurrence_id = iif(t.last_at >= i.last_seen or i.last_occurrence_id is null, coalesce(l.id, i.last_occurrence_id), i.last_occurrence_id),
  state = iif(t.is_back, 'open', i.state),
  resolved_at = iif(t.is_back, null, i.resolved_at),
  resolved_in = iif(t.is_back, null, i.resolved_in),
  muted_until_count = iif(i.muted_until_count <= i.count + t.n, null, i.muted_until_count),
  alerted_at = iif(t.alerted_at is null, i.alerted_at, max(coalesce(i.alerted_at, 0), t.alerted_at)),
  alerted_count = iif(t.alerted_at is null, i.alerted_count, i.count + t.n),
  alert_due = case
    when t.alerted_at is not null then null
    when t.is_back then 'regression'
    when i.state <> 'open' or i.alert_due is not null then i.alert_due
    when ${isOverflow} then iif(coalesce(i.alerted_at, -1) < ${startOfDay(now)}, 'new', null)
    when i.count < i.muted_until_count and i.muted_until_count <= i.count + t.n then 'milestone'
    when exists (select 1 from json_each(${milestones}) m where i.count < m.value and m.value <= i.count + t.n) then 'milestone'
    else null end
from totals t join latest l on l.issue = t.issue
where i.fingerprint = t.issue`
}
