import type { Issue } from '../model/issue.ts'

/**
 * The order of the list of issues: newest occurrence, newest issue, most occurrences, most in the
 * last 24 hours.
 */
export type IssueSort = 'last' | 'first' | 'count' | 'recent'

/** The time that charts and sparklines cover: 24 bars of an hour, or 28 bars of 12 hours. */
export type Span = '24h' | '14d'

/** An issue in a list. */
export interface IssueRow extends Issue {
  /** Whether it was first seen less than 24 hours ago. */
  isNew: boolean
  /** Whether it came back after it was resolved, and is still open. */
  regressed: boolean
  /** Whether it is muted now, for a time or until a count. */
  muted: boolean
  /** Occurrences in the last 24 hours, for any span. Missing data is 0. */
  recent: number
  /** One count per bar, oldest first: 24 or 28. Empty when no bars were requested. */
  spark: number[]
}

/** Issues by state; `muted` ones are among `open`. */
export interface StateCounts {
  open: number
  resolved: number
  ignored: number
  muted: number
  /** The count at which counting stops. Show it as `1,000+`. */
  cap: number
}

/** One bar of a chart of all issues. */
export interface ChartBar {
  /** Start in Unix ms. */
  at: number
  thrown: number
  /** Returned statuses from 500. */
  server: number
  /** Returned statuses below 500. */
  client: number
}

export interface ReleaseTick {
  service: string
  release: string
  /** Unix ms. */
  firstSeen: number
}

/** The page `/issues`. */
export interface IssueList {
  /** The query in its normal form. */
  query: string
  sort: IssueSort
  span: Span
  issues: IssueRow[]
  /** The value of `after` for the next page; null at the end. */
  next: string | null
  /**
   * The number of issues read, when the page read only a window of them. `next` then searches
   * further back, and a page may be short. null when all were read.
   */
  examined: number | null
  /** Counts for the query without its `is:`; null on later pages. */
  counts: StateCounts | null
  /** All issues of the service, oldest bar first. */
  chart: ChartBar[]
  /** Releases first seen within the span. */
  releases: ReleaseTick[]
  /** Services that have failed; empty when none has a name. */
  services: string[]
  /**
   * Environments of the 300 most recently seen issues, of channels and of jobs, at most 50. One
   * that has not failed for long may be missing.
   */
  environments: string[]
}

export interface ListOptions {
  /** @default 'last' */
  sort?: IssueSort
  /** @default '24h' */
  span?: Span
  /** `next` of the previous page. */
  after?: string
  /** Issues per page, at most 100. @default 50, and 20 over 14 days */
  limit?: number
}
