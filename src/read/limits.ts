import type { IssueSort, Span } from './types.ts'

/**
 * Rows that one page reads at most. A hosted database bills them, and a local one is slow by them.
 * The figures below stay under it, with up to two services.
 */
export const MAX_ROWS_READ = 15_000

/** The orders of the list of issues. */
export const ISSUE_SORTS: readonly IssueSort[] = ['last', 'first', 'count', 'recent']

/** Issues of a page. Fewer over 14 days, where each sparkline reads up to 336 hours. */
export const ISSUES_PER_PAGE: Record<Span, number> = { '24h': 50, '14d': 20 }
export const MAX_ISSUES_PER_PAGE = 100

/** Most recently seen issues whose environments a list names: environments have no index. */
export const ENVIRONMENT_WINDOW = 300

/** Issues at which counting by state stops. */
export const MAX_COUNTED: Record<Span, number> = { '24h': 1_000, '14d': 250 }

/** Newest occurrences of which facets are counted. */
export const FACET_SAMPLE_ROWS = 500

/** Occurrences at which counting those before and after one stops. */
export const MAX_POSITION = 1_000

/** Issues that one action changes. */
export const MAX_CHANGED_ISSUES = 1_000

/**
 * Occurrences that a list with filters reads. "Search further back" skips as many first.
 */
export const OCCURRENCE_WINDOW = 7_000
/** Rows that a call of `tail` reads. */
export const TAIL_WINDOW = 1_000
/** Rows that a call of `tail` returns. */
export const TAIL_ROWS = 100

/** Newest occurrences in which `ask` searches a request id, which has no index. */
export const REQUEST_WINDOW = 5_000

/** Most recently seen issues that the page of releases counts. */
export const RELEASE_WINDOW = 2_400

/**
 * The number of most recently seen issues that a list without a fitting index reads. With filters
 * it reads them twice, and a third time to sort. A search reads a second row for each, and "most in
 * 24 hours" up to 25 rows for each.
 */
export function issueWindow(
  span: Span,
  asked: { filters: boolean; searches: boolean; sort: IssueSort },
): number {
  const wide = span === '24h'
  if (asked.sort === 'recent') return wide ? 300 : 150
  if (asked.searches) return wide ? 2_000 : 700
  if (asked.filters) return wide ? 3_000 : 1_000
  return wide ? 2_600 : 1_000
}
