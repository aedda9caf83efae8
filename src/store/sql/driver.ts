import type { StoreFailure } from '../../model/store.ts'

/** The type of a parameter or a cell. */
export type SqlValue = string | number | null | Uint8Array

/** A statement with its parameters. */
export interface SqlStatement {
  sql: string
  /** One for each `?`, in order. */
  params: readonly SqlValue[]
}

/** The result of one statement. */
export interface SqlResult {
  rows: Record<string, unknown>[]
  /** Rows that the database read; missing when the database does not tell. */
  rowsRead?: number
  /** Rows that the database wrote, indexes included; missing when the database does not tell. */
  rowsWritten?: number
}

/** Runs statements on a SQLite database. A store on any SQLite is made of one. */
export interface SqlDriver {
  /** A name for log lines, such as `d1`. */
  readonly name: string
  /**
   * Runs the statements in order, in one transaction: all of them or none.
   * @param mode `write` takes the write lock when the transaction begins; `read` writes nothing
   * @returns one result for each statement
   */
  batch: (statements: readonly SqlStatement[], mode: 'read' | 'write') => Promise<SqlResult[]>
  /**
   * Runs the parts in order, in one transaction, with a savepoint for each. A part that the
   * database refuses changes nothing, and all other parts are committed. Rejects when nothing is
   * committed. Leave it out when the database has no interactive transactions: klaxon then halves a
   * batch until it finds the refused occurrence.
   * @returns the results of each part, or the error that refused it
   */
  transaction?: (
    parts: readonly (readonly SqlStatement[])[],
  ) => Promise<PromiseSettledResult<SqlResult[]>[]>
}

/** Limits of one call of `batch`. */
export interface SqlLimits {
  /**
   * Statements in one call.
   * @default no limit
   */
  statements?: number
  /**
   * Bytes of one parameter, in UTF-8.
   * @default no limit
   */
  parameterBytes?: number
}

/** Options of `sqlStore()`. */
export interface SqlStoreOptions extends SqlDriver {
  /**
   * Classifies an error that `batch` or `transaction` threw. When it returns undefined, klaxon
   * looks for SQLite's codes and texts. To pass a code or a `Retry-After`, throw a `StoreError` in
   * `batch` instead.
   * @default SQLite's codes and texts
   */
  classify?: (error: unknown) => StoreFailure | undefined
  /** Limits of the database. @default none */
  limits?: SqlLimits
  /** Tokens of this store. Redaction replaces them in every occurrence. @default none */
  secrets?: readonly string[]
  /**
   * Creates the tables when the first one is missing.
   * @default true
   */
  migrate?: boolean
}
