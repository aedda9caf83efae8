import { StoreError } from '../model/store-error.ts'
import type { Store } from '../model/store.ts'
import * as limits from './limits.ts'

export interface InFlightParts {
  now: () => number
  sleep: (ms: number) => Promise<void>
}

/**
 * Thrown when too many batches were in flight. No try was made, so it says nothing about the store.
 */
export const BUSY = new StoreError('transient', { code: 'BUSY' })

/** Start of each batch in flight to a store, in Unix ms. */
const inFlight = new WeakMap<Store, Set<{ since: number }>>()

/**
 * Runs `work` when at most one other batch is in flight to the store. It waits with a timer,
 * because in workerd a request cannot await another request's promise. A batch whose request died
 * stops counting after a while.
 * @param until Unix ms at which it stops waiting
 * @param isWanted called at each look; false ends the waiting
 * @throws BUSY
 */
export async function withInFlightLimit<T>(
  store: Store,
  { now, sleep }: InFlightParts,
  { until, isWanted = () => true }: { until: number; isWanted?: () => boolean },
  work: () => Promise<T>,
): Promise<T> {
  let writes = inFlight.get(store)
  if (writes === undefined) inFlight.set(store, (writes = new Set()))
  while (!hasRoom(writes, now())) {
    if (now() >= until || !isWanted()) throw BUSY
    await sleep(limits.IN_FLIGHT_POLL_MS)
  }
  const write = { since: now() }
  writes.add(write)
  try {
    return await work()
  } finally {
    writes.delete(write)
  }
}

function hasRoom(writes: Set<{ since: number }>, now: number): boolean {
  for (const write of writes) if (now - write.since > limits.IN_FLIGHT_DEAD_MS) writes.delete(write)
  return writes.size < limits.BATCHES_IN_FLIGHT
}
