import type { ChannelMemo } from '../core/types.ts'

/** Where the first message about an issue is. */
export interface SlackMessageRef {
  /** The channel's id, as Slack answered it: `chat.update` takes no name. */
  channel: string
  ts: string
}

/** The first message of each issue. What is forgotten does no harm: a new message is then the first one. */
export interface Threads {
  get(fingerprint: string, memo: ChannelMemo | undefined): Promise<SlackMessageRef | undefined>
  set(fingerprint: string, ref: SlackMessageRef, memo: ChannelMemo | undefined): Promise<void>
}

const MAX_THREADS = 1_000

/** In the store, which all isolates share; and in this one's memory, for klaxons without a store. */
export function createThreads(): Threads {
  const own = new Map<string, SlackMessageRef>()
  return {
    async get(fingerprint, memo) {
      return decode(await memo?.get(fingerprint)) ?? own.get(fingerprint)
    },
    async set(fingerprint, { channel, ts }, memo) {
      own.delete(fingerprint)
      own.set(fingerprint, { channel, ts })
      const [oldest] = own.keys()
      if (own.size > MAX_THREADS && oldest !== undefined) own.delete(oldest)
      await memo?.set(fingerprint, `${channel} ${ts}`)
    },
  }
}

function decode(value: string | undefined): SlackMessageRef | undefined {
  const [channel, ts] = value?.split(' ') ?? []
  return channel && ts ? { channel, ts } : undefined
}
