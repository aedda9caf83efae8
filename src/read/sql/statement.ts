import { join, raw, sql, type Sql } from '../../store/sql/statement.ts'

export { raw, sql, toStatements, type Sql } from '../../store/sql/statement.ts'

/** The conjunction of conditions; true without any. */
export function all(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return raw('true')
  return join(
    conditions.map((condition) => sql`(${condition})`),
    ' and ',
  )
}

/** The negation of a condition. null counts as false. */
export function not(condition: Sql): Sql {
  return sql`not ifnull((${condition}), 0)`
}
