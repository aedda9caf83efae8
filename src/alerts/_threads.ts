import type { ChannelThreads } from '../model/channel.ts'
import type { Store } from '../model/store.ts'
import * as limits from './limits.ts'
import { withTimeout } from '../util/with-timeout.ts'

/**
 * The texts that a channel keeps in the store. A store that fails counts as empty: the alert
 * matters more.
 */
export function threadsOf(store: Store, channel: string): ChannelThreads | undefined {
  if (store.getThread === undefined || store.setThread === undefined) return undefined
  return {
    async get(fingerprint) {
      try {
        return (
          (await withTimeout(limits.THREAD_MS, () => store.getThread!(channel, fingerprint))) ??
          undefined
        )
      } catch {
        return undefined
      }
    },
    async set(fingerprint, value) {
      try {
        await withTimeout(limits.THREAD_MS, () => store.setThread!(channel, fingerprint, value))
      } catch {
        // The channel starts a new thread with the next alert.
      }
    },
  }
}
