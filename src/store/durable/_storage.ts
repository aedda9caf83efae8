import type { SqlDriver, SqlResult, SqlStatement } from '../sql/driver.ts'

/** The part of a Durable Object's storage that klaxon uses. */
export interface StorageLike {
  sql: { exec(sql: string, ...params: unknown[]): CursorLike }
  transactionSync<T>(work: () => T): T
  getAlarm(): Promise<number | null>
  setAlarm(time: number): Promise<void>
}

interface CursorLike {
  toArray(): Record<string, unknown>[]
  rowsRead: number
  rowsWritten: number
}

/** Makes a driver of the SQLite in a Durable Object. It runs in the object. */
export function storageDriver(storage: StorageLike): Required<SqlDriver> {
  const { sql } = storage

  function run(statements: readonly SqlStatement[]): SqlResult[] {
    return statements.map(({ sql: text, params }) => {
      const cursor = sql.exec(text, ...params)
      const rows = cursor.toArray().map(toRow)
      return { rows, rowsRead: cursor.rowsRead, rowsWritten: cursor.rowsWritten }
    })
  }

  return {
    name: 'durable',
    batch: async (statements) => storage.transactionSync(() => run(statements)),
    transaction: async (parts) =>
      storage.transactionSync(() =>
        parts.map((part): PromiseSettledResult<SqlResult[]> => {
          try {
            // A nested transaction is a savepoint.
            return { status: 'fulfilled', value: storage.transactionSync(() => run(part)) }
          } catch (reason) {
            return { status: 'rejected', reason }
          }
        }),
      ),
  }
}

/** Converts blobs, which the storage returns as ArrayBuffers. */
function toRow(row: Record<string, unknown>): Record<string, unknown> {
  for (const [column, value] of Object.entries(row))
    if (value instanceof ArrayBuffer) row[column] = new Uint8Array(value)
  return row
}
