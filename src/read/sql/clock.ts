import { NOW_TEXT } from '../../store/sql/now.ts'
import { raw, sql, type Sql } from './statement.ts'

/** The time in Unix ms: the database's, unless the reader has another clock. */
export function nowSql(now: number | null): Sql {
  return now === null ? raw(NOW_TEXT) : sql`cast(${now} as integer)`
}
