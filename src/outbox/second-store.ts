import type { AlertPolicy, Fallback, Store } from '../core/types.ts'
import { asStoreError, writeEntries } from './_write.ts'

/** A store in the place of a fallback: it keeps the records, and alerts are not its business. */
export function asFallback(
  fallback: Fallback | Store,
  policy: AlertPolicy,
  now: () => number,
): Fallback {
  if ('put' in fallback) return fallback
  const parts = { store: fallback, policy, channels: [], now }
  return {
    name: fallback.name,
    async put(entries) {
      const { refused } = await writeEntries(parts, entries)
      // The others are in it; that they go to the log as well doubles nothing, where losing these would be a loss.
      if (refused.length > 0) throw asStoreError(null)
    },
  }
}
