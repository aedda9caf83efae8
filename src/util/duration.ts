import { DAY_MS, HOUR_MS, MINUTE_MS } from './time-units.ts'

/** ms of the units in which people write times. */
export const UNIT_MS: Record<string, number> = {
  s: 1_000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
}

/** A time as people write it: `"90s"`, `"5m"`, `"1h"`, `"1d"`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

/** The duration in ms; NaN when the value is not a duration. */
export function durationMs(value: unknown): number {
  const [, count, unit] =
    /^(\d{1,6}(?:\.\d{1,3})?)([smhd])$/.exec(typeof value === 'string' ? value : '') ?? []
  return unit === undefined ? NaN : Number(count) * UNIT_MS[unit]!
}
