import type { Retention } from '../../model/store.ts'
import { batchStore } from '../sql/create-store.ts'
import type { SqlDriver } from '../sql/driver.ts'
import { DAY_MS } from '../../util/time-units.ts'

/** Chunks that one alarm deletes. The next alarm continues. */
const CHUNKS_PER_ALARM = 50

/** The defaults of the option `retention`, for services without a stored one. */
const DEFAULT_RETENTION: Retention = {
  occurrencesMs: 30 * DAY_MS,
  occurrences: 100_000,
  issuesMs: 90 * DAY_MS,
  historyMs: 90 * DAY_MS,
}

/**
 * Deletes old rows of each service, by the retention that the service has stored.
 */
export async function maintainTables(driver: SqlDriver): Promise<void> {
  const store = batchStore(driver)
  const stored = new Map(
    ((await store.retentions?.()) ?? []).map(({ service, retention }) => [service, retention]),
  )
  const [issues] = await driver.batch(
    [{ sql: 'select distinct service from klaxon_issues', params: [] }],
    'read',
  )
  for (const { service } of issues!.rows) {
    const name = (service as string | null) || null
    const retention = stored.get(name) ?? DEFAULT_RETENTION
    for (let chunk = 0; chunk < CHUNKS_PER_ALARM; chunk++)
      if (!(await store.prune(retention, Date.now(), name)).more) break
  }
}
