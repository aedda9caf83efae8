import { finish, type Draft } from '../core/occurrence.ts'
import type { Setup } from '../core/setup.ts'
import type { Claim, Entry, WaitUntil } from '../core/types.ts'
import { notifierOf, notifyList } from '../core/validate.ts'
import { createBackground } from './_background.ts'
import { createAlerts } from './alerts.ts'
import { createDelivery } from './deliver.ts'
import { createLocalAlerts } from './local.ts'
import { maintain, type MaintainReport, writeAgain } from './maintain.ts'
import { type Batch, createOutbox, type Outbox, type Stats } from './outbox.ts'

/** Takes drafts on the request's path and sees them through behind it. */
export interface Recorder {
  record: (draft: Draft, ctx: WaitUntil | undefined) => void
  /** Resolves when everything recorded so far is stored, handed over or logged. */
  flush(): Promise<void>
  /** Whether nothing is left to see through. */
  isIdle(): boolean
  /** null without a store. */
  maintain(): Promise<MaintainReport | null>
  /** Writes records that come from elsewhere (a queue). @throws StoreError */
  write(entries: readonly Entry[]): Promise<void>
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const DEFAULT_ROWS_PER_MINUTE = 6_000

/** Puts outbox, delivery and alerts together for one setup. */
export function createRecorder(setup: Setup, stats: Stats): Recorder {
  const { options, logger, policy, now, timeZone } = setup
  const { store, fallback, maxRowsPerMinute = DEFAULT_ROWS_PER_MINUTE } = options
  const channels = notifyList(options.notify).map((item) => ({
    notifier: notifierOf(item),
    when: 'to' in item ? item.when : undefined,
  }))
  const names = channels.map(({ notifier }) => notifier.name)
  const when = typeof options.alerts === 'object' ? options.alerts.when : undefined
  const alerts = createAlerts({
    store,
    channels,
    when,
    timeZone,
    logger,
    now,
    fetch: (...args) => fetch(...args),
  })
  const decide = createLocalAlerts(policy, names)

  const sendLocally = async (entries: readonly Entry[]): Promise<void> => {
    const claims = decide(entries, now())
    if (claims.length > 0)
      await alerts.send(claims, store === undefined ? 'no store' : 'not stored')
  }

  /** Without a store the log is where occurrences go, and this isolate decides on alerts. */
  async function deliverWithoutStore(batch: Batch): Promise<void> {
    for (const slot of batch.slots)
      outbox.settle(slot, logger.occurrence(slot.entry) ? 'logged' : 'dropped')
    await sendLocally(batch.slots.map((slot) => slot.entry))
  }

  const storeParts =
    store === undefined
      ? null
      : {
          store,
          fallback,
          policy,
          logger,
          now,
          channels: names,
          send: (claims: readonly Claim[]) => alerts.send(claims, 'stored'),
        }

  const outbox: Outbox = createOutbox({
    now,
    sleep,
    finish: (draft) => finish(setup, draft),
    deliver:
      storeParts === null
        ? deliverWithoutStore
        : createDelivery({
            ...storeParts,
            sleep,
            random: Math.random,
            outbox: () => outbox,
            sendUnstored: sendLocally,
          }),
    log: (entry, reason) => logger.lastResort(entry, reason),
    // Catching a throw hides it from the platform's own log; here it comes back.
    announce: (entry) => {
      if (store !== undefined && entry.occurrence.kind === 'thrown') logger.occurrence(entry)
    },
    stats,
    maxRowsPerMinute: maxRowsPerMinute === false ? Infinity : maxRowsPerMinute,
  })

  const background = createBackground((error) => {
    logger.trouble(
      'background',
      `background work failed: ${error instanceof Error ? error.name : typeof error}`,
    )
  })

  return {
    record(draft, ctx) {
      const slot = outbox.add(draft)
      if (slot === null) return
      background.run(() => outbox.drain(slot), ctx)
    },
    async flush() {
      await Promise.all([outbox.drainAll(), background.idle()])
    },
    isIdle: () => outbox.isEmpty() && background.isIdle(),
    maintain: async () => (storeParts === null ? null : maintain(storeParts)),
    async write(entries) {
      if (storeParts !== null) await writeAgain(storeParts, entries)
    },
  }
}
