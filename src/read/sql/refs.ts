import { raw, sql, type Sql } from './statement.ts'
import { UUID } from '../../util/uuid.ts'

/**
 * A reference to an issue: its fingerprint, the start of it, or the id of an occurrence.
 */
export interface IssueRef {
  /** An SQL expression of the fingerprint, or null. */
  fingerprint: Sql
  /** Issues that the reference may mean, at most 5. */
  matches: Sql
}

/** The start of a fingerprint, with its version. */
export function prefixOf(ref: string): string {
  return /^v\d+:/.test(ref) ? ref : `v1:${ref}`
}

export function rangeOf(ref: string): IssueRef {
  if (UUID.test(ref)) {
    const fingerprint = sql`(select fingerprint from klaxon_occurrences where id = ${ref.toLowerCase()})`
    return {
      fingerprint,
      matches: sql`select fingerprint, title from klaxon_issues where fingerprint = ${fingerprint}`,
    }
  }
  const prefix = prefixOf(ref)
  const range = sql`fingerprint >= ${prefix} and fingerprint < ${`${prefix}\u{10ffff}`}`
  return {
    // The whole fingerprint sorts before all that start with it.
    fingerprint: sql`(select fingerprint from klaxon_issues where ${range} order by fingerprint limit 1)`,
    matches: sql`select fingerprint, title from klaxon_issues where ${range} order by fingerprint limit ${raw('5')}`,
  }
}
