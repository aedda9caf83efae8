import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { Sql } from '../sql/statement.ts'

/** Facts about an issue that a query needs, for stores without SQL. */
export interface Facts {
  /** Unix ms. */
  now: number
  /** The searched text, in lower case. */
  textOf(issue: Issue): string
  /** Whether it came back after it was resolved. */
  regressed(issue: Issue): boolean
  hasUser(issue: Issue, userId: string): boolean
  hasTrace(issue: Issue, traceId: string): boolean
  /** The newest release of a service, by its first failure. */
  newestRelease(service: string | null): string | null
}

/** A condition on rows of one table, as SQL and as an equivalent function. */
export interface Condition<Row> {
  /** The table's alias is `i` (issues) or `o` (occurrences). */
  sql(now: number): Sql
  test(row: Row, facts: Facts): boolean
}

/** The conditions of one word of a query. A table without a condition is missing. */
export interface Term {
  issue?: Condition<Issue>
  occurrence?: Condition<Occurrence>
}

export interface Key {
  name: string
  /** The possible values, for help and errors. */
  values: string
  /** null for an invalid value. */
  term(value: string): Term | null
}
