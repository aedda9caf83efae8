import { REQUEST_WINDOW } from '../limits.ts'
import { stored } from '../query/words.ts'
import type { Asked, OccurrenceRow } from '../types.ts'
import { ROW, toRow } from './columns.ts'
import { prefixOf } from './refs.ts'
import type { Run } from './run.ts'
import { raw, sql } from './statement.ts'
import { countedSentence, missingSentence } from '../ask.ts'

const TRACE = /^[\da-f]{32}$/
const START = /^(?:v\d+:.*|[\da-f]{4,32})$/

export async function ask(run: Run, now: number, text: string): Promise<Asked> {
  const asked = stored(text.trim())
  const id = asked.toLowerCase()
  const prefix = START.test(id) ? prefixOf(id) : '\0'
  const [rows, counted, issues, traces, requests, alerts] = await run([
    sql`select id, fingerprint, title from klaxon_occurrences where id = ${id}`,
    sql`select 1 from klaxon_counted_ids where id = ${id}`,
    sql`select fingerprint, title from klaxon_issues
where fingerprint >= ${prefix} and fingerprint < ${`${prefix}\u{10ffff}`} order by fingerprint limit 5`,
    sql`select ${ROW} o from (select rowid, * from klaxon_occurrences where trace_id = ${TRACE.test(id) ? id : null} limit 500) o
order by o.occurred_at desc, o.id desc limit 20`,
    sql`select ${ROW} o from (select rowid, * from klaxon_occurrences indexed by klaxon_occurrences_occurred_at
  order by occurred_at desc, id desc limit ${raw(String(REQUEST_WINDOW))}) o
where o.request_id = ${asked} limit 20`,
    sql`select fingerprint from klaxon_alerts where id = ${asked}
union all select fingerprint from klaxon_events where id = ${asked} limit 1`,
  ])
  const [row] = rows!
  if (row !== undefined)
    return {
      kind: 'occurrence',
      id,
      fingerprint: String(row['fingerprint']),
      sentence: `an occurrence of ${String(row['title'])}`,
    }
  const issue = issueOf(prefix, issues!)
  if (issue !== null) return issue
  const listed = (cells: typeof rows): OccurrenceRow[] => cells!.map(({ o }) => toRow(o))
  if (traces!.length > 0) return { kind: 'trace', occurrences: listed(traces), sentence: 'a trace' }
  if (requests!.length > 0)
    return { kind: 'request', occurrences: listed(requests), sentence: 'a request' }
  if (alerts![0] !== undefined) {
    const fingerprint = String(alerts![0]['fingerprint'])
    return { kind: 'alert', fingerprint, sentence: `an alert or change of issue ${fingerprint}` }
  }
  if (counted!.length > 0) return { kind: 'counted', id, sentence: countedSentence() }
  return { kind: 'missing', sentence: missingSentence(id, now) }
}

export function issueOf(prefix: string, issues: readonly Record<string, unknown>[]): Asked | null {
  const [first] = issues
  if (first === undefined) return null
  const fingerprint = String(first['fingerprint'])
  if (fingerprint === prefix || issues.length === 1)
    return { kind: 'issue', fingerprint, sentence: `the issue ${String(first['title'])}` }
  return {
    kind: 'ambiguous',
    issues: issues.map((each) => ({
      fingerprint: String(each['fingerprint']),
      title: String(each['title']),
    })),
    sentence: 'the start of several issues: write more of it',
  }
}
