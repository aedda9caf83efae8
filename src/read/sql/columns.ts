import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import { decodeIssue, decodeOccurrence } from '../../store/sql/_decode.ts'
import { columnOf, ISSUE_KEYS, OCCURRENCE_KEYS } from '../../store/sql/_keys.ts'
import type { OccurrenceRow } from '../types.ts'
import { raw } from './statement.ts'

/** Members of OccurrenceRow besides `rowid`, which comes first. */
export const ROW_KEYS = [
  'id',
  'occurredAt',
  'fingerprint',
  'title',
  'kind',
  'service',
  'status',
  'method',
  'path',
  'route',
  'userId',
  'username',
  'release',
  'environment',
  'colo',
  'country',
  'errorName',
  'errorMessage',
  'resentFrom',
] as const satisfies readonly (keyof Occurrence)[]

/**
 * An SQL call that makes a JSON array. D1 takes 32 arguments for a function, so a longer list
 * becomes nested arrays.
 */
function jsonArray(table: string, keys: readonly string[]): string {
  const columns = keys.map((key) => `${table}.${columnOf(key)}`)
  if (columns.length <= 30) return `json_array(${columns.join(', ')})`
  const parts: string[] = []
  for (let at = 0; at < columns.length; at += 30)
    parts.push(`json_array(${columns.slice(at, at + 30).join(', ')})`)
  return `json_array(${parts.join(', ')})`
}

/** An issue of the table `i` in one result column. */
export const ISSUE = raw(jsonArray('i', ISSUE_KEYS))
/** An occurrence of the table `o`. */
export const OCCURRENCE = raw(jsonArray('o', OCCURRENCE_KEYS))
/** The list members of an occurrence of the table `o`. */
export const ROW = raw(jsonArray('o', ['rowid', ...ROW_KEYS]))

export const toIssue = (cell: unknown): Issue => decodeIssue(cell)
export const toOccurrence = (cell: unknown): Occurrence | null => decodeOccurrence(cell)

export function toRow(cell: unknown): OccurrenceRow {
  const values = JSON.parse(cell as string) as unknown[]
  const row: Record<string, unknown> = { rowid: values[0] }
  for (const [at, key] of ROW_KEYS.entries()) row[key] = values[at + 1]
  return row as unknown as OccurrenceRow
}

/** Parses a cell of our own JSON, or null. */
export function parsed<Value>(cell: unknown): Value | null {
  return typeof cell === 'string' ? (JSON.parse(cell) as Value) : null
}

/** Parses a cell that another program may have written; null when it is invalid. */
export function tolerant<Value>(cell: unknown): Value | null {
  try {
    return typeof cell === 'string' ? (JSON.parse(cell) as Value) : null
  } catch {
    // An invalid cell must not fail the whole page.
    return null
  }
}

export const text = (cell: unknown): string | null =>
  typeof cell === 'string' ? cell : cell === null || cell === undefined ? null : String(cell)
export const number = (cell: unknown): number => Number(cell ?? 0)
export const numberOrNull = (cell: unknown): number | null =>
  cell === null || cell === undefined ? null : Number(cell)
