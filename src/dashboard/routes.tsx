import type { Hono } from 'hono'
import type { Occurrence } from '../model/occurrence.ts'
import { toCurl } from '../report/curl.ts'
import { type MarkdownOptions, toMarkdown } from '../report/markdown.ts'
import { ISSUE_SORTS } from '../read/limits.ts'
import type { FacetName, OccurrenceFilter, Span } from '../read/types.ts'
import { format, symbolicate, type Symbolicated } from '../sourcemaps/index.ts'
import { addActions } from './action-routes.tsx'
import { doneOf } from './after-action.ts'
import type { DashboardContext, DashboardEnv } from './context.ts'
import { page, wantsJson, withoutOverrides } from './respond.tsx'
import { AlertsPage } from './pages/alerts.tsx'
import { FeedPage, IssueOccurrencesPage } from './pages/feed.tsx'
import { HealthPage } from './pages/health.tsx'
import { IssueDetailPage } from './pages/issue.tsx'
import { OccurrencePage } from './pages/occurrence.tsx'
import { IssuesPage } from './pages/issues.tsx'
import { AskedPage, MessagePage } from './pages/messages.tsx'
import { ReleasesPage } from './pages/releases.tsx'
import { OccurrenceRows } from './parts/occurrence-table.tsx'
import { href } from './view.ts'

const FACETS = [
  'route',
  'path',
  'release',
  'colo',
  'country',
  'userAgent',
  'userId',
] as const satisfies FacetName[]
/** A search that is an id and nothing else. The search box then opens its page. */
const ANY_ID =
  /^(?:v\d+:[\da-f]{4,32}|[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|[\da-f]{16,32}(?:-[A-Z]{3})?)$/i

/** The routes of all pages behind the login. */
export function addPages(app: Hono<DashboardEnv>): void {
  app.get('/', toIssues)
  // Under `app.route`, "/" matches only the path without a slash at its end.
  app.get('*', (c, next) => (/^(?:\?|$)/.test(c.get('view').page) ? toIssues(c) : next()))
  app.get('/issues', issues)
  app.get('/i/:fingerprint', issue)
  app.get('/i/:fingerprint/occurrences', issueOccurrences)
  app.get('/e/:id{[^/]+}', occurrence)
  app.get('/occurrences', feed)
  app.get('/tail', tail)
  app.get('/releases', async (c) => {
    const data = await c.get('setup').reader.releases()
    return wantsJson(c) ? c.json(data) : page(c, <ReleasesPage view={c.get('view')} page={data} />)
  })
  app.get('/alerts', async (c) => {
    const { reader, options } = c.get('setup')
    const data = await reader.alerts()
    if (wantsJson(c)) return c.json(data)
    return page(
      c,
      <AlertsPage
        view={c.get('view')}
        page={data}
        canTest={options.klaxon !== undefined}
        tested={null}
      />,
    )
  })
  app.get('/health', async (c) => {
    const { reader, options } = c.get('setup')
    const health = await reader.health()
    const stats = options.klaxon?.stats() ?? null
    if (wantsJson(c)) return c.json({ ...health, stats })
    return page(c, <HealthPage view={c.get('view')} health={health} stats={stats} />)
  })
  addActions(app)
}

function toIssues(c: DashboardContext): Response {
  return c.redirect(href(c.get('view'), 'issues', { q: 'is:open' }), 303)
}

async function issues(c: DashboardContext): Promise<Response> {
  const { reader } = c.get('setup')
  const view = c.get('view')
  const query = (c.req.query('q') ?? '').trim()
  if (ANY_ID.test(query)) return jump(c, query)
  const sort = c.req.query('sort')
  const after = c.req.query('after')
  const list = await reader.list(query, {
    sort: ISSUE_SORTS.find((each) => each === sort) ?? 'last',
    span: (c.req.query('span') === '24h' ? '24h' : '14d') as Span,
    ...(after ? { after } : {}),
  })
  if (wantsJson(c)) return c.json(list)
  const isEmpty =
    list.issues.length === 0 &&
    (query === '' || query === 'is:open') &&
    (list.counts === null ||
      Object.entries(list.counts).every(([name, n]) => name === 'cap' || n === 0))
  return page(
    c,
    <IssuesPage view={view} list={list} done={doneOf(c)} isEmpty={isEmpty} after={after} />,
  )
}

async function jump(c: DashboardContext, id: string): Promise<Response> {
  const view = c.get('view')
  const asked = await c.get('setup').reader.ask(id)
  if (wantsJson(c)) return c.json(asked, asked.kind === 'missing' ? 404 : 200)
  switch (asked.kind) {
    case 'occurrence':
      return c.redirect(href(view, `e/${asked.id}`), 303)
    case 'issue':
    case 'alert':
      return c.redirect(href(view, `i/${asked.fingerprint}`), 303)
    case 'request':
    case 'trace':
    case 'ambiguous':
    case 'counted':
    case 'missing':
      return page(
        c,
        <AskedPage view={view} asked={asked} query={id} />,
        asked.kind === 'missing' ? 404 : 200,
      )
  }
}

async function issue(c: DashboardContext): Promise<Response> {
  const view = c.get('view')
  const data = await c.get('setup').reader.issue(c.req.param('fingerprint') ?? '')
  if (data === null)
    return missing(
      c,
      'There is no such issue',
      'Retention takes issues 90 days after they were last seen.',
    )
  if (wantsJson(c)) return c.json(data)
  const mapped = data.latest === null ? null : await mappedOf(c, data.latest)
  return page(
    c,
    <IssueDetailPage
      view={view}
      page={data}
      mapped={mapped}
      done={doneOf(c)}
      list={c.req.query('list') ?? ''}
    />,
  )
}

async function issueOccurrences(c: DashboardContext): Promise<Response> {
  const { reader } = c.get('setup')
  const fingerprint = c.req.param('fingerprint') ?? ''
  const filter: OccurrenceFilter = {}
  for (const name of FACETS) {
    const value = c.req.query(name)
    if (value) filter[name] = value
  }
  const after = c.req.query('after')
  const [data, found] = await Promise.all([
    reader.occurrences(fingerprint, { filter, ...(after ? { after } : {}) }),
    reader.issue(fingerprint),
  ])
  if (found === null)
    return missing(
      c,
      'There is no such issue',
      'Retention takes issues 90 days after they were last seen.',
    )
  if (wantsJson(c)) return c.json(data)
  return page(
    c,
    <IssueOccurrencesPage
      view={c.get('view')}
      issue={found.issue}
      page={data}
      filter={filter as Record<string, string>}
    />,
  )
}

async function occurrence(c: DashboardContext): Promise<Response> {
  const { reader } = c.get('setup')
  const [, id = '', form] = /^(.*?)(?:\.(md|curl|json))?$/.exec(c.req.param('id') ?? '') ?? []
  const detail = await reader.occurrence(id)
  if (detail === null) {
    const { sentence } = await reader.ask(id)
    return missing(c, 'No row has this id', sentence)
  }
  const { occurrence: o } = detail
  if (form === 'curl') return c.text(toCurl(o))
  if (form === 'json' || (form === undefined && wantsJson(c))) return c.json(detail)
  const mapped = await mappedOf(c, o)
  if (form === 'md')
    return c.text(toMarkdown(detail, markdownOf(mapped)), 200, {
      'content-type': 'text/markdown; charset=UTF-8',
    })
  return page(c, <OccurrencePage view={c.get('view')} detail={detail} mapped={mapped} />)
}

async function feed(c: DashboardContext): Promise<Response> {
  const query = (c.req.query('q') ?? '').trim()
  if (ANY_ID.test(query)) return jump(c, query)
  const after = c.req.query('after')
  const data = await c.get('setup').reader.feed(query, after ? { after } : {})
  if (wantsJson(c)) return c.json(data)
  return page(c, <FeedPage view={c.get('view')} page={data} query={query} after={after} />)
}

/** New rows, as HTML for the feed or as JSON. The next call sends `x-tail` as `after`. */
async function tail(c: DashboardContext): Promise<Response> {
  const after = Number(c.req.query('after'))
  const data = await c
    .get('setup')
    .reader.tail(Number.isSafeInteger(after) ? after : null, c.req.query('q') ?? '')
  c.header('x-tail', String(data.rowid))
  if (wantsJson(c)) return c.json(data)
  const rows = <OccurrenceRows rows={data.rows.toReversed()} view={c.get('view')} fresh />
  return c.html(withoutOverrides(String(rows)))
}

function missing(c: DashboardContext, title: string, text: string): Response {
  if (wantsJson(c)) return c.json({ error: title, message: text }, 404)
  return page(c, <MessagePage view={c.get('view')} title={title} text={text} />, 404)
}

function mappedOf(c: DashboardContext, o: Occurrence): Promise<Symbolicated> {
  const { options, redact } = c.get('setup')
  return symbolicate(o, { maps: options.store, context: 5, redact })
}

/** The mapped frames for a report. Without a map, the report has the raw stack. */
function markdownOf({ frames, causes, hint, matchedBy }: Symbolicated): MarkdownOptions {
  if (matchedBy === null) return { hint }
  return { stack: format(frames), causeStacks: causes.map((cause) => format(cause.frames)), hint }
}
