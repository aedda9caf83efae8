import type { Store, WriteBatch, WriteResult } from '../../model/store.ts'
import { createCounts } from './_counts.ts'
import type { DailyRows } from './_daily-rows.ts'

/** ms between two writes of an isolate above the daily limit. */
const COUNTS_PAUSE_MS = 60_000

/**
 * Makes a `Store.write` that stays within the account's daily allowance. Above the limit,
 * occurrences get no row, and an isolate writes their counts once a minute. An isolate that ends
 * loses the counts that it has gathered.
 * @param notice a message for the log, given once by the isolate that reached the limit
 */
export function writeSparing(
  store: Pick<Store, 'write'>,
  { rows, notice }: { rows: Pick<DailyRows, 'isOver' | 'hasJustPassed'>; notice: string },
): Store['write'] {
  const counts = createCounts()
  let writtenAt = -Infinity

  async function writeCounts(batch: WriteBatch): Promise<WriteResult> {
    const { accounts: _, ...rest } = batch
    const { occurrences, accounts } = counts.take()
    const gathered = accounts.length === 0 ? { occurrences } : { occurrences, accounts }
    const result = await store.write({ ...rest, ...gathered })
    counts.done()
    return result
  }

  async function writeSparingly(batch: WriteBatch): Promise<WriteResult> {
    const now = Date.now()
    counts.add(batch.occurrences, batch.accounts)
    if (now - writtenAt < COUNTS_PAUSE_MS && !counts.isFull()) return { claims: [] }
    writtenAt = now
    try {
      return await writeCounts(batch)
    } catch (error) {
      // The counts are kept, and written a minute later.
      return { claims: [], notices: [messageOf(error)] }
    }
  }

  return async (batch) => {
    if (rows.isOver()) return writeSparingly(batch)
    // The first batch of a new day: write the gathered counts first.
    if (!counts.isEmpty()) await writeCounts({ ...batch, channels: [] })
    const result = await store.write(batch)
    return rows.hasJustPassed() ? { ...result, notices: [notice] } : result
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
