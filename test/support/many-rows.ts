import type { SqlDriver } from '../../src/store/sql/driver.ts'
import { DAY_MS } from '../../src/util/time-units.ts'

export interface ManyRows {
  occurrences: number
  issues: number
  /** Unix ms of the newest occurrence. */
  now: number
  /** Names of services; '' is no service. */
  services?: readonly string[]
}

/**
 * Fills a migrated, empty database like a month of an app: times spread evenly over 30 days,
 * issues by Zipf's law (the hottest has an eighth of all), the same rows in each run.
 */
export async function fillWithRows(driver: SqlDriver, many: ManyRows): Promise<void> {
  const { occurrences, issues, now, services = ['', 'jobs'] } = many
  const random = randomFrom(42)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const rank = zipf(issues, random)
  const start = now - 30 * DAY_MS
  const run = (sql: string, ...params: string[]) => driver.batch([{ sql, params }], 'write')
  const made = Array.from({ length: issues }, (_, nth) => anIssue(nth, pick, services))
  for (let at = 0; at < issues; at += 1_000)
    await run(
      `insert into klaxon_issues (fingerprint, title, kind, service, environment, status, method, route, first_seen, last_seen,
  count, state, created_at) select value->>0, value->>1, value->>2, nullif(value->>3, ''), value->>4, value->>5, value->>6,
  value->>7, 0, 0, 0, value->>8, 0 from json_each(?)`,
      JSON.stringify(made.slice(at, at + 1_000)),
    )
  for (let at = 0; at < issues; at += 1_000)
    await run(
      `insert into klaxon_texts (fingerprint, text) select value->>0, lower(value->>1) || char(10) || (value->>9) from json_each(?)`,
      JSON.stringify(made.slice(at, at + 1_000)),
    )
  const chunk = 4_000
  for (let from = 0; from < occurrences; from += chunk) {
    const rows = Array.from({ length: Math.min(chunk, occurrences - from) }, (_, nth) => {
      const at = Math.floor(start + ((from + nth + 1) / occurrences) * 30 * DAY_MS)
      return [
        uuid(at, random),
        at,
        made[rank()]![0],
        random() < 0.3 ? String(Math.floor(random() * 20_000)) : null,
        random() < 0.5 ? hex(32, random) : null,
        `r${Math.floor(((at - start) / DAY_MS) * 2)}`,
        COLOS[Math.floor(random() ** 2 * COLOS.length)],
        `Mozilla/5.0 (${pick(['X11; Linux', 'Windows NT 10.0; Win64'])}) Chrome/${100 + Math.floor(random() * 40)}.0`,
        hex(8, random),
      ]
    })
    await run(
      `insert into klaxon_occurrences (id, occurred_at, fingerprint, title, kind, service, status, method, path, route, host,
  client_ip, user_agent, user_id, username, error_name, error_message, error_stack, request_id, trace_id, release, environment,
  runtime, colo, country, headers)
select e.value->>0, e.value->>1, i.fingerprint, i.title, i.kind, i.service, i.status, i.method,
  replace(i.route, ':id', e.value->>8), i.route, 'api.example.com', '203.0.113.7', e.value->>7, e.value->>3,
  'user' || (e.value->>3), iif(i.kind = 'thrown', 'Error', null), i.title || ' ' || (e.value->>8),
  iif(i.kind = 'thrown', t.text, null), 'req-' || (e.value->>8), e.value->>4, e.value->>5, i.environment, 'workerd',
  e.value->>6, 'DE', json_object('accept', '*/*', 'content-type', 'application/json', 'user-agent', e.value->>7)
from json_each(?) e join klaxon_issues i on i.fingerprint = e.value->>2 join klaxon_texts t on t.fingerprint = i.fingerprint`,
      JSON.stringify(rows),
    )
  }
  await derive(run)
}

/** The other tables that the store's `write` fills. */
async function derive(run: (sql: string) => Promise<unknown>): Promise<void> {
  await run(
    'insert or replace into klaxon_hours select fingerprint, occurred_at / 3600000, count(*) from klaxon_occurrences group by 1, 2',
  )
  await run(`insert or replace into klaxon_series select coalesce(service, ''),
  iif(kind <> 'status', '*thrown', iif(status >= 500, '*5xx', '*4xx')), occurred_at / 3600000, count(*)
from klaxon_occurrences group by 1, 2, 3`)
  await run(`insert or replace into klaxon_series select '', value, hour, 9 from json_each('["~captured","~stored","~logged"]'),
  (select distinct hour from klaxon_series)`)
  await run(
    `insert or replace into klaxon_releases select coalesce(service, ''), release, min(occurred_at) from klaxon_occurrences group by 1, 2`,
  )
  await run(`with a as materialized (select fingerprint, count(*) n, min(occurred_at) first_at, max(occurred_at) last_at,
  min(release) first_release, max(release) last_release, max(id) last_id from klaxon_occurrences group by 1)
update klaxon_issues as i set count = a.n, first_seen = a.first_at, last_seen = a.last_at, created_at = a.first_at,
  first_release = a.first_release, last_release = a.last_release, last_occurrence_id = a.last_id
from a where a.fingerprint = i.fingerprint`)
  // An issue without rows, because of retention, stays for its 90 days.
  await run(`update klaxon_issues set count = 1, last_seen = (select min(occurred_at) from klaxon_occurrences) - rowid * 60000,
  first_seen = (select min(occurred_at) from klaxon_occurrences) - 86400000 - rowid * 60000 where count = 0`)
  await run(`insert or replace into klaxon_events select lower(hex(randomblob(8))), fingerprint, last_seen - n.value * 3600000, 'sent',
  'slack:0123456789abcdef', null, '{}' from klaxon_issues, json_each('[0,1,2]') n`)
  await run(
    `insert or replace into klaxon_channels (key, name, used_at) values ('slack:0123456789abcdef', 'slack', 1), ('email', 'email', 1)`,
  )
}

type IssueValues = [string, string, string, string, string, number, string, string, string, string]

const WORDS =
  'payment order user session cache redis fetch timeout parse token invoice customer webhook queue upload image'.split(
    ' ',
  )
const COLOS = 'FRA AMS LHR CDG IAD SJC NRT SIN GRU SYD MAD WAW VIE ZRH DUB'.split(' ')

function anIssue(
  nth: number,
  pick: <T>(list: readonly T[]) => T,
  services: readonly string[],
): IssueValues {
  const thrown = nth % 2 === 0
  const message = `${pick(WORDS)} ${pick(WORDS)} failed: ${Array.from({ length: 8 }, () => pick(WORDS)).join(' ')} ${nth}`
  const frames = Array.from(
    { length: 12 },
    () =>
      `    at ${pick(WORDS)}${pick(WORDS)} (file:///src/${pick(WORDS)}/${pick(WORDS)}.ts:${nth % 400}:7)`,
  )
  const route = `/api/${pick(WORDS)}s/:id/${pick(WORDS)}`
  return [
    `v1:${hex(32, randomFrom(nth + 1))}`,
    thrown ? `Error: ${message}` : `404 GET ${route}`,
    thrown ? 'thrown' : 'status',
    pick(services),
    pick(['production', 'production', 'production', 'staging']),
    thrown ? 500 : 404,
    pick(['GET', 'POST']),
    route,
    pick([
      'open',
      'open',
      'open',
      'open',
      'open',
      'open',
      'open',
      'resolved',
      'resolved',
      'ignored',
    ]),
    `${message}\n${frames.join('\n')}`,
  ]
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

function zipf(most: number, random: () => number): () => number {
  const sums = new Float64Array(most)
  let total = 0
  for (let nth = 0; nth < most; nth++) sums[nth] = total += 1 / (nth + 1)
  return () => {
    const wanted = random() * total
    let [low, high] = [0, most - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

function hex(length: number, random: () => number): string {
  let text = ''
  while (text.length < length)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return text.slice(0, length)
}

function uuid(at: number, random: () => number): string {
  const time = at.toString(16).padStart(12, '0')
  const rest = hex(18, random)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6)}`
}
