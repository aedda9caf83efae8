import { isStoreError } from '../../model/store-error.ts'
import type { AlertPolicy } from '../../model/alert.ts'
import type { QueuedOccurrence } from '../../model/occurrence.ts'
import type { Store } from '../../model/store.ts'
import { MILESTONES } from '../../model/limits.ts'
import { uuidv7 } from '../../util/uuid.ts'
import { type Reason, recordsIn, type Trust } from '../record-lines.ts'

export interface Replayed {
  /** Records that are in the store now, former ones included. */
  stored: number
  /** Ids that the database refuses for good. */
  refused: string[]
  /** Skipped records, by reason. */
  passedOver: Partial<Record<Reason, number>>
}

/**
 * A policy under which alerts become due, but are not claimed, because there are no channels. The
 * next write of the service sends them.
 */
const SILENT: AlertPolicy = { every: false, cooldownMs: 0, milestones: MILESTONES, perMinute: 0 }
const BATCH_RECORDS = 100

/**
 * Writes the records of log lines into a store. Writing them again changes nothing.
 * @throws StoreError, but not for refused records. Records written before stay written
 */
export async function replay(
  lines: AsyncIterable<string>,
  store: Store,
  trust: Trust,
): Promise<Replayed> {
  const result: Replayed = { stored: 0, refused: [], passedOver: {} }
  const waiting = new Map<string, QueuedOccurrence>()

  async function write(occurrences: readonly QueuedOccurrence[]): Promise<readonly string[]> {
    const now = Date.now()
    const batch = { attempt: uuidv7(now), now, occurrences, policy: SILENT, channels: [] }
    try {
      return (await store.write(batch)).refused ?? []
    } catch (error) {
      // A store finds single refused records by itself. Here it refuses all of them.
      if (!isStoreError(error) || error.failure !== 'poison') throw error
      return occurrences.map(({ occurrence }) => occurrence.id)
    }
  }

  async function flush(): Promise<void> {
    if (waiting.size === 0) return
    const refused = await write([...waiting.values()])
    result.stored += waiting.size - refused.length
    result.refused.push(...refused)
    waiting.clear()
  }

  for await (const line of lines) {
    const { records, passedOver } = recordsIn(line, trust)
    for (const reason of passedOver)
      result.passedOver[reason] = (result.passedOver[reason] ?? 0) + 1
    for (const record of records) waiting.set(record.occurrence.id, record)
    if (waiting.size >= BATCH_RECORDS) await flush()
  }
  await flush()
  return result
}
