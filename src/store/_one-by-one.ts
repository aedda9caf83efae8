import type { ResultSet } from '@libsql/client/http'
import { StoreError } from '../core/store-error.ts'
import type { WriteBatch, WriteResult } from '../core/types.ts'
import { claimStatements } from './_claim-sql.ts'
import { toStoreError } from './_classify.ts'
import { type Connection, statement } from './_client.ts'
import { decodeClaims } from './_decode.ts'
import { encodeBatch } from './_encode.ts'
import { writeStatements } from './_write-sql.ts'

/**
 * Writes a batch that the database refused as a whole, each entry behind a savepoint of its own, and names those that
 * it refuses. Two round trips: over HTTP the client sends the first call with BEGIN, and all others, which are made
 * without awaiting any, in one pipeline.
 * @throws StoreError when the trouble is not a record's, or every record's
 */
export async function writeOneByOne(
  connection: Connection,
  batch: WriteBatch,
): Promise<WriteResult> {
  const { written, claimed } = await connection.use(async (client) => {
    const transaction = await client.transaction('write')
    try {
      const written = batch.entries.map((entry) => {
        const queries = writeStatements({ ...batch, entries: [entry] }, encodeBatch([entry]))
        const done = transaction.batch(['savepoint one', ...queries.map(statement), 'release one'])
        // refused where there is nothing to undo, because the savepoint is released: that is the good case
        const undone = transaction.batch(['rollback to one', 'release one'])
        return Promise.allSettled([done, undone]).then(([{ status, ...outcome }]) =>
          status === 'fulfilled' ? null : toStoreError((outcome as PromiseRejectedResult).reason),
        )
      })
      const claims = batch.channels.length === 0 ? [] : claimStatements(batch).map(statement)
      const claimed = claims.length === 0 ? [] : transaction.batch(claims)
      const committed = transaction.commit()
      const [results, failures] = await Promise.all([claimed, Promise.all(written), committed])
      return { written: failures, claimed: results }
    } finally {
      transaction.close()
    }
  })
  return resultOf(batch, written, claimed)
}

function resultOf(
  batch: WriteBatch,
  written: readonly (StoreError | null)[],
  claimed: ResultSet[],
): WriteResult {
  const other = written.find((error) => error !== null && error.failure !== 'poison')
  if (other) throw other
  const refused = batch.entries.flatMap(({ occurrence }, at) =>
    written[at] ? [occurrence.id] : [],
  )
  if (refused.length === batch.entries.length) throw new StoreError('poison')
  return { claims: claimed.length === 0 ? [] : decodeClaims(claimed, batch.attempt), refused }
}
