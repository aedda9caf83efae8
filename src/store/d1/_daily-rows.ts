import type { SqlDriver, SqlResult } from '../sql/driver.ts'

/** Name of the row of klaxon_settings in which all isolates count. */
const COUNTER_NAME = 'd1_rows_written'

/**
 * Adds the rows that this isolate has written since its last report, and returns the day's sum of
 * all isolates. The day follows the database's clock.
 */
const REPORT = `insert into klaxon_settings (service, name, value, updated_at)
values ('', '${COUNTER_NAME}', json_object('day', date('now'), 'rows', ?), unixepoch() * 1000)
on conflict (service, name) do update set
  value = json_object('day', date('now'), 'rows',
    excluded.value->>'rows' + iif(value->>'day' = date('now'), value->>'rows', 0)),
  updated_at = excluded.updated_at
returning value->>'day' day, value->>'rows' total`

/** Statements that create tables. The counting table may not exist yet. */
const MAKES_TABLES = /^\s*(?:create|alter|drop)\s/i

/** The rows that all isolates have written today, as far as this isolate knows. */
export interface DailyRows {
  /** Whether the limit is reached, until the day (UTC) ends. */
  isOver(): boolean
  /** True once, in the isolate whose batch reached the limit. */
  hasJustPassed(): boolean
  /** Adds a report to every batch of the driver that writes. */
  counting(driver: SqlDriver): SqlDriver
}

export function createDailyRows(limit: number): DailyRows {
  let unreported = 0
  let day = ''
  let total = 0
  let hasPassed = false

  function take(report: SqlResult, reported: number): void {
    const [row] = report.rows
    day = String(row?.['day'])
    total = Number(row?.['total'])
    if (total >= limit && total - reported < limit) hasPassed = true
  }

  return {
    isOver: () => total >= limit && day === new Date().toISOString().slice(0, 10),
    hasJustPassed() {
      const passed = hasPassed
      hasPassed = false
      return passed
    },
    counting: (driver) => ({
      ...driver,
      async batch(statements, mode) {
        if (mode === 'read' || MAKES_TABLES.test(statements[0]?.sql ?? ''))
          return driver.batch(statements, mode)
        const reported = unreported
        const report = { sql: REPORT, params: [reported] }
        const [first, ...results] = await driver.batch([report, ...statements], mode)
        const all = [first!, ...results]
        const written = all.reduce((sum, { rowsWritten = 0 }) => sum + rowsWritten, 0)
        // Other batches may have reported meanwhile.
        unreported += written - reported
        take(first!, reported)
        return results
      },
    }),
  }
}
