import { sql } from 'drizzle-orm/sql'
import { columnOf, ISSUE_KEYS, OCCURRENCE_KEYS } from './_keys.ts'

/**
 * An Issue of a table called `i` as one result column: the values of ISSUE_KEYS as a JSON array. The client spends more
 * on a column of a reply than on the JSON in it.
 */
export const ISSUE_JSON = sql.raw(
  `json_array(${ISSUE_KEYS.map((key) => `i.${columnOf(key)}`).join(', ')}) issue`,
)

/** Likewise an Occurrence, of a table called `o`. */
export const OCCURRENCE_JSON = sql.raw(
  `json_array(${OCCURRENCE_KEYS.map((key) => `o.${columnOf(key)}`).join(', ')}) occurrence`,
)
