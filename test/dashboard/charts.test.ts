import { expect, test } from 'vitest'
import { Chart, IssueChart } from '../../src/dashboard/parts/chart.tsx'
import { FacetList } from '../../src/dashboard/parts/facets.tsx'
import type { View } from '../../src/dashboard/view.ts'
import type { EdgeCount, OccurrenceFilter } from '../../src/read/types.ts'
import { HOUR_MS } from '../../src/util/time-units.ts'

const EVENING = Date.UTC(2026, 10, 26, 22)
const view = { timeZone: 'Asia/Tokyo' } as View

/** The text of each cell, a line a row. */
function rowsOf(html: string): string[] {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)]
      .map(([, cell]) => cell!.replace(/<[^>]*>/g, ''))
      .join(' | '),
  )
}

test('a chart says its numbers, in the time zone of the dashboard', () => {
  const bars = [0, 1].map((nth) => ({
    at: EVENING + nth * HOUR_MS,
    thrown: 1_200 * nth,
    server: 2,
    client: 3,
  }))
  const html = String(Chart({ bars, releases: [], view }))
  expect(rowsOf(html)).toEqual([
    'from | thrown | 5xx | 4xx',
    '27 Nov, 07:00 | 0 | 2 | 3',
    '27 Nov, 08:00 | 1,200 | 2 | 3',
  ])
  expect(html).toContain('<details class="numbers"><summary>')
  expect(html).toMatch(/<text class="ax"[^>]*>07:00<\/text>/)
})

test('the chart of an issue says its numbers', () => {
  const bars = [{ at: EVENING, count: 41 }]
  expect(rowsOf(String(IssueChart({ bars, total: 41, view })))).toEqual([
    'from | count',
    '27 Nov, 07:00 | 41',
  ])
})

const to = (filter: OccurrenceFilter) => `/o?${new URLSearchParams(filter)}`
const shown = (edge: EdgeCount[]) =>
  String(FacetList({ facets: { sample: 9, facets: [], edge }, to }))

test('counts by colo and release are a table whose cells lead to their occurrences', () => {
  const html = shown([
    { colo: 'FRA', release: 'r8', count: 1_400 },
    { colo: 'FRA', release: 'r7', count: 30 },
    { colo: 'AMS', release: 'r7', count: 2 },
  ])
  expect(rowsOf(html)).toEqual(['colo | r8 | r7', 'FRA | 1,400 | 30', 'AMS | – | 2'])
  expect(html).toContain('href="/o?colo=FRA&amp;release=r8"')
})

test.each([
  [
    'one colo',
    [
      { colo: 'FRA', release: 'r7', count: 1 },
      { colo: 'FRA', release: 'r8', count: 1 },
    ],
  ],
  [
    'one release',
    [
      { colo: 'FRA', release: 'r7', count: 1 },
      { colo: 'AMS', release: 'r7', count: 1 },
    ],
  ],
  ['nothing', []],
])('%s needs no table', (_what, edge) => {
  expect(shown(edge)).not.toContain('<table')
})

test('the table has the eight colos and four releases that count most in all', () => {
  const bad = ['r1', 'r2', 'r3', 'r4'].map((release) => ({ colo: 'BAD', release, count: 19 }))
  const others = Array.from({ length: 9 }, (_, nth) => ({
    colo: `C${nth}`,
    release: 'r1',
    count: 20,
  }))
  const rare = { colo: 'C0', release: 'r5', count: 18 }
  const rows = rowsOf(shown([...others, ...bad, rare]))
  expect(rows).toHaveLength(9)
  expect(rows.slice(0, 3)).toEqual([
    'colo | r1 | r2 | r3 | r4',
    'BAD | 19 | 19 | 19 | 19',
    'C0 | 20 | – | – | –',
  ])
})
