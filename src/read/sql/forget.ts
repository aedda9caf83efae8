import type { SqlDriver } from '../../store/sql/driver.ts'
import type { Forgotten } from '../types.ts'
import { nowSql } from './clock.ts'
import { raw, sql, toStatements } from './statement.ts'
import { DAY_MS } from '../../util/time-units.ts'

const CHUNK_ROWS = 500
/**
 * ms that the id of a deleted row stays counted, so that a repeated batch does not restore the row.
 */
const KEEP_ID_MS = 2 * DAY_MS

/** The title of an issue whose occurrences were all forgotten. */
const FORGOTTEN_TITLE = '(forgotten)'

/**
 * Deletes a user's occurrences, chunk by chunk, and then the texts of issues that had no other
 * user.
 */
export async function forgetUser(
  driver: SqlDriver,
  clock: () => number | null,
  userId: string,
  { onProgress, signal }: { onProgress?: (rows: number) => void; signal?: AbortSignal } = {},
): Promise<Forgotten> {
  const touched = new Set<string>()
  const some = sql`select rowid, id, fingerprint from klaxon_occurrences where user_id = ${userId}
order by occurred_at, rowid limit ${raw(String(CHUNK_ROWS))}`
  let occurrences = 0
  for (;;) {
    const [rows] = await driver.batch(
      toStatements([
        sql`select fingerprint from (${some})`,
        sql`insert into klaxon_counted_ids (id, expires_at) select id, ${nowSql(clock())} + ${raw(String(KEEP_ID_MS))} from (${some}) where true
on conflict (id) do nothing`,
        sql`delete from klaxon_occurrences where rowid in (select rowid from (${some}))`,
      ]),
      'write',
    )
    for (const { fingerprint } of rows!.rows) touched.add(String(fingerprint))
    occurrences += rows!.rows.length
    if (rows!.rows.length > 0) onProgress?.(occurrences)
    if (rows!.rows.length < CHUNK_ROWS || signal?.aborted === true) break
  }
  return { occurrences, issues: await clearIssues(driver, [...touched]) }
}

async function clearIssues(driver: SqlDriver, touched: readonly string[]): Promise<number> {
  let issues = 0
  for (let at = 0; at < touched.length; at += CHUNK_ROWS) {
    const list = JSON.stringify(touched.slice(at, at + CHUNK_ROWS))
    const isAlone = sql`fingerprint in (select t.value from json_each(${list}) t
  where not exists (select 1 from klaxon_occurrences o where o.fingerprint = t.value))`
    const [rows] = await driver.batch(
      toStatements([
        sql`select fingerprint from klaxon_issues where ${isAlone}`,
        sql`update klaxon_issues set title = ${FORGOTTEN_TITLE} where ${isAlone}`,
        sql`update klaxon_issues as i set last_occurrence_id = (select o.id from klaxon_occurrences o
  where o.fingerprint = i.fingerprint order by o.occurred_at desc, o.id desc limit 1)
where fingerprint in (select value from json_each(${list}))`,
        sql`delete from klaxon_texts where ${isAlone}`,
        sql`update klaxon_events set data = json_remove(data, '$.comment') where ${isAlone} and json_valid(data)`,
      ]),
      'write',
    )
    issues += rows!.rows.length
  }
  return issues
}
