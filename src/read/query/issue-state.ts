import type { Issue } from '../../model/issue.ts'
import { raw, sql } from '../sql/statement.ts'
import type { Term } from './term.ts'

/** Whether an open issue is muted at `now`. */
export function isMuted(
  issue: Pick<Issue, 'state' | 'mutedUntil' | 'mutedUntilCount' | 'count'>,
  now: number,
): boolean {
  const untilCount = issue.mutedUntilCount ?? 0
  return issue.state === 'open' && ((issue.mutedUntil ?? 0) > now || untilCount > issue.count)
}

export const isMutedSql = (now: number) =>
  sql`i.state = 'open' and (coalesce(i.muted_until, 0) > ${now} or coalesce(i.muted_until_count, 0) > i.count)`

/** Changes of state in the history. */
export const STATE_CHANGES = ['regressed', 'reopened', 'resolved', 'ignored']

/**
 * 1 when the newest change of state, among the newest 20 events, is that the issue came back.
 */
export const REGRESSED = raw(`coalesce((select e.what = 'regressed' from (
  select what, at from klaxon_events where fingerprint = i.fingerprint order by at desc limit 20) e
  where e.what in (${STATE_CHANGES.map((what) => `'${what}'`).join(', ')}) order by e.at desc limit 1), 0)`)

/** Issues that came back recently. They are few, so that the history of the others is not read. */
const CAME_BACK = raw(`(select fingerprint from (
  select fingerprint, what from klaxon_events order by at desc limit 2000) where what = 'regressed')`)

export function issueState(value: string): Term | null {
  switch (value) {
    case 'open':
    case 'resolved':
    case 'ignored':
      return {
        issue: { sql: () => sql`i.state = ${value}`, test: (i) => i.state === value },
      }
    case 'muted':
      return { issue: { sql: isMutedSql, test: (i, { now }) => isMuted(i, now) } }
    case 'regressed':
      return {
        issue: {
          sql: () => sql`i.state = 'open' and i.fingerprint in ${CAME_BACK} and ${REGRESSED}`,
          test: (i, facts) => i.state === 'open' && facts.regressed(i),
        },
      }
    default:
      return null
  }
}
