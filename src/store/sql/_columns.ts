import { raw } from './statement.ts'
import { columnOf, ISSUE_KEYS, OCCURRENCE_KEYS } from './_keys.ts'

/**
 * An issue of the table `i` in one result column: the values of ISSUE_KEYS as a JSON array. For the
 * client, a column costs more than the JSON in it.
 */
export const ISSUE_JSON = raw(`${jsonArray('i', ISSUE_KEYS)} issue`)

/** An occurrence of the table `o` in one result column: the values of OCCURRENCE_KEYS as JSON. */
export const OCCURRENCE_JSON = raw(`${jsonArray('o', OCCURRENCE_KEYS)} occurrence`)

/**
 * An SQL call that makes a JSON array. D1 takes 32 arguments for a function, so longer lists become
 * nested arrays, which the reader flattens.
 */
function jsonArray(table: string, keys: readonly string[]): string {
  const columns = keys.map((key) => `${table}.${columnOf(key)}`)
  const parts: string[] = []
  for (let at = 0; at < columns.length; at += 30)
    parts.push(`json_array(${columns.slice(at, at + 30).join(', ')})`)
  return parts.length === 1 ? parts[0]! : `json_array(${parts.join(', ')})`
}
