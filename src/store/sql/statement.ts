import { type SQL, sql } from 'drizzle-orm/sql'
import type { SqlStatement } from './driver.ts'

export { sql }

/** SQL with its parameters: a statement, or a part of one. */
export type Sql = SQL

/** SQL without parameters. It must be our own text, never a user's. */
export function raw(text: string | number): Sql {
  return sql.raw(String(text))
}

/** Joins pieces of SQL with a text between them. */
export function join(pieces: readonly Sql[], between: string): Sql {
  return sql.join([...pieces], raw(between))
}

/**
 * The parts of a dialect that Drizzle's `sql` needs. Drizzle's drivers would add 13 KB (gzip) to a
 * Worker, and errors whose message contains every parameter.
 */
const DIALECT = {
  escapeName: (name: string): string => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (): string => '?',
  escapeString: (text: string): string => `'${text.replaceAll("'", "''")}'`,
} as unknown as Parameters<SQL['toQuery']>[0]

/** Converts queries into a driver's statements: texts and parameters. */
export function toStatements(queries: readonly Sql[]): SqlStatement[] {
  return queries.map((query) => query.toQuery(DIALECT) as SqlStatement)
}
