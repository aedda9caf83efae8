import type { Client, InStatement, ResultSet } from '@libsql/client/http'
import type { SqlDriver, SqlResult, SqlStatement } from '../sql/driver.ts'

/** A client for one call of the driver. */
export interface Session {
  client: Client
  /** The `rows_read` of each statement that ran, when the reply has them. */
  rowsRead?: () => number[]
}

/** Makes a driver of the libSQL client. A `batch` is one request, a `transaction` two. */
export function libsqlDriver(
  open: () => Session | Promise<Session>,
): Required<Omit<SqlDriver, 'name'>> {
  return {
    async batch(statements, mode) {
      const { client, rowsRead } = await open()
      if (mode === 'read' && statements.length === 1) {
        const result = await client.execute(toClient(statements[0]!))
        return [toResult(result, rowsRead?.()[0])]
      }
      // `write` starts an immediate transaction. A deferred one, the default, fails at once when
      // another writer comes between its first read and its first write.
      const results = await client.batch(statements.map(toClient), mode)
      // The reply starts with the result of BEGIN.
      const read = mode === 'read' ? rowsRead?.().slice(1) : undefined
      return results.map((result, at) => toResult(result, read?.[at]))
    },

    // The client sends the first call with BEGIN. The other calls are not awaited, so it sends them
    // in one pipeline. These are two requests.
    async transaction(parts) {
      const { client } = await open()
      const transaction = await client.transaction('write')
      try {
        const done = parts.map((part) => {
          const batch = transaction.batch(['savepoint one', ...part.map(toClient), 'release one'])
          // Fails when the savepoint was released, because nothing is left to roll back.
          const undone = transaction.batch(['rollback to one', 'release one'])
          return Promise.allSettled([batch, undone]).then(([outcome]) =>
            outcome.status === 'fulfilled'
              ? { ...outcome, value: outcome.value.slice(1, -1).map((result) => toResult(result)) }
              : outcome,
          )
        })
        const [settled] = await Promise.all([Promise.all(done), transaction.commit()])
        return settled
      } finally {
        transaction.close()
      }
    },
  }
}

function toClient({ sql, params }: SqlStatement): Extract<InStatement, object> {
  return { sql, args: params as (string | number | null | Uint8Array<ArrayBuffer>)[] }
}

function toResult({ rows, columns }: ResultSet, rowsRead?: number): SqlResult {
  return {
    rows: rows.map((row) =>
      Object.fromEntries(columns.map((column, at) => [column, toCell(row[at])])),
    ),
    ...(rowsRead === undefined ? {} : { rowsRead }),
  }
}

/** Converts a blob, which the client returns as an ArrayBuffer. */
function toCell(value: unknown): unknown {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value
}
