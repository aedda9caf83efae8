import type { ChartBar, Span } from './types.ts'
import { HOUR_MS } from '../util/time-units.ts'

/** Hours of a bar, and the number of bars, of each span. */
export const SPANS: Record<Span, { hours: number; bars: number }> = {
  '24h': { hours: 1, bars: 24 },
  '14d': { hours: 12, bars: 28 },
}

/** The number of the bar that contains `now`. Bars are numbered since 1970. */
export function lastBar(span: Span, now: number): number {
  return Math.floor(now / HOUR_MS / SPANS[span].hours)
}

/** The hour after which a span begins, for `hour > ?`. */
export function hourBefore(span: Span, now: number): number {
  const { hours, bars } = SPANS[span]
  return (lastBar(span, now) - bars + 1) * hours - 1
}

/** The start of each bar in Unix ms, oldest first. */
export function barTimes(span: Span, now: number): number[] {
  const { hours, bars } = SPANS[span]
  const first = lastBar(span, now) - bars + 1
  return Array.from({ length: bars }, (_, at) => (first + at) * hours * HOUR_MS)
}

/** Arranges pairs of bar and count as one count per bar. */
export function fill(span: Span, now: number, pairs: readonly (readonly [number, number])[]) {
  const { bars } = SPANS[span]
  const first = lastBar(span, now) - bars + 1
  const counts = Array.from({ length: bars }, () => 0)
  for (const [bar, count] of pairs) {
    const at = bar - first
    if (at >= 0 && at < bars) counts[at]! += count
  }
  return counts
}

/** The series of klaxon_series, and the member of a chart's bar for each. */
export const BAR_PART_OF_SERIES: Record<string, 'thrown' | 'server' | 'client'> = {
  '*thrown': 'thrown',
  '*5xx': 'server',
  '*4xx': 'client',
}

/** @param rows series, bar and count */
export function chartOf(
  span: Span,
  now: number,
  rows: readonly (readonly [string, number, number])[],
): ChartBar[] {
  const chart = barTimes(span, now).map((at) => ({ at, thrown: 0, server: 0, client: 0 }))
  for (const [series, name] of Object.entries(BAR_PART_OF_SERIES)) {
    const pairs = rows.flatMap(([of, bar, count]) => (of === series ? [[bar, count] as const] : []))
    for (const [at, count] of fill(span, now, pairs).entries()) chart[at]![name] = count
  }
  return chart
}
