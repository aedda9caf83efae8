/** Figures of the outbox, in ms, records and characters. */
export const LIMITS = {
  /** Records in memory, waiting or on their way. */
  records: 1_000,
  /** Characters in memory; at most two bytes each in every engine. */
  size: 2_000_000,
  /** From so many on, what is over the rows of a minute is merged as it comes, not when its batch leaves. */
  mergeRecords: 200,
  batchRecords: 100,
  batchSize: 500_000,
  lingerMs: 50,
  /** Requests that see a batch through: two may die of it. A timer each would cost workerd as much as the record. */
  watchers: 3,
  pollMs: 100,
  tries: 4,
  tryMs: 4_100,
  /** Base and cap of the pause between tries, taken with full jitter. */
  backoffMs: 200,
  backoffCapMs: 2_000,
  /** Of what one request does behind its response; Workers end background work 30 s after it. */
  drainMs: 25_000,
  /** Of these, what is kept for the fallback and for an alert: tries end 18 s after the request. */
  handOverMs: 7_000,
  fallbackMs: 4_000,
  /** One try of a channel, and of telling the store about it. */
  sendMs: 3_000,
  /** A flusher that has given no sign for longer is dead: every step of a living one is shorter. */
  deadMs: 5_000,
  /** An unclaimed record older than this has lost the request that was to flush it. */
  orphanMs: 2_000,
  /** Batches in a row that failed before a fallback, where there is one, goes first; ms until the store is asked again. */
  breakerBatches: 2,
  breakerMs: 5_000,
} as const
