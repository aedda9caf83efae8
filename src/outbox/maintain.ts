import type { Logger } from '../config/logger.ts'
import { faultName } from '../util/guards.ts'
import { isStoreError } from '../model/store-error.ts'
import type { Claim } from '../model/alert.ts'
import type { QueuedOccurrence } from '../model/occurrence.ts'
import type { Retention } from '../model/store.ts'
import * as limits from './limits.ts'
import { withTimeout } from '../util/with-timeout.ts'
import type { WriteParts } from './write.ts'

/** The result of one run of `maintain`. */
export interface MaintainReport {
  /** Rows deleted by retention. */
  pruned: { occurrences: number; issues: number }
  /** Pending alerts and digests that it claimed and sent. */
  alerts: number
  /** Occurrences that it moved from the fallback to the store. */
  replayed: number
  /** Missed runs of the option `heartbeats`. */
  missed: number
  /** Parts that failed. The next run tries them again. */
  failed: string[]
}

export interface MaintainParts extends WriteParts {
  logger: Logger
  /** Records missed runs of jobs. @returns their number */
  recordMissed: () => Promise<number>
  retention: Retention
  service: string | null
  /** Equal for all calls of one klaxon. Of many klaxons one at a time deletes. */
  owner: string
  /**
   * Whether it keeps the right to delete until the time is over. Other klaxons would find nothing
   * to delete.
   */
  keepsTurn: boolean
  /** Writes the fallback's occurrences to the store. @returns their number */
  replay: () => Promise<number>
  /** Writes occurrences and sends due alerts. @returns the claims that it sent */
  write: (queued: readonly QueuedOccurrence[], isDue: boolean) => Promise<readonly Claim[]>
}

/**
 * Replays the fallback, finds missed runs, sends pending alerts, and applies retention. A failed
 * part does not stop the others.
 */
export async function maintain(parts: MaintainParts): Promise<MaintainReport> {
  const { store, logger, now, retention, service, owner } = parts
  const report: MaintainReport = {
    pruned: { occurrences: 0, issues: 0 },
    alerts: 0,
    replayed: 0,
    missed: 0,
    failed: [],
  }

  async function part(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // The other parts still run. The report and the log name the failed one.
      report.failed.push(name)
      logger.warn(
        `maintain ${name}`,
        `${name}: ${isStoreError(error) ? error.message : faultName(error)}`,
      )
    }
  }

  await part('replay', async () => {
    report.replayed = await parts.replay()
  })
  await part('heartbeats', async () => {
    report.missed = await parts.recordMissed()
  })
  await part('alerts', async () => {
    // A write claims a few alerts of each channel. A backlog needs several.
    for (let round = 0; round < limits.MAX_CLAIMS; round++) {
      const claims = await parts.write([], true)
      report.alerts += claims.length
      if (claims.length === 0) break
    }
  })
  await part('retention', async () => {
    const claim = { service, owner, ms: limits.MAINTAIN_TURN_MS, now: now() }
    const isOurs = await withTimeout(
      limits.TRY_MS,
      async () => store.claimMaintain?.(claim) ?? true,
    )
    if (!isOurs) return
    try {
      for (let chunk = 0; chunk < limits.CHUNKS_PER_MAINTAIN; chunk++) {
        const pruned = await withTimeout(limits.TRY_MS, () =>
          store.prune(retention, now(), service),
        )
        report.pruned.occurrences += pruned.occurrences
        report.pruned.issues += pruned.issues
        if (!pruned.more) break
      }
    } finally {
      if (!parts.keepsTurn)
        await withTimeout(limits.TRY_MS, async () => store.claimMaintain?.({ ...claim, ms: 0 }))
    }
  })
  return report
}
