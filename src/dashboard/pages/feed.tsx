import type { IssueRow, OccurrencePage } from '../../read/types.ts'
import { full } from '../parts/format.ts'
import { Layout } from '../parts/layout.tsx'
import { OccurrenceTable } from '../parts/occurrence-table.tsx'
import { href, type View } from '../view.ts'

/** `/occurrences`: all occurrences, newest first. New ones appear as they come. */
export function FeedPage({
  view,
  page,
  query,
  after,
}: {
  view: View
  page: OccurrencePage
  query: string
  after: string | undefined
}) {
  const newest = Math.max(0, ...page.rows.map(({ rowid }) => rowid))
  const isFirst = after === undefined
  return (
    <Layout view={view} title={query || 'occurrences'} section="occurrences" query={query}>
      <div class="nb">
        <h1>Occurrences</h1>
        {isFirst && (
          <label class="r">
            <input type="checkbox" id="live" /> live
          </label>
        )}
      </div>
      {page.rows.length === 0 ? (
        <div class="empty">
          <h2>{query === '' ? 'No failures yet' : 'No occurrence matches'}</h2>
          {query !== '' && (
            <a class="b" href={href(view, 'occurrences')}>
              Clear
            </a>
          )}
        </div>
      ) : null}
      <OccurrenceTable
        rows={page.rows}
        view={view}
        tail={isFirst ? { after: newest, query } : undefined}
      />
      {page.next !== null && (
        <div class="more">
          <a class="b" rel="next" href={href(view, 'occurrences', { q: query, after: page.next })}>
            {page.examined === null
              ? 'Older'
              : `Search further back (looked at ${full(page.examined)})`}
          </a>
        </div>
      )}
    </Layout>
  )
}

export interface IssueOccurrencesProps {
  view: View
  issue: IssueRow
  page: OccurrencePage
  filter: Record<string, string>
}

/** `/i/:fingerprint/occurrences`: the occurrences of one issue, filtered by a value. */
export function IssueOccurrencesPage({ view, issue, page, filter }: IssueOccurrencesProps) {
  const path = `i/${issue.fingerprint}/occurrences`
  return (
    <Layout view={view} title={issue.title} section="issues">
      <div class="crumbs">
        <a class="up" href={href(view, `i/${issue.fingerprint}`)}>
          {`← ${issue.title}`}
        </a>
      </div>
      <h1>Occurrences</h1>
      <div class="sub">
        {Object.entries(filter).map(([name, value]) => (
          <span>
            <code>{`${name}: ${value}`}</code>{' '}
            <a class="a" href={href(view, path)}>
              clear
            </a>
          </span>
        ))}
      </div>
      <OccurrenceTable rows={page.rows} view={view} />
      {page.rows.length === 0 && <div class="empty">None is kept.</div>}
      {page.next !== null && (
        <div class="more">
          <a class="b" rel="next" href={href(view, path, { ...filter, after: page.next })}>
            {page.examined === null
              ? 'Older'
              : `Search further back (looked at ${full(page.examined)})`}
          </a>
        </div>
      )}
    </Layout>
  )
}
