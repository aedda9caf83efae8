import { isStoreError, StoreError } from '../core/store-error.ts'
import type { AlertPolicy, Claim, Entry, Store } from '../core/types.ts'
import { uuidv7 } from '../core/uuid.ts'
import * as limits from './_limits.ts'
import { within } from './_within.ts'

export interface WriteParts {
  store: Store
  policy: AlertPolicy
  /** Channels alerts are claimed for. */
  channels: readonly string[]
  now: () => number
}

export interface Written {
  claims: Claim[]
  /** What the store refuses for good; all else is stored. */
  refused: Entry[]
}

/** Whatever a store threw, in terms of what can be done about it. */
export function asStoreError(error: unknown): StoreError {
  return isStoreError(error) ? error : new StoreError('transient', { code: 'UNKNOWN' })
}

/**
 * Writes entries and singles out those that the store refuses. A store that can tell names them; else they are found by
 * halving. Writing the same entries again is harmless, so a failure half-way is a failure of the whole.
 * @param beat called before every round trip; may throw to stop
 * @throws StoreError, but never for a refused record
 */
export async function writeEntries(
  parts: WriteParts,
  entries: readonly Entry[],
  beat: () => void = () => {},
): Promise<Written> {
  const { store, policy, channels, now } = parts
  beat()
  try {
    const batch = { attempt: uuidv7(now()), now: now(), entries, policy, channels }
    const { claims, refused } = await within(limits.TRY_MS, () => store.write(batch))
    const ids = new Set(refused)
    return { claims, refused: entries.filter(({ occurrence }) => ids.has(occurrence.id)) }
  } catch (error) {
    const failure = asStoreError(error)
    if (failure.failure !== 'poison' || entries.length === 0) throw failure
    if (entries.length === 1) return { claims: [], refused: [...entries] }
  }
  const middle = entries.length >> 1
  const first = await writeEntries(parts, entries.slice(0, middle), beat)
  const second = await writeEntries(parts, entries.slice(middle), beat)
  return {
    claims: [...first.claims, ...second.claims],
    refused: [...first.refused, ...second.refused],
  }
}
