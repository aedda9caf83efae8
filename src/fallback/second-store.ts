import type { Fallback } from '../model/fallback.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import { StoreError } from '../model/store-error.ts'
import type { Store } from '../model/store.ts'

/** Writes occurrences to a store, and returns those that it refuses for good. */
export type WriteTo = (
  store: Store,
  occurrences: readonly QueuedOccurrence[],
) => Promise<readonly QueuedOccurrence[]>

/** Makes a fallback of a second store. That store does not decide on alerts. */
export function asFallback(fallback: Fallback | Store, write: WriteTo): Fallback {
  if ('put' in fallback) return fallback
  return {
    name: fallback.name,
    async put(occurrences) {
      const refused = await write(fallback, occurrences)
      // The caller then logs the whole batch. That logs stored occurrences too, but loses none.
      if (refused.length > 0) throw new StoreError('poison')
    },
  }
}
