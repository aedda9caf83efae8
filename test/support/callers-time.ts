import type { Store } from '../../src/model/store.ts'
import { CLOCK, callersClock, type ClockHolder } from '../../src/store/sql/_clock.ts'

/**
 * Makes a SQL store use the caller's time instead of the database's, for tests with fake time.
 * Returns the store.
 */
export function onCallersTime<T extends Store>(store: T): T {
  const holder = (store as Partial<Record<typeof CLOCK, ClockHolder>>)[CLOCK]
  if (holder !== undefined) holder.clock = callersClock
  return store
}
