import { KlaxonError } from '../../model/klaxon-error.ts'
import { barTimes } from '../bars.ts'
import { REGRESSED } from '../query/issue-state.ts'
import { MAX_POSITION } from '../limits.ts'
import type { Facets, IssuePage, WhyAlerted } from '../types.ts'
import { whyAlerted } from '../why.ts'
import {
  ISSUE,
  number,
  numberOrNull,
  OCCURRENCE,
  text,
  tolerant,
  toIssue,
  toOccurrence,
} from './columns.ts'
import { facetsStatement, toFacets } from './facets.ts'
import { CHANNEL_ROWS, historyStatement, toChannel, toEvent } from './history.ts'
import { barsSql, HOURS_OF_ISSUE, recentSql, toIssueRow } from './list.ts'
import { newestPage, newestStatement } from './occurrences.ts'

import { rangeOf } from './refs.ts'
import type { Run } from './run.ts'
import { raw, sql, type Sql } from './statement.ts'

const MAX_SHOWN_ROWS = 20

type Row = Record<string, unknown>

export function issueStatement(fingerprint: Sql, now: number): Sql {
  return sql`select ${ISSUE} issue, ${REGRESSED} regressed, ${recentSql(now)} recent, ${barsSql(HOURS_OF_ISSUE, '14d', now)} bars,
  i.alert_due, i.alerted_at,
  exists (select 1 from klaxon_releases r where r.service = coalesce(i.service, '')) releases,
  (select s.value from klaxon_settings s where s.service = coalesce(i.service, '') and s.name = 'policy') policy
from klaxon_issues i where i.fingerprint = ${fingerprint}`
}

function waitingStatement(fingerprint: Sql): Sql {
  return sql`select channel, tries, over_budget, created_at from klaxon_alerts
where fingerprint = ${fingerprint} and sent_at is null limit 100`
}

interface Found {
  history: Row[]
  waiting: Row[]
  channels: Row[]
}

function why(issue: Row, { history, waiting, channels }: Found, now: number) {
  return whyAlerted({
    issue: toIssue(issue['issue']),
    due: text(issue['alert_due']),
    alertedAt: numberOrNull(issue['alerted_at']),
    channels: channels.map(toChannel),
    waiting: waiting.map((row) => ({
      channel: String(row['channel']),
      tries: number(row['tries']),
      digest: number(row['over_budget']) === 1,
      createdAt: number(row['created_at']),
    })),
    events: history.map(toEvent),
    policy: tolerant(issue['policy']),
    now,
  })
}

export async function alertReasons(
  run: Run,
  now: number,
  fingerprint: string,
): Promise<WhyAlerted[]> {
  const of = sql`${fingerprint}`
  const [issue, history, waiting, channels] = await run([
    issueStatement(of, now),
    historyStatement(of, 50),
    waitingStatement(of),
    CHANNEL_ROWS,
  ])
  return issue![0] === undefined
    ? []
    : why(issue![0], { history: history!, waiting: waiting!, channels: channels! }, now)
}

export async function facets(run: Run, fingerprint: string): Promise<Facets> {
  const [rows] = await run([facetsStatement(sql`${fingerprint}`)])
  return toFacets(rows!)
}

/** @throws KlaxonError `AMBIGUOUS` */
export async function issue(run: Run, now: number, ref: string): Promise<IssuePage | null> {
  const { fingerprint, matches } = rangeOf(ref)
  const [same, issues, latest, newest, counted, history, waiting, channels] = await run([
    matches,
    issueStatement(fingerprint, now),
    sql`select ${OCCURRENCE} o, (select count(*) from (
  select 1 from klaxon_occurrences where fingerprint = o.fingerprint limit ${raw(String(MAX_POSITION + 1))})) n
from klaxon_occurrences o where fingerprint = ${fingerprint} order by occurred_at desc, id desc limit 1`,
    newestStatement(fingerprint, MAX_SHOWN_ROWS),
    facetsStatement(fingerprint),
    historyStatement(fingerprint, 50),
    waitingStatement(fingerprint),
    CHANNEL_ROWS,
  ])
  const row = issues![0]
  if (row === undefined) return null
  const { issue } = toIssueRow(row, '14d', now)
  checkUnique(ref, issue.fingerprint, same!)
  const page = newestPage(newest!, MAX_SHOWN_ROWS)
  const [newestRow] = latest!
  return {
    issue,
    latest: newestRow === undefined ? null : toOccurrence(newestRow['o']),
    older: page.rows[1]?.id ?? null,
    position:
      newestRow === undefined
        ? null
        : { newer: 0, older: number(newestRow['n']) - 1, cap: MAX_POSITION },
    chart: barTimes('14d', now).map((at, nth) => ({ at, count: issue.spark[nth]! })),
    facets: toFacets(counted!),
    why: why(row, { history: history!, waiting: waiting!, channels: channels! }, now),
    history: history!.map(toEvent),
    occurrences: page,
    knowsReleases: number(row['releases']) === 1,
  }
}

function checkUnique(ref: string, found: string, same: Row[]): void {
  const isWhole = found === ref || found === `v1:${ref}`
  if (isWhole || same.length < 2) return
  const names = same.map((row) => `${String(row['fingerprint'])} ${String(row['title'])}`)
  throw new KlaxonError(`"${ref}" is the start of several issues: ${names.join(', ')}`, {
    code: 'AMBIGUOUS',
  })
}
