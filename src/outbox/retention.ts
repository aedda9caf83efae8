import type { RetentionOptions } from '../config/options.ts'
import type { Retention } from '../model/store.ts'
import { DAY_MS } from '../util/time-units.ts'

/** The option `retention` with its defaults, in the store's units. */
export function retentionOf(options: RetentionOptions = {}): Retention {
  const { days = 30, rows = 100_000, issueDays = 90, historyDays = 90 } = options
  return {
    occurrencesMs: days * DAY_MS,
    occurrences: rows,
    issuesMs: issueDays * DAY_MS,
    historyMs: historyDays * DAY_MS,
  }
}
