import type { SqlDriver } from '../../store/sql/driver.ts'
import { type Sql, toStatements } from './statement.ts'

type Rows = Record<string, unknown>[]

/** Runs statements in one round trip. @returns the rows of each */
export type Run = (statements: readonly Sql[]) => Promise<Rows[]>

export function reading(driver: SqlDriver): Run {
  return async (queries) => {
    const results = await driver.batch(toStatements(queries), 'read')
    return results.map(({ rows }) => rows)
  }
}
