import type { IssueState } from '../model/issue.ts'
import type { Occurrence } from '../model/occurrence.ts'

import type { IssueRow, ReleaseTick } from './list-types.ts'

export type * from './list-types.ts'

/** An occurrence in a list. */
export interface OccurrenceRow extends Pick<
  Occurrence,
  | 'id'
  | 'occurredAt'
  | 'fingerprint'
  | 'title'
  | 'kind'
  | 'service'
  | 'status'
  | 'method'
  | 'path'
  | 'route'
  | 'userId'
  | 'username'
  | 'release'
  | 'environment'
  | 'colo'
  | 'country'
  | 'errorName'
  | 'errorMessage'
  | 'resentFrom'
> {
  /** Grows with each written row. `tail` uses it. */
  rowid: number
}

export interface OccurrencePage {
  rows: OccurrenceRow[]
  /** The value of `after` for older rows; null at the end. */
  next: string | null
  /**
   * The number of rows read, when the page read only a window of them. `next` then searches further
   * back. null when all were read.
   */
  examined: number | null
}

/** New rows in the order of writing, late and replayed ones included. */
export interface TailPage {
  rows: OccurrenceRow[]
  /** The value of `after` for the next call. */
  rowid: number
  /** Whether more rows wait. Call again at once. */
  more: boolean
}

/** Members by which occurrences of an issue are counted and filtered. */
export type FacetName = 'route' | 'path' | 'release' | 'colo' | 'country' | 'userAgent' | 'userId'

export interface Facet {
  name: FacetName
  /** The 8 most frequent values, most frequent first. */
  values: { value: string; count: number }[]
  /** Occurrences in the sample that have a value. */
  total: number
}

/** Facets of a sample: the newest 500 occurrences of the issue. */
export interface Facets {
  sample: number
  facets: Facet[]
  /** Counts by colo and release, the highest first. */
  edge: EdgeCount[]
}

/** Tells a bad city from a bad deployment. */
export interface EdgeCount {
  colo: string
  release: string
  count: number
}

/**
 * The place of an occurrence among the kept ones of its issue. Counting stops at `cap`: show it as
 * `1,000+`.
 */
export interface Position {
  newer: number
  older: number
  cap: number
}

/** One line of an issue's history. */
export interface IssueEvent {
  id: string
  fingerprint: string
  /** Unix ms. */
  at: number
  /** Such as `sent`, `failed`, `resolved`, `reopened`, `ignored`, `muted`, `comment`. */
  what: string
  /** The channel's key. */
  channel: string | null
  who: string | null
  data: Record<string, unknown> | null
}

export interface ChannelStatus {
  /** Name and a hash of the address. */
  key: string
  name: string
  service: string
  environment: string
  /** Unix ms when a klaxon last claimed for it. */
  usedAt: number
  /** Unix ms; 0 when it is not paused. */
  pausedUntil: number
  permanent: boolean
  reason: string | null
}

/** Why an issue alerted or not: one sentence per channel. */
export interface WhyAlerted {
  channel: string
  sentence: string
}

/** The page `/i/:fingerprint`. */
export interface IssuePage {
  issue: IssueRow
  /** The newest occurrence with a row; null when retention has deleted all of them. */
  latest: Occurrence | null
  /** Id of the second newest occurrence. */
  older: string | null
  /** The place of `latest`; null without it. */
  position: Position | null
  /** 28 bars of 12 hours, oldest first. */
  chart: { at: number; count: number }[]
  facets: Facets
  why: WhyAlerted[]
  /** Newest first, at most 50. */
  history: IssueEvent[]
  /** The newest 20. */
  occurrences: OccurrencePage
  /** Whether releases of the service are known, which "resolve in next release" needs. */
  knowsReleases: boolean
}

/** The page `/e/:id`. */
export interface OccurrenceDetail {
  occurrence: Occurrence
  /** null when retention has deleted it. */
  issue: IssueRow | null
  older: string | null
  newer: string | null
  position: Position
  /** Others of the same trace, newest first, at most 20. */
  trace: OccurrenceRow[]
  /** Others of the same user, newest first, at most 10. */
  user: OccurrenceRow[]
  /** Requests that repeated this one (`x-klaxon-resend`), newest first, at most 10. */
  resends: OccurrenceRow[]
  /** History of the issue, newest first, at most 20. */
  history: IssueEvent[]
}

/** The meaning of an id. `sentence` is for a person. */
export type Asked =
  | { kind: 'occurrence'; id: string; fingerprint: string; sentence: string }
  | { kind: 'issue'; fingerprint: string; sentence: string }
  /** A request id or trace id: its occurrences, newest first. */
  | { kind: 'request' | 'trace'; occurrences: OccurrenceRow[]; sentence: string }
  | { kind: 'alert'; fingerprint: string; sentence: string }
  /** A prefix that several issues share. */
  | { kind: 'ambiguous'; issues: { fingerprint: string; title: string }[]; sentence: string }
  /** The occurrence is counted in its issue, without a row. */
  | { kind: 'counted'; id: string; sentence: string }
  /** The database does not know the id. */
  | { kind: 'missing'; sentence: string }

export interface ReleaseRow extends ReleaseTick {
  /** Issues that were first seen in it. */
  newIssues: number
  /** Of these the ones with most occurrences, at most 5. */
  issues: { fingerprint: string; title: string; count: number; state: IssueState }[]
}

export interface ReleasesPage {
  /** Newest first, at most 50. */
  releases: ReleaseRow[]
  /** The number of issues read; null when all were read. */
  examined: number | null
}

/** The page `/alerts`. */
export interface AlertsPage {
  /** Sent, failed and given up, newest first, at most 100. */
  events: (IssueEvent & { title: string | null })[]
  /** Not sent yet, oldest first, at most 100. */
  waiting: {
    id: string
    channel: string
    reason: string
    fingerprint: string
    title: string | null
    createdAt: number
    tries: number
    /** Waits for the channel's next digest. */
    digest: boolean
  }[]
  channels: ChannelStatus[]
}

/**
 * Counts that isolates reported for one hour. Isolates that never reached the database are missing.
 */
export interface AccountHour {
  /** Unix ms at which it begins. */
  at: number
  captured: number
  stored: number
  fallback: number
  logged: number
  dropped: number
}

export interface HeartbeatStatus {
  service: string
  environment: string
  name: string
  everyMs: number
  graceMs: number
  lastAt: number
  missedAt: number | null
}

/** The version of the tables: the name of a migration, such as `0000_init`. */
export interface SchemaVersion {
  /** The newest one in the database; null when the database records none that this klaxon knows. */
  database: string | null
  /** The one that this klaxon expects. */
  code: string
  /** `unrecorded`: the SQL of drizzle/ made the tables, and klaxon has not migrated them. */
  state: 'current' | 'older' | 'newer' | 'unrecorded'
}

/** The page `/health`. */
export interface Health {
  /** Oldest hour first. */
  account: AccountHour[]
  /** Settings of the services: `retention`, `maintain`, `policy` … */
  settings: { service: string; name: string; value: unknown; updatedAt: number }[]
  heartbeats: HeartbeatStatus[]
  /** Rows, estimated from row numbers; Unix ms of the oldest and newest. */
  rows: { occurrences: number; oldest: number | null; newest: number | null }
  /** null for a store without tables. */
  schema: SchemaVersion | null
}
