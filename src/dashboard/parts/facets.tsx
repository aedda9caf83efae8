import type { FacetName, Facets } from '../../read/types.ts'
import { browserOf } from './format.ts'

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
  to: (name: FacetName, value: string) => string
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
                <a href={to(name, value)} title={value}>
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
    </>
  )
}
