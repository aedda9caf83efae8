import type { IssuePage as IssueData } from '../../read/types.ts'
import type { Symbolicated } from '../../sourcemaps/index.ts'
import { IssueChart } from '../parts/chart.tsx'
import { Breadcrumbs, Bag, RequestFacts } from '../parts/facts.tsx'
import { FacetList } from '../parts/facets.tsx'
import { Flash, type Done } from '../parts/flash.tsx'
import { clock, full } from '../parts/format.ts'
import { History } from '../parts/history.tsx'
import { Layout, Token } from '../parts/layout.tsx'
import { Chips, Place, Status, Time } from '../parts/marks.tsx'
import { OccurrenceTable } from '../parts/occurrence-table.tsx'
import { Stack } from '../parts/stack.tsx'
import { listHref, queryOf } from '../list-address.ts'
import { href, type View } from '../view.ts'

export interface IssueProps {
  view: View
  page: IssueData
  mapped: Symbolicated | null
  done: Done | null
  /** The list from which the visitor came, as `listParameter` writes it. */
  list: string
}

export function IssueDetailPage({ view, page, mapped, done, list }: IssueProps) {
  const { issue, latest } = page
  const query = queryOf(list)
  const to = href(view, `i/${issue.fingerprint}`, { list })
  return (
    <Layout view={view} title={issue.title} section="issues" query={query}>
      <div class="crumbs">
        <a class="up" href={listHref(view, list)}>
          ← Issues
        </a>
        {query !== '' && <code>{query}</code>}
      </div>
      <Flash view={view} done={done} />
      <h1>
        <Status kind={issue.kind} status={issue.status} />
        <span>{issue.title}</span>
      </h1>
      <div class="sub">
        <code>{`${issue.method} ${issue.route ?? ''}`.trim()}</code>
        {issue.environment !== null && <span>{issue.environment}</span>}
        {issue.service !== null && <span>{`service ${issue.service}`}</span>}
        <Chips issue={issue} view={view} />
        <span>
          <b>{full(issue.count)}</b> since <Time at={issue.firstSeen} view={view} suffix=" ago" />,
          last <Time at={issue.lastSeen} view={view} suffix=" ago" />
        </span>
      </div>
      <Actions view={view} page={page} to={to} />
      <div class="two">
        <div>
          {latest === null ? (
            <div class="card">
              <h2>No occurrence is kept any more</h2>
              <div class="fr x">
                Retention has taken the rows. The issue, its counts and its history stay.
              </div>
            </div>
          ) : (
            <>
              <div class="nb">
                {page.older === null ? (
                  <span>‹ older</span>
                ) : (
                  <a rel="prev" href={href(view, `e/${page.older}`)}>
                    ‹ older
                  </a>
                )}
                <a href={href(view, `e/${latest.id}`)}>
                  <code>{latest.id}</code>
                </a>
                <span>newest</span>
                <Place position={page.position} />
                <span class="r">
                  {[
                    clock(latest.occurredAt, view.timeZone),
                    latest.colo,
                    latest.country,
                    `${latest.method} → ${latest.status}`,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </div>
              {mapped !== null && <Stack occurrence={latest} mapped={mapped} view={view} />}
              <Breadcrumbs crumbs={latest.breadcrumbs} at={latest.occurredAt} />
              <RequestFacts occurrence={latest} view={view} trace={0} />
              <Bag title="Context" values={latest.context} />
              <Bag title="Extra" values={latest.extra} />
              <Bag title="Headers" values={latest.headers} />
            </>
          )}
          <h2>Occurrences</h2>
          <OccurrenceTable rows={page.occurrences.rows} view={view} />
          {page.occurrences.next !== null && (
            <div class="more">
              <a class="b" href={href(view, `i/${issue.fingerprint}/occurrences`)}>
                All occurrences
              </a>
            </div>
          )}
        </div>
        <aside aria-label="About this issue">
          <IssueChart bars={page.chart} total={issue.count} view={view} />
          <h2>Why (not) an alert</h2>
          <div class="why">
            {page.why.length === 0 ? (
              <p class="x">No channel has used this database yet.</p>
            ) : (
              page.why.map(({ channel, sentence }) => (
                <p>
                  <b>{channel.split(':')[0]}</b> {sentence}
                </p>
              ))
            )}
            {view.timeZone !== 'UTC' && page.why.length > 0 && (
              <p class="x">These times are UTC.</p>
            )}
          </div>
          <FacetList
            facets={page.facets}
            to={(filter) => href(view, `i/${issue.fingerprint}/occurrences`, filter)}
          />
          <History events={page.history} view={view} />
          <Comment view={view} to={to} />
        </aside>
      </div>
    </Layout>
  )
}

function Actions({
  view,
  page: { issue, latest, knowsReleases },
  to,
}: {
  view: View
  page: IssueData
  to: string
}) {
  const copies = latest !== null && (
    <span class="bar r">
      <a
        class="b"
        href={href(view, `e/${latest.id}.md`)}
        data-copy={href(view, `e/${latest.id}.md`)}
      >
        Copy Markdown
      </a>
      <a
        class="b"
        href={href(view, `e/${latest.id}.curl`)}
        data-copy={href(view, `e/${latest.id}.curl`)}
      >
        Copy curl
      </a>
    </span>
  )
  if (view.readOnly) return <div class="bar">{copies}</div>
  const isOpen = issue.state === 'open'
  return (
    <form class="bar" method="post" action={to}>
      <Token view={view} />
      {isOpen ? (
        <button class="p" name="action" value="resolve" data-key="resolve">
          Resolve
        </button>
      ) : (
        <button class="p" name="action" value="reopen">
          Reopen
        </button>
      )}
      {isOpen && knowsReleases && (
        <button name="action" value="resolve-next">
          Resolve in next release
        </button>
      )}
      {isOpen &&
        (issue.muted ? (
          <button name="action" value="unmute">
            Unmute
          </button>
        ) : (
          <>
            <button name="action" value="mute-1h" data-key="mute">
              Mute 1 h
            </button>
            <button name="action" value="mute-24h">
              24 h
            </button>
            <button name="action" value="mute-100" title="Mute for 100 more occurrences">
              +100
            </button>
          </>
        ))}
      {issue.state !== 'ignored' && (
        <button name="action" value="ignore" data-key="ignore">
          Ignore
        </button>
      )}
      {copies}
    </form>
  )
}

function Comment({ view, to }: { view: View; to: string }) {
  if (view.readOnly) return null
  return (
    <form class="say" method="post" action={to}>
      <Token view={view} />
      <label class="vh" for="comment">
        Comment
      </label>
      <textarea id="comment" name="comment" maxlength={2000} placeholder="What is known about it" />
      <button name="action" value="comment">
        Comment
      </button>
    </form>
  )
}
