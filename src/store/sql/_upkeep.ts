import { raw, sql, type Sql } from './statement.ts'
import { isStoreError } from '../../model/store-error.ts'
import type { Retention, Store } from '../../model/store.ts'
import type { Clock } from './_clock.ts'
import { changes, counting } from './_counting.ts'
import type { SqlResult } from './driver.ts'
import { beatStatements, missedStatements } from './_jobs.ts'
import { PRUNE_ROWS } from './_limits.ts'
import { IS_MAP_RETENTION_DUE, retentionStatements } from './map-retention.ts'
import {
  historyStatements,
  isHistoryDue,
  type PruneParts,
  pruneStatements,
  pruneThreads,
} from './_prune.ts'
import { maintainStatements } from './_state.ts'
import { uuidv7 } from '../../util/uuid.ts'

/** The inputs of the store's methods. */
export interface StoreParts {
  transact: (queries: readonly Sql[]) => Promise<SqlResult[]>
  read: (query: Sql) => Promise<SqlResult['rows']>
  clock: Clock
}

type Upkeep = Pick<Store, 'prune' | 'retentions' | 'claimMaintain' | 'heartbeat' | 'missedRuns'>

/** The store's methods for retention, maintenance and jobs. */
export function createUpkeep({ transact, read, clock }: StoreParts): Required<Upkeep> {
  /** Prunes rows of deleted issues, the history once a day, and source maps of old releases. */
  async function cleanHistory(parts: PruneParts): Promise<void> {
    try {
      const [, history, maps] = await transact([
        pruneThreads(),
        isHistoryDue(parts),
        raw(IS_MAP_RETENTION_DUE),
      ])
      if (history!.rows.length > 0) await transact(historyStatements(parts))
      // They have no parameters.
      if (maps!.rows.length > 0) await transact(retentionStatements().map(({ sql }) => raw(sql)))
    } catch (error) {
      // The history's tables may be missing. The other tables must be pruned anyway.
      if (!isStoreError(error) || error.failure !== 'schema') throw error
    }
  }

  return {
    async prune(retention, now, service = null) {
      const parts = { retention, service, now: clock(now) }
      const deleted = changes(await transact(counting(pruneStatements(parts))))
      const [, tooMany = 0, tooOld = 0, tooQuiet = 0] = deleted
      const more = deleted.some((rows) => rows >= PRUNE_ROWS)
      if (!more) await cleanHistory(parts)
      return { occurrences: tooMany + tooOld, issues: tooQuiet, more }
    },

    async retentions() {
      const rows = await read(
        sql`select service, value from klaxon_settings where name = 'retention' order by service`,
      )
      return rows.flatMap(({ service, value }) => {
        const retention = parse(value)
        return retention === null ? [] : [{ service: (service as string) || null, retention }]
      })
    },

    async claimMaintain(claim) {
      const results = await transact(maintainStatements(claim, clock(claim.now)))
      return results[1]?.rows[0]?.['value'] === claim.owner
    },

    async heartbeat(job) {
      const now = Date.now()
      await transact(beatStatements(job, clock(now), uuidv7(now)))
    },

    async missedRuns(jobs) {
      if (jobs.length === 0) return []
      const results = await transact(missedStatements(jobs, clock(Date.now())))
      return results
        .at(-1)!
        .rows.map((row) => ({ name: row['name'] as string, lastAt: row['last_at'] as number }))
    },
  }
}

/** Parses a stored retention; null when it is invalid. Another program may have written it. */
function parse(value: unknown): Retention | null {
  try {
    const retention = JSON.parse(String(value)) as Retention
    const { occurrencesMs, occurrences, issuesMs } = retention
    return [occurrencesMs, occurrences, issuesMs].every(Number.isFinite) ? retention : null
  } catch {
    return null
  }
}
