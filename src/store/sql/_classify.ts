import { isStoreError, StoreError } from '../../model/store-error.ts'
import type { StoreFailure } from '../../model/store.ts'

/**
 * Converts anything that a driver threw into a StoreError. It keeps only codes and statuses,
 * because a driver's text may contain the SQL with all parameters.
 */
export function toStoreError(thrown: unknown): StoreError {
  let error = thrown
  for (let depth = 0; depth < 6; depth++) {
    if (isStoreError(error)) return error
    const found = classified(error)
    if (found !== undefined) return found
    error = member(error, 'cause')
  }
  // A refused connection, a timeout, a garbled reply: such failures can pass.
  return new StoreError('transient')
}

function classified(error: unknown): StoreError | undefined {
  const message = member(error, 'message')
  if (typeof message === 'string' && isDriverError(error)) {
    // sqld says SQLITE_UNKNOWN and other drivers SQLITE_ERROR, so only the text tells the fault.
    if (/no such (?:table|column)|has no column named/.test(message))
      return new StoreError('schema')
    if (/malformed JSON/.test(message)) return new StoreError('poison')
  }
  const code = codeOf(error, message)
  const failure = code === undefined ? undefined : failureOfCode(code)
  return failure === undefined ? undefined : new StoreError(failure, { code: code! })
}

/**
 * The code of an error. D1 and Durable Objects put it into the text; node:sqlite and Bun add a
 * number.
 */
function codeOf(error: unknown, message: unknown): string | undefined {
  const code = member(error, 'code')
  const number = member(error, 'errcode') ?? member(error, 'errno')
  // An extended code's low byte is its primary code: https://sqlite.org/rescode.html
  const named = typeof number === 'number' ? SQLITE_CODES[number & 0xff] : undefined
  if (named !== undefined && /SQLITE/.test(String(code))) return named
  if (typeof code === 'string') return code
  return typeof message === 'string' ? /\bSQLITE_[A-Z]+/.exec(message)?.[0] : undefined
}

const SQLITE_CODES: Record<number, string> = {
  3: 'SQLITE_PERM',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  23: 'SQLITE_AUTH',
  26: 'SQLITE_NOTADB',
}

/**
 * Whether a driver threw the error. Drizzle's wrapper repeats our own SQL in its message, which may
 * contain anything.
 */
function isDriverError(error: unknown): boolean {
  return member(error, 'name') !== 'DrizzleQueryError' && member(error, 'query') === undefined
}

/**
 * The failure that a code of SQLite (https://sqlite.org/rescode.html), sqld or Turso means.
 * undefined means that the cause decides.
 */
function failureOfCode(code: string): StoreFailure | undefined {
  if (/^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH)/.test(code) || code === 'ARGS_INVALID')
    return 'poison'
  if (/^SQLITE_(?:FULL|READONLY|PERM|CANTOPEN|CORRUPT|NOTADB)/.test(code)) return 'refused'
  if (code === 'BLOCKED' || /^URL_|_NOT_SUPPORTED$/.test(code)) return 'refused'
  if (/^SQLITE_AUTH|^AUTH_/.test(code)) return 'auth'
  if (/^SQLITE_(?:BUSY|LOCKED|IOERR|INTERRUPT|PROTOCOL|NOMEM)/.test(code)) return 'transient'
  return undefined
}

/** A member of any value; undefined when reading it throws. */
function member(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    // The getter threw.
    return undefined
  }
}
