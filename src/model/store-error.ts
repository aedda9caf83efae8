import type { StoreFailure } from './store.ts'

/**
 * What each failure means to a person who reads the log. Contains no SQL, parameter, URL or token.
 */
const EXPLANATIONS: Record<StoreFailure, string> = {
  transient: 'the database did not answer as it should; this can pass',
  poison: 'the database refuses an occurrence of this batch',
  auth: 'the database refuses the credentials; check authToken',
  schema: 'a klaxon table or column is missing: run `npx klaxon migrate`',
  refused: 'the database takes no writes (full, read-only, blocked or not there)',
}

const ALL_REFUSED =
  "the database refuses every occurrence of the batch: look for a column, constraint or trigger that is not klaxon's, " +
  'or for tables of a newer klaxon'

/**
 * Every error that a `Store` throws. Its message is made of fixed words and the server's error
 * code. The server's or driver's own text may contain SQL, parameters, the URL or the token, so it
 * is left out.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly failure: StoreFailure
  /** The server's or SQLite's own code. */
  readonly code?: string | number
  /** ms until the next try, when the server asked for a pause (`Retry-After`). */
  readonly retryAfterMs?: number

  /** True when the database refused every occurrence of a batch, one by one. */
  readonly all?: boolean

  constructor(
    failure: StoreFailure,
    detail?: {
      code?: string | number
      retryAfterMs?: number
      all?: boolean
      /** Fixed words that replace those of `failure`. */
      hint?: string
    },
  ) {
    const hint = detail?.hint ?? (detail?.all === true ? ALL_REFUSED : EXPLANATIONS[failure])
    super(hint + (detail?.code === undefined ? '' : ` [${detail.code}]`))
    this.failure = failure
    if (detail?.code !== undefined) this.code = detail.code
    if (detail?.all !== undefined) this.all = detail.all
    if (detail?.retryAfterMs !== undefined) this.retryAfterMs = detail.retryAfterMs
  }
}

/** Works across two installed copies of klaxon, where `instanceof` does not. */
export function isStoreError(value: unknown): value is StoreError {
  return value instanceof Error && value.name === 'StoreError' && 'failure' in value
}
