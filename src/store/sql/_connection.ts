import { StoreError } from '../../model/store-error.ts'
import type { Store } from '../../model/store.ts'
import { toStoreError } from './_classify.ts'
import type { SqlDriver, SqlResult, SqlStatement, SqlStoreOptions } from './driver.ts'

/** Not `Symbol()`: two installed copies of klaxon must agree on it. */
export const DRIVER = Symbol.for('klaxon.driver')

/**
 * Makes a driver of the user's options. It throws StoreErrors alone, and keeps `limits.statements`.
 */
export function connect(options: SqlStoreOptions): SqlDriver {
  const maxStatements = options.limits?.statements ?? Infinity

  function toError(error: unknown): StoreError {
    const failure = options.classify?.(error)
    return failure === undefined ? toStoreError(error) : new StoreError(failure)
  }

  async function batch(
    statements: readonly SqlStatement[],
    mode: 'read' | 'write',
  ): Promise<SqlResult[]> {
    let results: SqlResult[]
    try {
      results = await options.batch(statements, mode)
    } catch (error) {
      throw toError(error)
    }
    return checked(results, statements.length)
  }

  const driver: SqlDriver = {
    name: options.name,
    async batch(statements, mode) {
      if (statements.length <= maxStatements) return batch(statements, mode)
      const results: SqlResult[] = []
      for (let at = 0; at < statements.length; at += maxStatements)
        results.push(...(await batch(statements.slice(at, at + maxStatements), mode)))
      return results
    },
  }
  if (options.transaction === undefined) return driver
  return {
    ...driver,
    async transaction(parts) {
      try {
        const settled = await options.transaction!(parts)
        if (!Array.isArray(settled) || settled.length !== parts.length) throw badReply()
        return settled.map((part) =>
          part.status === 'fulfilled' ? part : { ...part, reason: toError(part.reason) },
        )
      } catch (error) {
        throw toError(error)
      }
    },
  }
}

function checked(results: unknown, expected: number): SqlResult[] {
  const isWhole =
    Array.isArray(results) &&
    results.length === expected &&
    results.every((result: Partial<SqlResult> | null) => Array.isArray(result?.rows))
  if (!isWhole) throw badReply()
  return results as SqlResult[]
}

function badReply(): StoreError {
  return new StoreError('transient', { code: 'BAD_REPLY' })
}

/**
 * The driver of a store of `sqlStore()`, for code that reads the tables directly. It throws
 * StoreErrors alone.
 * @returns null for a store without tables, such as `memory()`
 */
export function driverOf(store: Store): SqlDriver | null {
  return (store as Partial<Record<typeof DRIVER, SqlDriver>>)[DRIVER] ?? null
}
