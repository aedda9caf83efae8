import { quote } from '../../read/query/words.ts'
import type { OccurrenceDetail } from '../../read/types.ts'
import type { Symbolicated } from '../../sourcemaps/index.ts'
import { Breadcrumbs, Bag, RequestFacts } from '../parts/facts.tsx'
import { browserOf, full } from '../parts/format.ts'
import { Layout } from '../parts/layout.tsx'
import { Chips, Place, Status } from '../parts/marks.tsx'
import { OccurrenceTable } from '../parts/occurrence-table.tsx'
import { Stack } from '../parts/stack.tsx'
import { href, type View } from '../view.ts'

export interface OccurrenceProps {
  view: View
  detail: OccurrenceDetail
  mapped: Symbolicated
}

export function OccurrencePage({ view, detail, mapped }: OccurrenceProps) {
  const { occurrence: o, issue, older, newer, position, trace, user, resends } = detail
  return (
    <Layout view={view} title={o.title} section="occurrences" query={o.id}>
      <div class="crumbs">
        <a class="up" href={href(view, `i/${o.fingerprint}`)}>
          ← {issue === null ? 'Issue' : `Issue, ${full(issue.count)} occurrences`}
        </a>
      </div>
      <h1>
        <Status kind={o.kind} status={o.status} />
        <span>{o.title}</span>
      </h1>
      <div class="sub">
        <code>{`${o.method} ${o.route ?? o.path}`}</code>
        {issue !== null && <Chips issue={issue} view={view} />}
        <span>{`answered ${o.status}`}</span>
        {o.userAgent !== null && <span>{browserOf(o.userAgent)}</span>}
      </div>
      <div class="nb">
        {older === null ? (
          <span>‹ older</span>
        ) : (
          <a rel="prev" href={href(view, `e/${older}`)}>
            ‹ older
          </a>
        )}
        <code>{o.id}</code>
        {newer === null ? (
          <span>newer ›</span>
        ) : (
          <a rel="next" href={href(view, `e/${newer}`)}>
            newer ›
          </a>
        )}
        <Place position={position} />
        <span class="bar r">
          <a class="b" href={href(view, `e/${o.id}.md`)} data-copy={href(view, `e/${o.id}.md`)}>
            Copy Markdown
          </a>
          <a class="b" href={href(view, `e/${o.id}.curl`)} data-copy={href(view, `e/${o.id}.curl`)}>
            Copy curl
          </a>
          <a class="b" href={href(view, `e/${o.id}.json`)}>
            JSON
          </a>
        </span>
      </div>
      <Stack occurrence={o} mapped={mapped} view={view} />
      <Breadcrumbs crumbs={o.breadcrumbs} at={o.occurredAt} />
      <RequestFacts occurrence={o} view={view} trace={trace.length} />
      <Bag title="Context" values={o.context} />
      <Bag title="Extra" values={o.extra} />
      <Bag title="Headers" values={o.headers} />
      <Others title="Same trace" rows={trace} view={view} />
      <Others
        title="Same user"
        rows={user}
        view={view}
        more={
          o.userId === null
            ? undefined
            : href(view, 'occurrences', { q: `user:${quote(o.userId)}` })
        }
      />
      <Others title="Sent again" rows={resends} view={view} />
    </Layout>
  )
}

function Others({
  title,
  rows,
  view,
  more,
}: {
  title: string
  rows: OccurrenceDetail['trace']
  view: View
  more?: string | undefined
}) {
  if (rows.length === 0) return null
  return (
    <>
      <h2>{more === undefined ? title : <a href={more}>{title}</a>}</h2>
      <OccurrenceTable rows={rows} view={view} />
    </>
  )
}
