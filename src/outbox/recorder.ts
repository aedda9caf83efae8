import { finish, type Draft } from '../core/occurrence.ts'
import { faultName } from '../core/seam.ts'
import type { Setup } from '../core/setup.ts'
import { StoreError } from '../core/store-error.ts'
import type { AlertPolicy, Claim, Entry, Store, WaitUntil } from '../core/types.ts'
import { notifierOf, notifyList } from '../core/validate.ts'
import { createBackground } from './_background.ts'
import * as limits from './_limits.ts'
import type { Stats } from './_stats.ts'
import { writeEntries } from './_write.ts'
import {
  type Alerts,
  type Channel,
  type ChannelReport,
  createAlerts,
  isYes,
  type Origin,
} from './alerts.ts'
import { createDelivery } from './deliver.ts'
import { createDrain } from './drain.ts'
import { createLocalAlerts, type LocalChannel, unstoredPolicy } from './local.ts'
import { maintain, type MaintainReport } from './maintain.ts'
import { type Batch, createOutbox, type Outbox } from './outbox.ts'
import { createReplay } from './replay.ts'
import { asFallback } from './second-store.ts'

/** Takes drafts on the request's path and sees them through behind it. */
export interface Recorder {
  record: (draft: Draft, ctx: WaitUntil | undefined) => void
  /** Resolves when everything recorded so far is stored, handed over or logged. */
  flush(): Promise<void>
  /** Whether nothing is left to see through. */
  isIdle(): boolean
  /** Sends a test alert through every channel. */
  test: () => Promise<ChannelReport[]>
  /** null without a store. */
  maintain: () => Promise<MaintainReport | null>
  /** Writes records that come from elsewhere (a queue). @throws StoreError */
  write: (entries: readonly Entry[]) => Promise<void>
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Puts outbox, drain, delivery and alerts together for one setup. */
export function createRecorder(setup: Setup, stats: Stats): Recorder {
  const { options, logger, now } = setup
  const { store, maxRowsPerMinute = limits.ROWS_PER_MINUTE } = options

  function onError(error: unknown): void {
    logger.trouble('background', `background work failed: ${faultName(error)}`)
  }

  const outbox = createOutbox({
    now,
    finish: (draft) => finish(setup, draft),
    log: (entry, reason) => logger.lastResort(entry, reason),
    // Catching a throw hides it from the platform's own log; here it comes back.
    announce(entry) {
      if (store !== undefined && entry.occurrence.kind === 'thrown') logger.occurrence(entry)
    },
    onError,
    stats,
    maxRowsPerMinute: maxRowsPerMinute === false ? Infinity : maxRowsPerMinute,
  })
  const channels = channelsOf(setup)
  const alerts = alertsOf(setup, channels)
  const way =
    store === undefined
      ? withoutStore(setup, { outbox, alerts, channels })
      : withStore(setup, { store, outbox, alerts, channels })
  const drain = createDrain({ outbox, now, sleep, deliver: way.deliver, onError })
  const background = createBackground({ now, sleep, onError })

  return {
    record(draft, ctx) {
      const slot = outbox.add(draft)
      if (slot === null || !drain.watches(slot, ctx)) return
      const { batch } = slot
      if (!background.run(() => drain.one(batch), ctx)) drain.unwatch(batch, ctx)
    },
    async flush() {
      await drain.all()
      await background.idle()
    },
    isIdle: () => background.isIdle() && outbox.open().size === 0,
    test: alerts.test,
    maintain: way.maintain,
    write: way.write,
  }
}

interface Way extends Pick<Recorder, 'maintain' | 'write'> {
  deliver: (batch: Batch, end: number) => Promise<void>
}

interface Means {
  outbox: Outbox
  alerts: Alerts
  channels: readonly Channel[]
}

function channelsOf({ options }: Setup): Channel[] {
  return notifyList(options.notify).map((item) => ({
    notifier: notifierOf(item),
    when: 'to' in item ? item.when : undefined,
  }))
}

function asLocal({ notifier, when }: Channel): LocalChannel {
  return {
    name: notifier.name,
    takes(issue) {
      try {
        return when === undefined || isYes(when(issue))
      } catch {
        // Told where the alert is sent; there as here it goes out.
        return true
      }
    },
  }
}

function alertsOf({ options, logger, now, timeZone }: Setup, channels: Channel[]): Alerts {
  return createAlerts({
    store: options.store,
    channels,
    when: typeof options.alerts === 'object' ? options.alerts.when : undefined,
    timeZone,
    logger,
    now,
    fetch: (...args) => fetch(...args),
  })
}

/** Decides and sends in this isolate. */
function localAlerts(
  policy: AlertPolicy,
  { alerts, channels, now }: Pick<Means, 'alerts' | 'channels'> & { now: () => number },
  origin: Origin,
): (entries: readonly Entry[], end: number) => Promise<void> {
  const local = createLocalAlerts(policy, channels.map(asLocal))
  return async function alertLocally(entries, end) {
    const due = local.decide(entries, now())
    if (due.length > 0) local.settle(due, await alerts.send(due, origin, end))
  }
}

/** Without a store the log is where occurrences go, and this isolate decides on alerts. */
function withoutStore({ policy, logger, now }: Setup, { outbox, alerts, channels }: Means): Way {
  const send = localAlerts(policy, { alerts, channels, now }, 'no store')
  return {
    async deliver({ slots }, end) {
      for (const slot of slots)
        outbox.settle(slot, logger.occurrence(slot.entry) ? 'logged' : 'dropped')
      await send(
        slots.map(({ entry }) => entry),
        end,
      )
    },
    maintain: async () => null,
    async write() {
      // Taking them would acknowledge records that go nowhere.
      throw new StoreError('refused')
    },
  }
}

function withStore(
  setup: Setup,
  { store, outbox, alerts, channels }: Means & { store: Store },
): Way {
  const { options, policy, logger, now } = setup
  const names = channels.map(({ notifier }) => notifier.name)
  const parts = { store, policy, channels: names, now, logger }
  const fallback = options.fallback && asFallback(options.fallback, policy, now)

  /** Outside the outbox, in the same idempotent way. */
  async function write(entries: readonly Entry[]): Promise<readonly Claim[]> {
    const { claims, refused } = await writeEntries(parts, entries)
    for (const entry of refused) logger.lastResort(entry, new StoreError('poison').message)
    if (claims.length > 0) await alerts.send(claims, 'stored', Infinity)
    return claims
  }

  const replay = createReplay({ fallback, logger, now, write })

  return {
    deliver: createDelivery({
      ...parts,
      outbox,
      fallback,
      sleep,
      random: Math.random,
      replay: replay.attempt,
      send: async (claims, end) => void (await alerts.send(claims, 'stored', end)),
      sendUnstored: localAlerts(unstoredPolicy(policy), { alerts, channels, now }, 'not stored'),
    }),
    maintain: () => maintain({ ...parts, replay: replay.run, write }),
    async write(entries) {
      await write(entries)
    },
  }
}
