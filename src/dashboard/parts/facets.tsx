import type { FacetName, Facets, OccurrenceFilter } from '../../read/types.ts'
import { CountTable } from './count-table.tsx'
import { browserOf, full } from './format.ts'

const MAX_COLOS = 8
const MAX_RELEASES = 4

const FACET_LABELS: Record<FacetName, string> = {
  route: 'Route',
  path: 'Path',
  release: 'Release',
  colo: 'Colo',
  country: 'Country',
  userAgent: 'User agent',
  userId: 'User',
}

export function FacetList({
  facets,
  to,
}: {
  facets: Facets
  to: (filter: OccurrenceFilter) => string
}) {
  const shown = facets.facets.filter(
    ({ values, name, total }) =>
      values.length > 0 && (name !== 'route' || values.length > 1) && total > 0,
  )
  return (
    <>
      {shown.map(({ name, values, total }) => (
        <>
          <h2>
            {FACET_LABELS[name]}{' '}
            <span>{facets.sample >= 500 ? 'latest 500' : `of ${facets.sample}`}</span>
          </h2>
          {values.map(({ value, count }) => {
            const percent = Math.round((count / total) * 100)
            const text = name === 'userAgent' ? browserOf(value) : value
            return (
              <div class="f">
                <a href={to({ [name]: value })} title={value}>
                  {text}
                </a>
                <svg
                  class="pc"
                  width="72"
                  height="5"
                  viewBox="0 0 100 5"
                  preserveAspectRatio="none"
                  aria-hidden="true"
                >
                  <rect width="100" height="5" />
                  <rect width={percent} height="5" />
                </svg>
                <span class="n">{`${percent}%`}</span>
              </div>
            )
          })}
        </>
      ))}
      <EdgeTable edge={facets.edge} to={to} />
    </>
  )
}

/** Counts by colo and release: a row that stands out is a bad city, a column a bad deployment. */
function EdgeTable({
  edge,
  to,
}: {
  edge: Facets['edge']
  to: (filter: OccurrenceFilter) => string
}) {
  const colos = mostCounted(edge, 'colo').slice(0, MAX_COLOS)
  const releases = mostCounted(edge, 'release').slice(0, MAX_RELEASES)
  if (colos.length < 2 || releases.length < 2) return null
  const rows = colos.map((colo) => {
    const counts = releases.map((release) => {
      const found = edge.find((each) => each.colo === colo && each.release === release)
      return found === undefined ? '–' : <a href={to({ colo, release })}>{full(found.count)}</a>
    })
    return [colo, ...counts] as const
  })
  return (
    <>
      <h2>Colo by release</h2>
      <CountTable
        caption="Occurrences by colo and release"
        heads={['colo', ...releases]}
        rows={rows}
      />
    </>
  )
}

/** Colos or releases by the sum of their counts, the highest first. */
function mostCounted(edge: Facets['edge'], name: 'colo' | 'release'): string[] {
  const sums = new Map<string, number>()
  for (const each of edge) sums.set(each[name], (sums.get(each[name]) ?? 0) + each.count)
  return [...sums].toSorted(([, a], [, b]) => b - a).map(([value]) => value)
}
