import { type Sql, toStatements } from './statement.ts'
import { isStoreError, type StoreError } from '../../model/store-error.ts'
import type { WriteBatch, WriteResult } from '../../model/store.ts'
import { claimStatements } from './_claim.ts'
import { decodeWrite } from './_decode.ts'
import type { SqlDriver } from './driver.ts'
import { encodeBatch } from './_encode.ts'
import { allRefused } from './_halving.ts'
import { writeStatements } from './_write.ts'

/**
 * Writes a batch that the database refused as a whole, with a savepoint for each occurrence, and
 * names the refused occurrences.
 * @throws StoreError when not an occurrence is at fault, or all are
 */
export async function writeOneByOne(
  transaction: NonNullable<SqlDriver['transaction']>,
  batch: WriteBatch,
  now: Sql,
): Promise<WriteResult> {
  batch.beforeRoundTrip?.()
  const parts = batch.occurrences.map((queued) =>
    writeStatements({
      ...{ batch: { ...batch, occurrences: [queued] }, now },
      params: encodeBatch([queued]),
    }),
  )
  if (batch.channels.length > 0) {
    const { fingerprints } = encodeBatch(batch.occurrences)
    parts.push(claimStatements({ batch, fingerprints, now }))
  }
  const settled = await transaction(parts.map(toStatements))
  const refused: string[] = []
  let reason: StoreError | undefined
  for (const [at, part] of settled.entries()) {
    if (part.status === 'fulfilled') continue
    const queued = batch.occurrences[at]
    reason = part.reason as StoreError
    if (!isStoreError(reason) || reason.failure !== 'poison' || queued === undefined) throw reason
    refused.push(queued.occurrence.id)
  }
  if (refused.length === batch.occurrences.length) throw allRefused(reason)
  const claims = batch.channels.length === 0 ? undefined : settled.at(-1)
  if (claims?.status !== 'fulfilled') return { claims: [], refused }
  return { ...decodeWrite(claims.value, batch.attempt), refused }
}
