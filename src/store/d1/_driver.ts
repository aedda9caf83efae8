import type { SqlDriver, SqlResult } from '../sql/driver.ts'
import type { D1Like, D1ResultLike } from './_database.ts'

/** Makes a driver of a D1 binding. `batch` is one transaction in one round trip. */
export function d1Driver(database: D1Like): SqlDriver {
  return {
    name: 'd1',
    async batch(statements) {
      const prepared = statements.map(({ sql, params }) => {
        const statement = database.prepare(sql)
        return params.length === 0 ? statement : statement.bind(...params)
      })
      return (await database.batch(prepared)).map(toResult)
    },
  }
}

function toResult({ results, meta }: D1ResultLike): SqlResult {
  const { rows_read: rowsRead, rows_written: rowsWritten } = meta
  return {
    rows: (results as Record<string, unknown>[]).map(toRow),
    ...(typeof rowsRead === 'number' ? { rowsRead } : {}),
    ...(typeof rowsWritten === 'number' ? { rowsWritten } : {}),
  }
}

/** Converts blobs, which D1 returns as arrays of numbers. */
function toRow(row: Record<string, unknown>): Record<string, unknown> {
  for (const [column, value] of Object.entries(row))
    if (Array.isArray(value)) row[column] = Uint8Array.from(value as number[])
  return row
}
