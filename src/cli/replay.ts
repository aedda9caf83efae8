import { isStoreError } from '../core/store-error.ts'
import type { AlertPolicy, Entry, Store } from '../core/types.ts'
import { MILESTONES } from '../core/policy.ts'
import { uuidv7 } from '../core/uuid.ts'
import { recordsIn } from './records.ts'

export interface Replayed {
  /** Records that are in the store now, those that had been there before included. */
  stored: number
  /** Ids that the database refuses for good. */
  refused: string[]
  /** Lines that hold the start of a record and not its end. */
  broken: number
}

/** Notes what is due and claims nothing, for want of channels: the next write of the service tells it. */
const SILENT: AlertPolicy = { every: false, cooldownMs: 0, milestones: MILESTONES, perMinute: 0 }
const BATCH = 100

/**
 * Writes the records found in log lines back into a store. Writing them again changes nothing.
 * @throws StoreError for all but a refused record; what was written before stays written
 */
export async function replay(lines: AsyncIterable<string>, store: Store): Promise<Replayed> {
  const result: Replayed = { stored: 0, refused: [], broken: 0 }
  const waiting = new Map<string, Entry>()

  async function write(entries: readonly Entry[]): Promise<void> {
    const now = Date.now()
    const batch = { attempt: uuidv7(now), now, entries, policy: SILENT, channels: [] }
    try {
      const { refused = [] } = await store.write(batch)
      result.stored += entries.length - refused.length
      result.refused.push(...refused)
    } catch (error) {
      if (!isStoreError(error) || error.failure !== 'poison') throw error
      if (entries.length === 1) return void result.refused.push(entries[0]!.occurrence.id)
      const middle = entries.length >> 1
      await write(entries.slice(0, middle))
      await write(entries.slice(middle))
    }
  }

  async function flush(): Promise<void> {
    if (waiting.size > 0) await write([...waiting.values()])
    waiting.clear()
  }

  for await (const line of lines) {
    const { entries, broken } = recordsIn(line)
    result.broken += broken
    for (const entry of entries) waiting.set(entry.occurrence.id, entry)
    if (waiting.size >= BATCH) await flush()
  }
  await flush()
  return result
}
