import { type Sql } from './statement.ts'
import { alertEveryFresh } from './_due.ts'
import type { WriteParts } from './_fresh.ts'
import {
  countHours,
  countSeries,
  insertReleases,
  insertTexts,
  recordComebacks,
} from './_history.ts'
import { countFresh, insertIssues } from './_issues.ts'
import { insertCountedIds, insertRows } from './_rows.ts'

/**
 * The statements that write a batch. They must run in this order, in one transaction. All that
 * count use *fresh* ids alone: ids that are neither a row nor a counted id. So writing a batch
 * again changes nothing, and the ids are stored last.
 */
export function writeStatements(parts: WriteParts): Sql[] {
  const { batch, params } = parts
  const statements = [
    insertIssues(parts),
    recordComebacks(parts),
    countFresh(parts),
    countHours(parts),
    countSeries(parts),
    insertTexts(parts),
  ]
  if (params.releases !== null) statements.push(insertReleases(parts, params.releases))
  if (batch.channels.length > 0 && batch.policy.every) statements.push(alertEveryFresh(parts))
  if (params.rows !== null) statements.push(insertRows(parts, params.rows))
  if (params.merged !== null) statements.push(insertCountedIds(parts, params.merged))
  if (batch.accounts !== undefined)
    statements.push(insertCountedIds(parts, JSON.stringify(batch.accounts.map(({ id }) => id))))
  return statements
}
