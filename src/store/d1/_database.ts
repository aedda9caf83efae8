/** The part of a D1 binding that klaxon uses. `D1Database` of `wrangler types` fits. */
export interface D1Like {
  prepare(sql: string): D1StatementLike
  // A method and not a property, because D1's type has narrower parameters.
  batch(statements: D1StatementLike[]): Promise<D1ResultLike[]>
}

/** The part of a prepared statement that klaxon uses. */
export interface D1StatementLike {
  bind(...values: unknown[]): D1StatementLike
}

/** The part of a result that klaxon uses. */
export interface D1ResultLike {
  results: unknown[]
  meta: Record<string, unknown>
}
