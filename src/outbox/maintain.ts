import { faultName } from '../core/seam.ts'
import { isStoreError } from '../core/store-error.ts'
import type { Logger } from '../core/log.ts'
import type { Claim, Entry, Retention } from '../core/types.ts'
import * as limits from './_limits.ts'
import { within } from './_within.ts'
import type { WriteParts } from './_write.ts'

/** What one run of `maintain` did. */
export interface MaintainReport {
  /** Rows deleted by retention. */
  pruned: { occurrences: number; issues: number }
  /** Pending alerts and digests that were claimed for sending. */
  alerts: number
  /** Records put back from the fallback. */
  replayed: number
  /** Parts that failed and are tried again by the next run. */
  failed: string[]
}

const DAY = 86_400_000

/** 30 days and 10,000 rows of occurrences; issues 90 days after they were last seen. */
const RETENTION: Retention = {
  occurrencesMs: 30 * DAY,
  occurrences: 10_000,
  issuesMs: 90 * DAY,
}

export interface MaintainParts extends WriteParts {
  logger: Logger
  /** Puts back what the fallback keeps; how many records. */
  replay: () => Promise<number>
  /** Writes entries and sends what is due; the claims it sent. */
  write: (entries: readonly Entry[]) => Promise<readonly Claim[]>
}

/** Replay of the fallback, pending alerts and digests, and retention; each part on its own. */
export async function maintain(parts: MaintainParts): Promise<MaintainReport> {
  const { store, logger, now } = parts
  const report: MaintainReport = {
    pruned: { occurrences: 0, issues: 0 },
    alerts: 0,
    replayed: 0,
    failed: [],
  }

  async function part(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // One part's failure leaves the others their turn; the report and the log name it.
      report.failed.push(name)
      logger.trouble(
        `maintain ${name}`,
        `${name}: ${isStoreError(error) ? error.message : faultName(error)}`,
      )
    }
  }

  await part('replay', async () => {
    report.replayed = await parts.replay()
  })
  await part('alerts', async () => {
    // A claim takes a channel's oldest few; a backlog is several claims long.
    for (let round = 0; round < limits.MAX_CLAIMS; round++) {
      const claims = await parts.write([])
      report.alerts += claims.length
      if (claims.length === 0) break
    }
  })
  await part('retention', async () => {
    for (let chunk = 0; chunk < limits.MAX_CHUNKS; chunk++) {
      const pruned = await within(limits.TRY_MS, () => store.prune(RETENTION, now()))
      report.pruned.occurrences += pruned.occurrences
      report.pruned.issues += pruned.issues
      if (!pruned.more) break
    }
  })
  return report
}
