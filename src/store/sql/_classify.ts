import { isStoreError, StoreError } from '../core/store-error.ts'
import type { StoreFailure } from '../core/types.ts'

/**
 * Whatever Drizzle, the client or the injected fetch threw, as a StoreError. Only codes and statuses are carried over:
 * a DrizzleQueryError's message holds the SQL with every parameter.
 */
export function toStoreError(thrown: unknown): StoreError {
  let error = thrown
  for (let depth = 0; depth < 6; depth++) {
    if (isStoreError(error)) return error
    const found = classified(error)
    if (found !== undefined) return found
    error = member(error, 'cause')
  }
  // a refused connection, a timeout, a reply that is no Hrana at all: what can pass is tried again
  return new StoreError('transient')
}

function classified(error: unknown): StoreError | undefined {
  const code = member(error, 'code')
  const message = member(error, 'message')
  if (typeof message === 'string' && isDriverError(error)) {
    // sqld names these SQLITE_UNKNOWN, the local driver SQLITE_ERROR: only the text tells
    if (/no such (?:table|column)|has no column named/.test(message))
      return new StoreError('schema')
    if (/malformed JSON/.test(message)) return new StoreError('poison')
  }
  if (typeof code !== 'string') return undefined
  const failure = failureOfCode(code)
  return failure === undefined ? undefined : new StoreError(failure, { code })
}

/** Not Drizzle's wrapper: its message repeats our own text, which may contain anything. */
function isDriverError(error: unknown): boolean {
  return member(error, 'name') !== 'DrizzleQueryError' && member(error, 'query') === undefined
}

/** Codes of SQLite (https://sqlite.org/rescode.html), sqld and Turso; undefined where the cause may tell more. */
function failureOfCode(code: string): StoreFailure | undefined {
  if (/^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH)/.test(code) || code === 'ARGS_INVALID')
    return 'poison'
  if (/^SQLITE_(?:FULL|READONLY|PERM|CANTOPEN|CORRUPT|NOTADB)/.test(code)) return 'refused'
  if (code === 'BLOCKED' || /^URL_|_NOT_SUPPORTED$/.test(code)) return 'refused'
  if (/^SQLITE_AUTH|^AUTH_/.test(code)) return 'auth'
  if (/^SQLITE_(?:BUSY|LOCKED|IOERR|INTERRUPT|PROTOCOL|NOMEM)/.test(code)) return 'transient'
  return undefined
}

/** A member of anything, even of what throws when it is touched. */
function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    // a hostile getter tells nothing
    return undefined
  }
}
