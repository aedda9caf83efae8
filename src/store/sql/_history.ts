import { raw, sql, type Sql } from './statement.ts'
import type { Account } from '../../model/store.ts'
import { counted, fresh, type WriteParts } from './_fresh.ts'
import { comesBack } from './_issues.ts'

const HOUR_SQL = raw('3600000')

/** Counts occurrences by issue and hour. */
export function countHours(parts: WriteParts): Sql {
  return sql`with ${fresh(parts)}, ${counted(parts)}
insert into klaxon_hours (fingerprint, hour, count)
select issue, at / ${HOUR_SQL}, sum(n) from counted where true group by 1, 2
on conflict (fingerprint, hour) do update set count = count + excluded.count`
}

/** Counts occurrences by service, series and hour, and adds the isolate's accounts. */
export function countSeries(parts: WriteParts): Sql {
  const { batch, now } = parts
  const accounts = JSON.stringify((batch.accounts ?? []).flatMap(seriesOf))
  const service = batch.service ?? ''
  return sql`with ${fresh(parts)}, added as (
  select service, series, at / ${HOUR_SQL} hour, n from fresh
  union all
  select ${service}, e.value->>1, ${now} / ${HOUR_SQL}, e.value->>2 from json_each(${accounts}) e
  where not exists (select 1 from klaxon_counted_ids t where t.id = e.value->>0))
insert into klaxon_series (service, series, hour, count)
select service, series, hour, sum(n) from added where true group by 1, 2, 3
on conflict (service, series, hour) do update set count = count + excluded.count`
}

function seriesOf({ id, ...counts }: Account): [string, string, number][] {
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => [id, `~${name}`, count])
}

/** Stores the searched texts of new issues. */
export function insertTexts({ params }: WriteParts): Sql {
  return sql`insert into klaxon_texts (fingerprint, text)
select e.value->>0, e.value->>1 from json_each(${params.texts}) e
where exists (select 1 from klaxon_issues i where i.fingerprint = e.value->>0)
on conflict (fingerprint) do nothing`
}

/** Stores releases and the time of each one's first failure. */
export function insertReleases({ now }: WriteParts, releases: string): Sql {
  return sql`insert into klaxon_releases (service, release, first_seen)
select e.value->>0, e.value->>1, min(e.value->>2, ${now}) from json_each(${releases}) e where true
on conflict (service, release) do update set first_seen = excluded.first_seen
where excluded.first_seen < first_seen`
}

/** Records that resolved issues come back. It runs before the count, which opens them. */
export function recordComebacks(parts: WriteParts): Sql {
  const { now } = parts
  return sql`with ${fresh(parts)}, ${counted(parts)}
insert into klaxon_events (id, fingerprint, at, what, data)
select 'back:' || i.fingerprint || ':' || coalesce(i.resolved_at, 0), i.fingerprint, ${now}, 'regressed',
  json_object('occurrence', max(c.id), 'release', max(c.release))
from klaxon_issues i join counted c on c.issue = i.fingerprint
where ${comesBack}
group by i.fingerprint
on conflict (id) do nothing`
}
