import { valuesOf, withValue } from '../../read/query/scope.ts'
import type { IssueList } from '../../read/types.ts'
import { href, type View } from '../view.ts'

/** Words of a query that stay while one goes from page to page. */
const SCOPES = ['service', 'env'] as const

/** The service and environment that a query asks for, as a query. */
export function scopeOf(query: string): string {
  try {
    return SCOPES.reduce((rest, key) => {
      const [value, ...more] = valuesOf(query, key)
      return value === undefined || more.length > 0 ? rest : withValue(rest, key, value)
    }, '')
  } catch {
    // A query that cannot be read is shown with its fault, and has no scope.
    return ''
  }
}

/** Where services and environments are chosen: lists of links, which need no script. */
export function Scopes({ view, list }: { view: View; list: IssueList }) {
  return (
    <>
      <Scope view={view} list={list} name="service" of={['Service', 'All services']} />
      <Scope view={view} list={list} name="env" of={['Environment', 'All environments']} />
    </>
  )
}

function Scope({
  view,
  list: { query, sort, span, services, environments },
  name,
  of: [label, none],
}: {
  view: View
  list: IssueList
  name: (typeof SCOPES)[number]
  of: [label: string, none: string]
}) {
  const chosen = valuesOf(query, name)
  const known = name === 'env' ? environments : services
  const values = [...new Set([...known, ...chosen])]
  if (values.length < 2 && chosen.length === 0) return null
  const option = (value: string | null, text: string, isChosen: boolean) => (
    <a
      href={href(view, 'issues', { q: withValue(query, name, value), sort, span })}
      aria-current={isChosen ? 'true' : undefined}
    >
      {text}
    </a>
  )
  return (
    <details class="pick" name="scope">
      <summary>
        <span class="vh">{`${label}: `}</span>
        <b>{chosen.join(', ') || none}</b>
      </summary>
      <div>
        {option(null, none, chosen.length === 0)}
        {values.map((value) => option(value, value, chosen.includes(value)))}
      </div>
    </details>
  )
}
