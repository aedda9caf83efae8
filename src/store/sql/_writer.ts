import { isStoreError } from '../../model/store-error.ts'
import type { WriteBatch, WriteResult } from '../../model/store.ts'
import { claimStatements } from './_claim.ts'
import type { Clock } from './_clock.ts'
import { decodeWrite } from './_decode.ts'
import type { SqlDriver, SqlLimits } from './driver.ts'
import { encodeBatch } from './_encode.ts'
import { type Sql, toStatements } from './statement.ts'
import { writeStatements } from './_write.ts'

/** Writes a batch that was refused as a whole, and names the refused occurrences. */
export type WriteRefused = (
  batch: WriteBatch,
  parts: { driver: SqlDriver; write: Write; now: Sql },
) => Promise<WriteResult>

type Write = (batch: WriteBatch) => Promise<WriteResult>

interface WriterParts {
  driver: SqlDriver
  limits: SqlLimits
  clock: Clock
  writeRefused: WriteRefused
}

/** Makes `Store.write` for a driver. */
export function createWriter({ driver, limits, clock, writeRefused }: WriterParts): Write {
  const { parameterBytes = Infinity } = limits

  /** Writes in one round trip, or in several when the batch exceeds a parameter's limit. */
  async function writeWhole(batch: WriteBatch): Promise<WriteResult> {
    const { occurrences, channels, attempt } = batch
    const now = clock(batch.now)
    const params = occurrences.length === 0 ? undefined : encodeBatch(occurrences)
    if (occurrences.length > 1 && isLongerThan(params?.rows ?? '', parameterBytes)) {
      const middle = occurrences.length >> 1
      await writeWhole({ ...batch, occurrences: occurrences.slice(0, middle) })
      batch.beforeRoundTrip?.()
      return writeWhole({ ...batch, occurrences: occurrences.slice(middle) })
    }
    const writes = params === undefined ? [] : writeStatements({ batch, params, now })
    const fingerprints = params?.fingerprints ?? '[]'
    const claims = channels.length === 0 ? [] : claimStatements({ batch, fingerprints, now })
    if (writes.length + claims.length === 0) return { claims: [] }
    const results = await driver.batch(toStatements([...writes, ...claims]), 'write')
    return claims.length === 0 ? { claims: [] } : decodeWrite(results, attempt)
  }

  return async (batch) => {
    try {
      return await writeWhole(batch)
    } catch (error) {
      const isPoison = isStoreError(error) && error.failure === 'poison'
      if (!isPoison || batch.occurrences.length < 2) throw error
      return writeRefused(batch, { driver, write: writeWhole, now: clock(batch.now) })
    }
  }
}

function isLongerThan(text: string, bytes: number): boolean {
  // UTF-8 takes three bytes at most for one UTF-16 unit.
  if (text.length * 3 <= bytes) return false
  return text.length > bytes || new TextEncoder().encode(text).length > bytes
}
