import { valuesOf, withValue } from '../../read/query/scope.ts'
import type { IssueList, IssueRow, IssueSort, Span, StateCounts } from '../../read/types.ts'
import { Chart, Spark } from '../parts/chart.tsx'
import { full } from '../parts/format.ts'
import { Layout, Token } from '../parts/layout.tsx'
import { Chips, Count, Status, Time } from '../parts/marks.tsx'
import { Flash, type Done } from '../parts/flash.tsx'
import { Scopes } from '../parts/scope.tsx'
import { listParameter } from '../list-address.ts'
import { href, type View } from '../view.ts'

export interface IssuesProps {
  view: View
  list: IssueList
  done: Done | null
  /** Whether the store has had an occurrence. If not, the page says what to do first. */
  isEmpty: boolean
  after: string | undefined
}

const TABS: readonly [string, keyof StateCounts | null, string][] = [
  ['Open', 'open', 'is:open'],
  ['Muted', 'muted', 'is:muted'],
  ['Resolved', 'resolved', 'is:resolved'],
  ['Ignored', 'ignored', 'is:ignored'],
  ['All', null, ''],
]

const SORT_NAMES: readonly [IssueSort, string][] = [
  ['last', 'last seen'],
  ['first', 'newest'],
  ['count', 'most'],
  ['recent', 'most in 24 h'],
]

export function IssuesPage({ view, list, done, isEmpty, after }: IssuesProps) {
  const { query, sort, span, counts, issues } = list
  const to = (change: { q?: string; sort?: string; span?: string }): string =>
    href(view, 'issues', { q: query, sort, span, ...change })
  const rest = withValue(query, 'is', null)
  return (
    <Layout
      view={view}
      title={query || 'issues'}
      section="issues"
      query={query}
      scopes={<Scopes view={view} list={list} />}
    >
      <h1 class="vh">Issues</h1>
      <Flash view={view} done={done} />
      <div class="tabs" role="navigation" aria-label="States">
        {TABS.map(([name, state, term]) => (
          <a
            href={to({ q: `${term} ${rest}`.trim() })}
            aria-current={isTab(valuesOf(query, 'is'), term) ? 'page' : undefined}
          >
            {name}
            {counts !== null && state !== null && <i>{capped(counts[state], counts.cap)}</i>}
          </a>
        ))}
        <span class="r">
          <span>
            {(['24h', '14d'] as Span[]).map((each, at) => (
              <>
                {at > 0 && ' · '}
                {each === span ? (
                  <b>{spanName(each)}</b>
                ) : (
                  <a href={to({ span: each })}>{spanName(each)}</a>
                )}
              </>
            ))}
          </span>
          <span>
            sort:{' '}
            {SORT_NAMES.map(([each, name], at) => (
              <>
                {at > 0 && ' · '}
                {each === sort ? <b>{name}</b> : <a href={to({ sort: each })}>{name}</a>}
              </>
            ))}
          </span>
        </span>
      </div>
      {isEmpty ? (
        <NothingStored />
      ) : (
        <>
          <Chart bars={list.chart} releases={list.releases} view={view} />
          {issues.length === 0 ? (
            <div class="empty">
              <h2>{after === undefined ? 'No issue matches' : 'No further issue'}</h2>
              <p>
                <code>{query}</code>
              </p>
              <a class="b" href={href(view, 'issues', { q: 'is:open' })}>
                Clear
              </a>
            </div>
          ) : (
            <Rows view={view} list={list} after={after} />
          )}
          <More
            view={view}
            list={list}
            to={(next) => href(view, 'issues', { q: query, sort, span, after: next })}
          />
        </>
      )}
    </Layout>
  )
}

function isTab(states: readonly string[], term: string): boolean {
  return term === '' ? states.length === 0 : states.includes(term.slice(3))
}

const spanName = (span: Span): string => (span === '24h' ? '24 h' : '14 d')
const capped = (count: number, cap: number): string =>
  count >= cap ? `${full(cap)}+` : full(count)

function Rows({ view, list, after }: { view: View; list: IssueList; after: string | undefined }) {
  const { query, issues, span } = list
  const from = listParameter(list, after)
  return (
    <form method="post" action={href(view, 'issues')}>
      <Token view={view} />
      <input type="hidden" name="q" value={query} />
      <table class="issues list">
        <thead>
          <tr>
            <th class="c0" scope="col">
              {!view.readOnly && (
                <input type="checkbox" class="all" aria-label="Select all on this page" />
              )}
            </th>
            <th scope="col">{view.readOnly ? 'Issue' : <BulkBar list={list} />}</th>
            <th class="c1" scope="col">
              {spanName(span)}
            </th>
            <th class="c2 n" scope="col">
              Count
            </th>
            <th class="c3 n first" scope="col">
              First
            </th>
            <th class="c3 n" scope="col">
              Last
            </th>
          </tr>
        </thead>
        <tbody>
          {issues.map((issue) => (
            <Row view={view} issue={issue} span={span} from={from} />
          ))}
        </tbody>
      </table>
    </form>
  )
}

function BulkBar({ list }: { list: IssueList }) {
  return (
    <span class="bar">
      <button name="action" value="resolve" data-key="resolve">
        Resolve
      </button>
      <button name="action" value="mute-1h" data-key="mute">
        Mute 1 h
      </button>
      <button name="action" value="mute-100">
        Mute 100 more
      </button>
      <button name="action" value="ignore" data-key="ignore">
        Ignore
      </button>
      <button name="action" value="reopen">
        Reopen
      </button>
      <label class="hide">
        <input type="checkbox" name="all" value="1" />{' '}
        {`all that match${list.next === null ? '' : ', other pages too'}`}
      </label>
    </span>
  )
}

function Row({
  view,
  issue,
  span,
  from,
}: {
  view: View
  issue: IssueRow
  span: Span
  /** The list, to which the issue's page leads back. */
  from: string
}) {
  const link = href(view, `i/${issue.fingerprint}`, { list: from })
  const sum = issue.spark.reduce((all, n) => all + n, 0)
  return (
    <tr data-href={link}>
      <td class="c0">
        {!view.readOnly && (
          <input
            type="checkbox"
            name="fp"
            value={issue.fingerprint}
            aria-label={`Select ${issue.title}`}
          />
        )}
      </td>
      <td>
        <div class="t">
          <Status kind={issue.kind} status={issue.status} />
          <a href={link} title={issue.title}>
            {issue.title}
          </a>
        </div>
        <div class="m">
          <code>{`${issue.method} ${issue.route ?? 'no route'}`.trim()}</code>
          {issue.service !== null && <span>{issue.service}</span>}
          {issue.environment !== null && <span>{issue.environment}</span>}
          <Chips issue={issue} view={view} />
        </div>
      </td>
      <td class="c1">
        <Spark counts={issue.spark} label={`${full(sum)} in ${spanName(span)}`} />
      </td>
      <td class="c2 n">
        <Count value={issue.count} />
      </td>
      <td class="c3 n first">
        <Time at={issue.firstSeen} view={view} />
      </td>
      <td class="c3 n">
        <Time at={issue.lastSeen} view={view} />
      </td>
    </tr>
  )
}

function More({ list, to }: { view: View; list: IssueList; to: (next: string) => string }) {
  if (list.next === null) return null
  return (
    <div class="more">
      <a class="b" rel="next" href={to(list.next)}>
        {list.examined === null
          ? 'Next page'
          : `Search further back (looked at ${full(list.examined)})`}
      </a>
    </div>
  )
}

function NothingStored() {
  return (
    <div class="empty">
      <h2>No failures yet</h2>
      <p>
        Everything that your handler throws, and every 4xx and 5xx it answers with, comes here. Make
        one:
      </p>
      <pre>curl -i https://your-worker.example/no-such-page</pre>
    </div>
  )
}
