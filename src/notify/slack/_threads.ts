import type { ChannelThreads } from '../../model/channel.ts'

/** The first message about an issue. */
export interface SlackMessageRef {
  /** The channel's id, from Slack's reply. `chat.update` takes no name. */
  channel: string
  ts: string
}

/**
 * Remembers the first message of each issue. When it is lost, the next alert starts a new thread.
 */
export interface Threads {
  get(
    fingerprint: string,
    threads: ChannelThreads | undefined,
  ): Promise<SlackMessageRef | undefined>
  set(fingerprint: string, ref: SlackMessageRef, threads: ChannelThreads | undefined): Promise<void>
}

const MAX_THREADS = 1_000

/**
 * Keeps the first messages in the store, which all isolates share, and in memory for klaxons
 * without a store.
 */
export function createThreads(): Threads {
  const remembered = new Map<string, SlackMessageRef>()
  return {
    async get(fingerprint, threads) {
      return decode(await threads?.get(fingerprint)) ?? remembered.get(fingerprint)
    },
    async set(fingerprint, { channel, ts }, threads) {
      remembered.delete(fingerprint)
      remembered.set(fingerprint, { channel, ts })
      const [oldest] = remembered.keys()
      if (remembered.size > MAX_THREADS && oldest !== undefined) remembered.delete(oldest)
      await threads?.set(fingerprint, `${channel} ${ts}`)
    },
  }
}

function decode(value: string | undefined): SlackMessageRef | undefined {
  const [channel, ts] = value?.split(' ') ?? []
  return channel && ts ? { channel, ts } : undefined
}
