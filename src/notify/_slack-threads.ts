/** Where the first message about an issue is. */
export interface SlackMessageRef {
  /** The channel's id, as Slack answered it: `chat.update` takes no name. */
  channel: string
  ts: string
}

/**
 * Remembers the first message of each issue; may forget, a new message is then the first one. It answers at once: its
 * time is the alert's, and an alert whose `set` fails is sent again.
 */
export interface SlackThreads {
  get(fingerprint: string): Promise<SlackMessageRef | undefined>
  set(fingerprint: string, ref: SlackMessageRef): Promise<void>
}

const MAX_THREADS = 1_000

/** Threads in the memory of one isolate or process: gone when it goes, and each has its own. */
export function memoryThreads(): SlackThreads {
  const refs = new Map<string, SlackMessageRef>()
  return {
    async get(fingerprint) {
      return refs.get(fingerprint)
    },
    async set(fingerprint, ref) {
      refs.delete(fingerprint)
      refs.set(fingerprint, ref)
      const [oldest] = refs.keys()
      if (refs.size > MAX_THREADS && oldest !== undefined) refs.delete(oldest)
    },
  }
}
