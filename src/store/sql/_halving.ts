import { isStoreError, StoreError } from '../../model/store-error.ts'
import type { WriteBatch, WriteResult } from '../../model/store.ts'

type Occurrences = WriteBatch['occurrences']

/** Round trips of the search at most. 100 occurrences with one refused take 9. */
const MAX_ROUND_TRIPS = 14

/**
 * Writes a batch that a database without savepoints refused as a whole, and finds the refused
 * occurrences. Two round trips tell whether the database refuses all of them: one alone, then the
 * others. After that it halves the part that contains a refused one, and writes the parts that it
 * set aside. When the round trips run out, the last suspects count as refused.
 * @throws StoreError when not an occurrence is at fault, or all are
 */
export async function writeByHalving(
  batch: WriteBatch,
  write: (batch: WriteBatch) => Promise<WriteResult>,
): Promise<WriteResult> {
  const refused: Occurrences[number][] = []
  let claims: WriteResult['claims'] = []
  let reason: StoreError | undefined
  let left = MAX_ROUND_TRIPS

  /** Writes occurrences; false when the database refuses them. */
  async function accepts(occurrences: Occurrences): Promise<boolean> {
    batch.beforeRoundTrip?.()
    left--
    try {
      // Every write reads all claims of this attempt, so the last result is complete.
      claims = (await write({ ...batch, occurrences })).claims
      return true
    } catch (error) {
      if (!isStoreError(error) || error.failure !== 'poison') throw error
      reason = error
      return false
    }
  }

  /**
   * Finds a refused occurrence among the given ones.
   * @returns the occurrences that are still unwritten
   */
  async function narrow(occurrences: Occurrences): Promise<Occurrences> {
    let suspects = occurrences
    const aside: Occurrences[number][] = []
    // The last round trip is for the occurrences set aside.
    while (suspects.length > 1 && left > 1) {
      const middle = suspects.length >> 1
      const [first, rest] = [suspects.slice(0, middle), suspects.slice(middle)]
      if (await accepts(first)) suspects = rest
      else {
        suspects = first
        aside.push(...rest)
      }
    }
    refused.push(...suspects)
    return aside
  }

  const [probe, ...others] = batch.occurrences
  let open: Occurrences = others
  if (await accepts([probe!])) open = await narrow(others)
  else {
    refused.push(probe!)
    if (await accepts(others)) open = []
    else throw allRefused(reason)
  }
  while (open.length > 0) {
    if (left > 0 && (await accepts(open))) break
    if (left <= 1) {
      refused.push(...open)
      break
    }
    open = await narrow(open)
  }
  return { claims, refused: refused.map(({ occurrence }) => occurrence.id) }
}

/** The error when the database refuses every occurrence: then no occurrence is at fault. */
export function allRefused(reason: StoreError | undefined): StoreError {
  const code = reason?.code
  return new StoreError('refused', { all: true, ...(code === undefined ? {} : { code }) })
}
