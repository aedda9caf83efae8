import { channelName } from '../../model/channel.ts'
import { CHANNEL_UNUSED_MS } from '../../model/limits.ts'
import type { WriteBatch } from '../../model/store.ts'
import { MINUTE_MS } from '../../util/time-units.ts'

interface Use {
  /** Service and environment. */
  scope: string
  at: number
}

/**
 * The channels and policies in use. In SQL: klaxon_channels, and the policies of klaxon_settings.
 */
export function createChannelsInUse() {
  const channels = new Map<string, Use>()
  const policies = new Map<string, Use>()
  const scopeOf = ({ service = null, environment = null }: WriteBatch): string =>
    JSON.stringify([service, environment])

  return {
    note(batch: WriteBatch): void {
      const scope = scopeOf(batch)
      for (const key of batch.channels) channels.set(key, { scope, at: batch.now })
      policies.set(scope + JSON.stringify(batch.policy), { scope, at: batch.now })
    },
    /**
     * The caller's channel that replaced a channel unused for an hour; null when none did.
     */
    replacementOf(key: string, batch: WriteBatch): string | null {
      const use = channels.get(key)
      if (
        use === undefined ||
        batch.channels.includes(key) ||
        use.at >= batch.now - CHANNEL_UNUSED_MS
      )
        return null
      if (use.scope !== scopeOf(batch)) return null
      return batch.channels.find((each) => channelName(each) === channelName(key)) ?? null
    },
    /** Whether another klaxon of this service and environment uses another policy. */
    hasOtherPolicy(batch: WriteBatch): boolean {
      const scope = scopeOf(batch)
      const current = scope + JSON.stringify(batch.policy)
      return [...policies].some(
        ([key, use]) =>
          key !== current && use.scope === scope && use.at >= batch.now - 10 * MINUTE_MS,
      )
    },
  }
}
