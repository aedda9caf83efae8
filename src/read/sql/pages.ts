import { RELEASE_WINDOW } from '../limits.ts'
import type { AccountHour, AlertsPage, Health, ReleaseRow, ReleasesPage } from '../types.ts'
import { number, numberOrNull, parsed, text, tolerant } from './columns.ts'
import { CHANNEL_ROWS, toChannel, toEvent } from './history.ts'
import { SERVICE_NAMES } from './list.ts'
import type { Run } from './run.ts'
import { raw, sql, type Sql } from './statement.ts'
import { HOUR_MS } from '../../util/time-units.ts'

type Row = Record<string, unknown>

export async function alerts(run: Run): Promise<AlertsPage> {
  const title = (table: string): Sql =>
    raw(`(select i.title from klaxon_issues i where i.fingerprint = ${table}.fingerprint) title`)
  const [events, waiting, channels] = await run([
    sql`select e.*, ${title('e')} from (select * from klaxon_events order by at desc, id desc limit 2000) e
where e.channel is not null limit 100`,
    sql`select a.*, ${title('a')} from (
  select * from klaxon_alerts where sent_at is null limit 2000) a order by a.created_at, a.id limit 100`,
    CHANNEL_ROWS,
  ])
  return {
    events: events!.map((row) => ({ ...toEvent(row), title: text(row['title']) })),
    waiting: waiting!.map((row) => ({
      id: String(row['id']),
      channel: String(row['channel']),
      reason: String(row['reason']),
      fingerprint: String(row['fingerprint']),
      title: text(row['title']),
      createdAt: number(row['created_at']),
      tries: number(row['tries']),
      digest: number(row['over_budget']) === 1,
    })),
    channels: channels!.map(toChannel),
  }
}

export async function releases(
  run: Run,
  options: { service?: string } = {},
): Promise<ReleasesPage> {
  const { service } = options
  const known = sql`select service, release, first_seen from klaxon_releases
where ${service === undefined ? raw('true') : sql`service = ${service}`}
order by first_seen desc, service, release limit 50`
  const window = raw(String(RELEASE_WINDOW))
  const seen = sql`(select * from klaxon_issues order by last_seen desc, fingerprint desc limit ${window}) i`
  const isKnown = sql`i.first_release in (select release from (${known}))`
  const [rows, counts, top, examined] = await run([
    known,
    sql`select coalesce(i.service, '') service, i.first_release release, count(*) n from ${seen}
where ${isKnown} group by 1, 2`,
    sql`select service, release, json_array(fingerprint, title, count, state) issue from (
  select coalesce(i.service, '') service, i.first_release release, i.fingerprint, i.title, i.count, i.state,
    row_number() over (partition by coalesce(i.service, ''), i.first_release order by i.count desc, i.fingerprint) nth
  from ${seen} where ${isKnown}) where nth <= 5 order by service, release, nth`,
    sql`select count(*) n from (select 1 from klaxon_issues limit ${window})`,
  ])
  const of = (row: Row): string => JSON.stringify([row['service'], row['release']])
  const page = rows!.map((row): ReleaseRow => ({
    service: String(row['service']),
    release: String(row['release']),
    firstSeen: number(row['first_seen']),
    newIssues: number(counts!.find((count) => of(count) === of(row))?.['n']),
    issues: top!
      .filter((issue) => of(issue) === of(row))
      .map((issue) => toNewIssue(issue['issue'])),
  }))
  const isWhole = number(examined![0]!['n']) < RELEASE_WINDOW
  return { releases: page, examined: isWhole ? null : RELEASE_WINDOW }
}

function toNewIssue(cell: unknown): ReleaseRow['issues'][number] {
  const [fingerprint, title, count, state] =
    parsed<[string, string, number, 'open' | 'resolved' | 'ignored']>(cell)!
  return { fingerprint, title, count, state }
}

const ACCOUNT = ['captured', 'stored', 'fallback', 'logged', 'dropped'] as const

export async function health(
  run: Run,
  now: number,
  options: { hours?: number } = {},
): Promise<Omit<Health, 'schema'>> {
  const hours = Math.min(Math.max(1, Math.floor(options.hours ?? 24)), 336)
  const last = Math.floor(now / HOUR_MS)
  const names = JSON.stringify(ACCOUNT.map((name) => `~${name}`))
  const [account, settings, heartbeats, span] = await run([
    sql`with ${SERVICE_NAMES}
select x.value series, (select json_group_array(json_array(k.hour, k.count)) from klaxon_series k
  where k.service = n.service and k.series = x.value and k.hour > ${last - hours}) hours
from names n cross join json_each(${names}) x where n.service is not null`,
    sql`select service, name, value, updated_at from klaxon_settings order by service, name limit 200`,
    sql`select * from klaxon_heartbeats order by service, environment, name limit 200`,
    sql`select (select max(rowid) from klaxon_occurrences) newest_row, (select min(rowid) from klaxon_occurrences) oldest_row,
  (select min(occurred_at) from klaxon_occurrences) oldest, (select max(occurred_at) from klaxon_occurrences) newest`,
  ])
  const { newest_row, oldest_row, oldest, newest } = span![0]!
  return {
    account: accountOf(account!, last, hours),
    settings: settings!.map((row) => ({
      service: String(row['service']),
      name: String(row['name']),
      value: tolerant(row['value']) ?? row['value'],
      updatedAt: number(row['updated_at']),
    })),
    heartbeats: heartbeats!.map((row) => ({
      service: String(row['service']),
      environment: String(row['environment']),
      name: String(row['name']),
      everyMs: number(row['every_ms']),
      graceMs: number(row['grace_ms']),
      lastAt: number(row['last_at']),
      missedAt: numberOrNull(row['missed_at']),
    })),
    rows: {
      occurrences: newest_row === null ? 0 : number(newest_row) - number(oldest_row) + 1,
      oldest: numberOrNull(oldest),
      newest: numberOrNull(newest),
    },
  }
}

/** @param rows a series and its hours, for each service */
function accountOf(rows: readonly Row[], last: number, hours: number): AccountHour[] {
  const account = Array.from({ length: hours }, (_, at) => emptyHour(last - hours + 1 + at))
  for (const row of rows) {
    const name = ACCOUNT.find((each) => `~${each}` === row['series'])
    for (const [at, count] of parsed<[number, number][]>(row['hours']) ?? []) {
      const hour = account[at - last + hours - 1]
      if (hour !== undefined && name !== undefined) hour[name] += count
    }
  }
  return account
}

export function emptyHour(hour: number): AccountHour {
  return { at: hour * HOUR_MS, captured: 0, stored: 0, fallback: 0, logged: 0, dropped: 0 }
}
