import { sql, type Sql } from './statement.ts'
import type { SqlResult } from './driver.ts'

/** Adds after each statement a query for the number of rows that it changed. */
export function counting(statements: readonly Sql[]): Sql[] {
  return statements.flatMap((statement) => [statement, sql`select changes() n`])
}

/** The numbers that the queries of `counting` returned. */
export function changes(results: readonly SqlResult[]): number[] {
  return results.filter((_, at) => at % 2 === 1).map(({ rows }) => Number(rows[0]?.['n'] ?? 0))
}
