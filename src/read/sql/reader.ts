import type { SqlDriver } from '../../store/sql/driver.ts'
import type { PageReader, Reader } from '../types.ts'
import { sqlActions } from './actions.ts'
import { ask } from './ask.ts'
import { forgetUser } from './forget.ts'
import { alertReasons, facets, issue } from './issue.ts'
import { list } from './list.ts'
import { occurrence } from './occurrence.ts'
import { dump, feed, occurrences, tail } from './occurrences.ts'
import { alerts, health, releases } from './pages.ts'
import { reading } from './run.ts'
import { schemaVersion } from './schema.ts'

/**
 * Makes the reader for the dashboard's pages, of any SQLite database with klaxon's tables. A Worker
 * bundles only this part of the reader.
 */
export function sqlPageReader(driver: SqlDriver, clock?: () => number): PageReader {
  const run = reading(driver)
  const now = clock ?? Date.now
  return {
    list: (query, options) => list(run, now(), query, options),
    issue: (ref) => issue(run, now(), ref),
    occurrence: (id) => occurrence(run, now(), id),
    occurrences: (fingerprint, options) => occurrences(run, fingerprint, options),
    feed: (query, options) => feed(run, now(), query, options),
    tail: (after, query) => tail(run, now(), after, query),
    releases: (options) => releases(run, options),
    alerts: () => alerts(run),
    health: async (options) => {
      const [page, schema] = await Promise.all([health(run, now(), options), schemaVersion(driver)])
      return { ...page, schema }
    },
    ask: (id) => ask(run, now(), id),
    actions: sqlActions(driver, () => clock?.() ?? null),
  }
}

/** Makes a reader of any SQLite database with klaxon's tables. */
export function sqlReader(driver: SqlDriver, clock?: () => number): Reader {
  const run = reading(driver)
  const now = clock ?? Date.now
  const pages = sqlPageReader(driver, clock)
  return {
    ...pages,
    facets: (fingerprint) => facets(run, fingerprint),
    whyAlerted: (fingerprint) => alertReasons(run, now(), fingerprint),
    dump: (query, options) => dump(run, now(), query, options),
    actions: {
      ...pages.actions,
      forgetUser: (userId, options) => forgetUser(driver, () => clock?.() ?? null, userId, options),
    },
  }
}
