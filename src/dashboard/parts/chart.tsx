import type { ChartBar, ReleaseTick } from '../../read/types.ts'
import type { View } from '../view.ts'
import { CountTable } from './count-table.tsx'
import { day, full, minute } from './format.ts'
import { DAY_MS } from '../../util/time-units.ts'

const WIDTH = 1214
const HEIGHT = 84
const AXIS = 18
const LABEL_HEIGHT = 16
/** Width of a release's name. */
const LABEL_WIDTH = 120

const BAR_PARTS = [
  ['client', 'f4'],
  ['server', 'f5'],
  ['thrown', 'thr'],
] as const

/** Stacked bars of all failures, with a tick where a release was first seen. */
export function Chart({
  bars,
  releases,
  view,
}: {
  bars: ChartBar[]
  releases: ReleaseTick[]
  view: View
}) {
  const sums = bars.map((bar) => bar.thrown + bar.server + bar.client)
  const total = sums.reduce((sum, n) => sum + n, 0)
  const most = Math.max(1, ...sums)
  const step = WIDTH / Math.max(1, bars.length)
  const start = bars[0]?.at ?? 0
  const width = (bars[1]?.at ?? start + 1) - start
  const span = Math.round((width * bars.length) / DAY_MS)
  const label = `${full(total)} ${total === 1 ? 'occurrence' : 'occurrences'} in ${span <= 1 ? '24 hours' : `${span} days`}`
  return (
    <div class="chart">
      <div class="lg">
        <span class="kt">
          <b>thrown</b>
        </span>
        <span class="k5">
          <b>5xx</b>
        </span>
        <span class="k4">
          <b>4xx</b>
        </span>
        <div class="r">{label}</div>
      </div>
      <svg
        viewBox={`0 -${LABEL_HEIGHT} ${WIDTH} ${HEIGHT + AXIS + LABEL_HEIGHT}`}
        role="img"
        aria-label={label}
      >
        {BAR_PARTS.map(([name, kind], at) => (
          <path class={kind} d={pathOf(bars, (bar) => stackOf(bar, at, name), { most, step })} />
        ))}
        {ticksOf(releases, (at) => ((at - start) / width) * step).map(({ x, name }) => (
          <>
            <line class="rel" x1={x} x2={x} y1={-14} y2={HEIGHT} />
            {name !== null && (
              <text
                class="relt"
                x={x < LABEL_WIDTH ? x + 4 : x - 4}
                y={-5}
                text-anchor={x < LABEL_WIDTH ? 'start' : 'end'}
              >
                {name}
              </text>
            )}
          </>
        ))}
        {axisOf(bars, view).map(({ x, text }) => (
          <text class="ax" x={x} y={98}>
            {text}
          </text>
        ))}
      </svg>
      <Numbers
        heads={['thrown', '5xx', '4xx']}
        rows={bars.map((bar) => [
          minute(bar.at, view.timeZone),
          bar.thrown,
          bar.server,
          bar.client,
        ])}
      />
    </div>
  )
}

/** Marks where releases were first seen. A name that would overlap another is left out. */
function ticksOf(
  releases: readonly ReleaseTick[],
  xOf: (at: number) => number,
): { x: number; name: string | null }[] {
  let taken = Infinity
  return releases
    .map(({ release, firstSeen }) => ({ x: xOf(firstSeen), name: release.slice(0, 14) }))
    .toSorted((a, b) => b.x - a.x)
    .slice(0, 12)
    .map(({ x, name }) => {
      const isFree = x <= taken
      if (isFree) taken = x - LABEL_WIDTH
      return { x, name: isFree ? name : null }
    })
}

function stackOf(
  bar: ChartBar,
  at: number,
  name: 'client' | 'server' | 'thrown',
): [number, number] {
  const below = BAR_PARTS.slice(0, at).reduce((sum, [each]) => sum + bar[each], 0)
  return [below, bar[name]]
}

function pathOf(
  bars: readonly ChartBar[],
  stack: (bar: ChartBar) => [number, number],
  { most, step }: { most: number; step: number },
): string {
  const scale = HEIGHT / most
  return bars
    .map((bar, at) => {
      const [below, count] = stack(bar)
      if (count === 0) return ''
      const height = Math.max(1.5, count * scale)
      return `M${(at * step + 2).toFixed(1)},${(HEIGHT - below * scale).toFixed(1)}v-${height.toFixed(1)}h${(step - 4).toFixed(1)}v${height.toFixed(1)}z`
    })
    .join('')
}

function axisOf(bars: readonly ChartBar[], view: View): { x: number; text: string }[] {
  const step = WIDTH / Math.max(1, bars.length)
  const width = (bars[1]?.at ?? 0) - (bars[0]?.at ?? 0)
  const hourly = width < 43_200_000
  const every = hourly ? 4 : 2
  return bars.flatMap((bar, at) => {
    if (at % every !== 0) return []
    const text = hourly ? minute(bar.at, view.timeZone).slice(-5) : day(bar.at, view.timeZone)
    return [{ x: at * step + 2, text }]
  })
}

/** A chart as a table. */
function Numbers({
  heads,
  rows,
}: {
  heads: readonly string[]
  rows: readonly (readonly [from: string, ...counts: number[]])[]
}) {
  return (
    <details class="numbers">
      <summary>Numbers</summary>
      <CountTable
        caption="Occurrences over time"
        heads={['from', ...heads]}
        rows={rows.map(([from, ...counts]) => [from, ...counts.map(full)] as const)}
      />
    </details>
  )
}

/** A chart of 24 bars. A bar is 3 wide, and at least 1.5 high when its count is not 0. */
export function Spark({ counts, label }: { counts: readonly number[]; label: string }) {
  const most = Math.max(1, ...counts)
  const step = 96 / Math.max(1, counts.length)
  const path = counts
    .map((count, at) => {
      if (count === 0) return ''
      const height = Math.max(1.5, (count / most) * 20).toFixed(1)
      return `M${(at * step).toFixed(1)},22v-${height}h${(step - 1).toFixed(1)}v${height}z`
    })
    .join('')
  return (
    <svg class="sp" width="96" height="22" viewBox="0 0 96 22" role="img" aria-label={label}>
      <title>{label}</title>
      <path d={path} />
    </svg>
  )
}

/** The chart of one issue. */
export function IssueChart({
  bars,
  total,
  view,
}: {
  bars: { at: number; count: number }[]
  total: number
  view: View
}) {
  const most = Math.max(1, ...bars.map(({ count }) => count))
  const step = 320 / Math.max(1, bars.length)
  const sum = bars.reduce((all, { count }) => all + count, 0)
  const path = bars
    .map(({ count }, at) => {
      if (count === 0) return ''
      const height = Math.max(1.5, (count / most) * 70).toFixed(1)
      return `M${(at * step + 1).toFixed(1)},74v-${height}h${(step - 2).toFixed(1)}v${height}z`
    })
    .join('')
  return (
    <>
      <h2>
        14 days <span>{full(sum)}</span>
      </h2>
      <svg
        width="320"
        height="76"
        viewBox="0 0 320 76"
        role="img"
        aria-label={`${full(sum)} in 14 days, ${full(total)} in all`}
      >
        <path class="one" d={`M0,74h320v1h-320z${path}`} />
      </svg>
      <Numbers
        heads={['count']}
        rows={bars.map(({ at, count }) => [minute(at, view.timeZone), count])}
      />
    </>
  )
}
