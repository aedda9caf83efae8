import { barTimes, chartOf, SPANS } from '../bars.ts'
import { cursorText, pageSize, readCursor } from '../cursor.ts'
import { MAX_COUNTED, ISSUES_PER_PAGE, MAX_ISSUES_PER_PAGE } from '../limits.ts'
import { isMuted } from '../query/issue-state.ts'
import { parseQuery, type Query } from '../query/parse.ts'
import type { IssueList, IssueRow, IssueSort, ListOptions, Span, StateCounts } from '../types.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import { falling, type Snapshot } from './snapshot.ts'
import { HOUR_MS } from '../../util/time-units.ts'

export function list(all: Snapshot, text: string, options: ListOptions = {}): IssueList {
  const query = parseQuery(text)
  const { sort = 'last', span = '24h' } = options
  const limit = pageSize(options.limit, ISSUES_PER_PAGE[span], MAX_ISSUES_PER_PAGE)
  const after = readCursor(options.after)
  const found = matching(all, query, sort, span)
  const rest =
    after === null
      ? found
      : found.filter(
          (row) =>
            keyOf(row, sort) < after.value ||
            (keyOf(row, sort) === after.value && falling(row.fingerprint, after.id) > 0),
        )
  const shown = rest.slice(0, limit)
  const last = shown.at(-1)
  const inService = all.occurrences.filter(
    ({ service }) => query.service === null || (service ?? '') === query.service,
  )
  return {
    query: query.text,
    sort,
    span,
    issues: shown,
    next:
      rest.length > limit && last !== undefined
        ? cursorText(keyOf(last, sort), last.fingerprint)
        : null,
    examined: null,
    counts: after !== null && query.issue.filters ? null : counts(all, query, span),
    chart: chartOf(
      span,
      all.now,
      inService.map((o) => [seriesOf(o), barOf(o, span), 1]),
    ),
    releases: all.releases
      .filter(
        ({ service, firstSeen }) =>
          firstSeen >= barTimes(span, all.now)[0]! &&
          (query.service === null || service === query.service),
      )
      .slice(0, 50),
    services: [...new Set(all.occurrences.map(({ service }) => service ?? ''))]
      .filter((name) => name !== '')
      .toSorted(),
    environments: [...new Set(all.issues.map(({ environment }) => environment ?? ''))]
      .filter((name) => name !== '')
      .toSorted(),
  }
}

/** The issues of a query, in order. */
export function matching(all: Snapshot, query: Query, sort: IssueSort, span: Span): IssueRow[] {
  return all.issues
    .filter((issue) => query.issue.test(issue, all.facts))
    .map((issue) => all.issueRow(issue, span))
    .toSorted((a, b) => keyOf(b, sort) - keyOf(a, sort) || falling(a.fingerprint, b.fingerprint))
}

function keyOf(issue: IssueRow, sort: IssueSort): number {
  switch (sort) {
    case 'last':
      return issue.lastSeen
    case 'first':
      return issue.firstSeen
    case 'count':
      return issue.count
    case 'recent':
      return issue.recent
  }
}

function counts(all: Snapshot, query: Query, span: Span): StateCounts {
  const meant = all.issues.filter((issue) => query.issue.testWithoutIs(issue, all.facts))
  const cap = MAX_COUNTED[span]
  const most = query.issue.filters ? Infinity : cap
  const of = (state: string): number =>
    Math.min(most, meant.filter((issue) => issue.state === state).length)
  return {
    open: of('open'),
    resolved: of('resolved'),
    ignored: of('ignored'),
    muted: meant.filter((issue) => isMuted(issue, all.now)).length,
    cap,
  }
}

function seriesOf({ kind, status }: Occurrence): string {
  if (kind !== 'status') return '*thrown'
  return status >= 500 ? '*5xx' : '*4xx'
}

function barOf({ occurredAt }: Occurrence, span: Span): number {
  return Math.floor(occurredAt / HOUR_MS / SPANS[span].hours)
}
