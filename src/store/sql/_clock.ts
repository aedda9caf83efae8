import { raw, sql, type Sql } from './statement.ts'
import { NOW_TEXT } from './now.ts'

/**
 * The time that a statement uses, in Unix ms. `callers` is the caller's time. Clocks of isolates
 * differ and jump, so it only turns the caller's times into durations.
 */
export type Clock = (callers: number) => Sql

// The time stands still within one statement. In the next one it may be a few ms later.
const NOW = raw(NOW_TEXT)

/** The database's own clock. */
export const databaseClock: Clock = () => NOW

/** The caller's clock, for tests that set the time. */
export const callersClock: Clock = (callers) => sql`cast(${callers} as integer)`

/** The start of the UTC day. */
export const startOfDay = (now: Sql): Sql => sql`(${now} - ${now} % 86400000)`

/** The member that holds a store's clock, for tests that set the time. */
export const CLOCK = Symbol.for('klaxon.clock')

export interface ClockHolder {
  clock: Clock
}
