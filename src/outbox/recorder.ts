import { finish } from '../capture/occurrence.ts'
import { faultName } from '../util/guards.ts'
import type { Setup } from '../config/setup.ts'
import { StoreError } from '../model/store-error.ts'
import type { Claim } from '../model/alert.ts'
import type { CapturedOccurrence, QueuedOccurrence } from '../model/occurrence.ts'
import type { Store } from '../model/store.ts'
import type { WaitUntil } from '../model/wait-until.ts'
import { createBackground } from './background.ts'
import * as limits from './limits.ts'
import { createRowLimits } from './rows.ts'
import { createCounters, type Counters, type Stats } from './stats.ts'
import { withInFlightLimit } from './in-flight.ts'
import { writeOnce, type WriteOutcome } from './write.ts'
import { type Alerting, createAlerting } from '../alerts/alerting.ts'
import { createDelivery } from './delivery.ts'
import { recordMissed } from './heartbeats.ts'
import { sleep } from '../util/sleep.ts'
import { uuidv7 } from '../util/uuid.ts'
import { createFlusher } from './flusher.ts'
import { maintain, type MaintainReport } from './maintain.ts'
import { type Batch, createOutbox, type Outbox } from './outbox.ts'
import { retentionOf } from './retention.ts'
import { createReplay } from './replay.ts'
import { asFallback, type WriteTo } from '../fallback/second-store.ts'

/** Takes occurrences during a request, and delivers them after its response. */
export interface Recorder {
  record: (captured: CapturedOccurrence, ctx: WaitUntil | undefined) => void
  /**
   * Resolves when all recorded occurrences have ended. After `timeoutMs` the rest goes to the log.
   */
  flush(timeoutMs: number): Promise<void>
  /** Whether all occurrences have been delivered. */
  isIdle(): boolean
  readonly alerting: Alerting
  /**
   * Maintains the store. `keepsTurn` keeps other klaxons from deleting until the turn is over.
   * @returns null without a store
   */
  maintain: (how?: { keepsTurn: boolean }) => Promise<MaintainReport | null>
  /** Writes occurrences that come from a queue. @throws StoreError */
  write: (queued: readonly QueuedOccurrence[]) => Promise<void>
}

/** Puts outbox, flusher, delivery and alerts together for one setup. */
export function createRecorder(setup: Setup, stats: Stats): Recorder {
  const { options, logger, now } = setup
  const { store } = options

  function onError(error: unknown): void {
    logger.warn('background', `background work failed: ${faultName(error)}`)
  }

  const counters = createCounters(stats)
  const outbox = createOutbox({
    now,
    finish: (captured) => finish(setup, captured),
    log: (queued, reason) => logger.lastResort(queued, reason),
    // klaxon catches the throw, so the platform's log misses it. This line shows it there.
    announce(queued) {
      if (store !== undefined && queued.occurrence.kind === 'thrown') logger.occurrence(queued)
    },
    onError,
    counters,
    rows: createRowLimits({
      now,
      maxRowsPerMinute: limitOf(options.maxRowsPerMinute, limits.ROWS_PER_MINUTE),
      rowsPerIssueAnHour: limitOf(options.rowsPerIssueAnHour, limits.ROWS_PER_ISSUE_AN_HOUR),
    }),
  })
  const alerting = createAlerting(setup)
  const parts = { outbox, counters, alerting, recordAndWait }
  const delivery =
    store === undefined ? deliverToLog(setup, parts) : deliverToStore(setup, { store, ...parts })
  const flusher = createFlusher({ outbox, now, sleep, deliver: delivery.deliver, onError })
  const background = createBackground({ now, sleep, onError })

  function record(captured: CapturedOccurrence, ctx: WaitUntil | undefined): void {
    const item = outbox.add(captured)
    if (item === null || !flusher.mustWait(item, ctx)) return
    const { batch } = item
    if (!background.run(() => flusher.flush(batch), ctx)) flusher.forget(batch, ctx)
  }

  async function recordAndWait(captured: CapturedOccurrence): Promise<void> {
    const waits: Promise<unknown>[] = []
    record(captured, { waitUntil: (promise) => void waits.push(promise) })
    await Promise.all(waits)
  }

  return {
    record,
    async flush(timeoutMs) {
      const end = now() + timeoutMs
      await flusher.flushAll(end)
      await background.idle(end)
      if (now() >= end)
        for (const item of outbox.open())
          outbox.giveUp(item, 'flush() was over before it was stored')
    },
    isIdle: () => background.isIdle() && outbox.open().size === 0,
    alerting,
    maintain: delivery.maintain,
    write: delivery.write,
  }
}

function limitOf(option: number | false | undefined, usual: number): number {
  return option === false ? Infinity : (option ?? usual)
}

interface Delivery extends Pick<Recorder, 'maintain' | 'write'> {
  deliver: (batch: Batch) => Promise<void>
}

interface RecorderParts {
  /** Records an occurrence. Resolves when the occurrence has ended. */
  recordAndWait: (captured: CapturedOccurrence) => Promise<void>
  outbox: Outbox
  counters: Counters
  alerting: Alerting
}

/** Without a store, occurrences go to the log, and this isolate decides on alerts. */
function deliverToLog({ logger }: Setup, { outbox, alerting }: RecorderParts): Delivery {
  return {
    async deliver({ items, end }) {
      for (const item of items)
        outbox.end(item, logger.occurrence(item.queued) ? 'logged' : 'dropped')
      await alerting.decide(items.map(({ queued }) => queued))(end)
    },
    maintain: async () => null,
    async write() {
      // Without an error the queue would acknowledge occurrences that go nowhere.
      throw new StoreError('refused')
    },
  }
}

function deliverToStore(
  setup: Setup,
  { store, outbox, counters, alerting, recordAndWait }: RecorderParts & { store: Store },
): Delivery {
  const { options, policy, service, logger, now } = setup
  // Made at the first use, because workerd has no random values while a module loads.
  let owner: string | undefined
  const parts = { store, policy, alerting, now, logger }

  /** Writes occurrences in one try, without the outbox. */
  function writeTo(
    to: Store,
    queued: readonly QueuedOccurrence[],
    isDue?: boolean,
  ): Promise<WriteOutcome> {
    const writeParts = to === store ? parts : { store: to, policy, now }
    const until = now() + limits.TRY_MS
    return withInFlightLimit(to, { now, sleep }, { until }, () =>
      writeOnce(writeParts, queued, { timeoutMs: limits.TRY_MS, isDue }),
    )
  }

  const writeOnly: WriteTo = async (to, queued) => (await writeTo(to, queued)).refused
  const fallback = options.fallback && asFallback(options.fallback, writeOnly)

  async function write(
    queued: readonly QueuedOccurrence[],
    isDue?: boolean,
  ): Promise<readonly Claim[]> {
    const { claims, refused } = await writeTo(store, queued, isDue)
    for (const each of refused) logger.lastResort(each, new StoreError('poison').message)
    if (claims.length > 0) await alerting.send(claims, Infinity)
    return claims
  }

  const replay = createReplay({ fallback, logger, now, write })

  return {
    deliver: createDelivery({
      ...parts,
      outbox,
      counters,
      fallback,
      sleep,
      random: Math.random,
      replay: replay.afterSuccess,
      send: (claims, end) => alerting.send(claims, end),
    }),
    maintain: (how) =>
      maintain({
        ...parts,
        recordMissed: () => recordMissed(setup, recordAndWait),
        retention: retentionOf(options.retention),
        service,
        owner: (owner ??= uuidv7(now())),
        keepsTurn: how?.keepsTurn ?? false,
        replay: replay.run,
        write,
      }),
    async write(queued) {
      await write(queued)
    },
  }
}
