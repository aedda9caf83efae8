import type { Store } from '../../model/store.ts'
import type { Reader } from '../types.ts'
import { tableActions } from './actions.ts'
import { list } from './list.ts'
import { dump, feed, occurrence, occurrences, tail } from './occurrences.ts'
import { ask, facets, health, issue, releases, why } from './pages.ts'
import { snapshot } from './snapshot.ts'

/** Makes a reader of a store without SQL, such as `memory()`. Each call reads the whole store. */
export function tableReader(store: Store, clock: () => number = Date.now): Reader {
  const now = (): ReturnType<typeof snapshot> => snapshot(store, clock())
  return {
    list: async (query, options) => list(await now(), query, options),
    issue: async (ref) => issue(await now(), ref),
    occurrence: async (id) => occurrence(await now(), id),
    occurrences: async (fingerprint, options) => occurrences(await now(), fingerprint, options),
    feed: async (query, options) => feed(await now(), query, options),
    tail: async (after, query) => tail(await now(), after, query),
    facets: async (fingerprint) => facets(await now(), fingerprint),
    releases: async (options = {}) => releases(await now(), options.service),
    alerts: async () => ({ events: [], waiting: [], channels: [] }),
    whyAlerted: async (fingerprint) => why(await now(), fingerprint),
    health: async (options = {}) => health(await now(), options.hours),
    ask: async (id) => ask(await now(), id),
    dump: async (query, options) => dump(await now(), query, options),
    actions: tableActions(store, clock),
  }
}
