import type { StoreFailure } from './types.ts'

/** What each failure means to a person who reads the log: no SQL, parameter, URL or token in it. */
const HINTS: Record<StoreFailure, string> = {
  transient: 'the database did not answer as it should; this can pass',
  poison: 'the database refuses a record of this batch',
  auth: 'the database refuses the credentials; check authToken',
  schema: 'a klaxon table or column is missing: run the migration, `migrate(store)` or drizzle/',
  refused: 'the database takes no writes (full, read-only, blocked or not there)',
}

/**
 * Everything a `Store` throws. The message is made of fixed words and, where the server gave one, its error code:
 * what the server or the driver said may hold SQL, parameters, the URL or the token, and never gets in here.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly failure: StoreFailure
  /** ms after which the server asked to be tried again (`Retry-After`). */
  readonly retryAfterMs?: number

  constructor(failure: StoreFailure, detail?: { code?: string | number; retryAfterMs?: number }) {
    super(HINTS[failure] + (detail?.code === undefined ? '' : ` [${detail.code}]`))
    this.failure = failure
    if (detail?.retryAfterMs !== undefined) this.retryAfterMs = detail.retryAfterMs
  }
}

/** Holds across two installed copies of klaxon, where `instanceof` does not. */
export function isStoreError(value: unknown): value is StoreError {
  return value instanceof Error && value.name === 'StoreError' && 'failure' in value
}
