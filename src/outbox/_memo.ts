import type { ChannelMemo, Store } from '../core/types.ts'
import * as limits from './_limits.ts'
import { within } from './_within.ts'

/** What `channel` keeps in the store. A store that fails is one that has nothing: the alert matters more. */
export function memoOf(store: Store, channel: string): ChannelMemo | undefined {
  if (store.recall === undefined || store.remember === undefined) return undefined
  return {
    async get(fingerprint) {
      try {
        return (
          (await within(limits.MEMO_MS, () => store.recall!(channel, fingerprint))) ?? undefined
        )
      } catch {
        return undefined
      }
    },
    async set(fingerprint, value) {
      try {
        await within(limits.MEMO_MS, () => store.remember!(channel, fingerprint, value))
      } catch {
        // The channel begins anew with the next alert.
      }
    },
  }
}
