import type { Occurrence } from '../model/occurrence.ts'
import type {
  IssueList,
  ListOptions,
  OccurrencePage,
  TailPage,
  FacetName,
  Facets,
  WhyAlerted,
  IssuePage,
  OccurrenceDetail,
  Asked,
  ReleasesPage,
  AlertsPage,
  Health,
} from './page-types.ts'

export type * from './page-types.ts'

/** A value that filters the occurrences of one issue. */
export type OccurrenceFilter = Partial<Record<FacetName, string>>

/** The issues of an action: one, several, or all that match a query (at most 1,000). */
export type Target = string | readonly string[] | { query: string }

export interface ActionOptions {
  /** The person, for the history. */
  who?: string | null
  /** A comment for the history. */
  comment?: string
}

export interface ActionResult {
  /** The action's id, for `undo`. */
  id: string
  /** Fingerprints of the changed issues. */
  changed: string[]
  /** References to unknown issues. */
  missing: string[]
  /** Issues to which the action does not apply, and why. */
  skipped: { fingerprint: string; why: string }[]
  /** Whether more than 1,000 match. Repeat the action for the rest. */
  more: boolean
}

/**
 * The pages' actions on issues. Each action adds one event to the history of each issue, with
 * person and time.
 */
export interface PageActions {
  resolve(target: Target, options?: ActionOptions): Promise<ActionResult>
  /**
   * Resolves in the next release: an occurrence of a known release does not reopen the issue, one
   * of another release does.
   */
  resolveInNextRelease(target: Target, options?: ActionOptions): Promise<ActionResult>
  reopen(target: Target, options?: ActionOptions): Promise<ActionResult>
  ignore(target: Target, options?: ActionOptions): Promise<ActionResult>
  /** Mutes for a time, until a count, or for a number of further occurrences. */
  mute(
    target: Target,
    until: { forMs: number } | { untilCount: number } | { forNext: number },
    options?: ActionOptions,
  ): Promise<ActionResult>
  unmute(target: Target, options?: ActionOptions): Promise<ActionResult>
  comment(target: Target, text: string, options?: { who?: string | null }): Promise<ActionResult>
  /**
   * Restores the former state of an action's issues, except those that were changed later.
   */
  undo(id: string, options?: { who?: string | null }): Promise<ActionResult>
}

/** All actions. */
export interface Actions extends PageActions {
  /** Deletes a user's data, chunk by chunk. */
  forgetUser(
    userId: string,
    options?: { onProgress?: (rows: number) => void; signal?: AbortSignal },
  ): Promise<Forgotten>
}

export interface Forgotten {
  occurrences: number
  /**
   * Issues with no other user's occurrences. Their texts, titles and comments were cleared.
   */
  issues: number
}

/**
 * The reads and actions of the dashboard's pages. A page takes one round trip; `health` sends two
 * requests at once.
 */
export interface PageReader {
  /** @throws KlaxonError `BAD_QUERY` for an invalid query or cursor; StoreError */
  list(query: string, options?: ListOptions): Promise<IssueList>
  /**
   * @param ref a fingerprint, the start of one (with or without `v1:`), or the id of an occurrence
   * @returns null when there is no such issue
   * @throws KlaxonError `AMBIGUOUS` for the start of several fingerprints
   */
  issue(ref: string): Promise<IssuePage | null>
  /** null without such a row. `ask` tells why. */
  occurrence(id: string): Promise<OccurrenceDetail | null>
  occurrences(
    fingerprint: string,
    options?: { after?: string; filter?: OccurrenceFilter; limit?: number },
  ): Promise<OccurrencePage>
  /** All occurrences, newest first. */
  feed(query: string, options?: { after?: string; limit?: number }): Promise<OccurrencePage>
  /** @param after `rowid` of the previous call; null starts at the end */
  tail(after: number | null, query: string): Promise<TailPage>
  releases(options?: { service?: string }): Promise<ReleasesPage>
  alerts(): Promise<AlertsPage>
  /** @param options.hours how far back the account goes. @default 24 */
  health(options?: { hours?: number }): Promise<Health>
  /** The meaning of any id: of an occurrence, an issue, a request, a trace, an alert. */
  ask(id: string): Promise<Asked>
  readonly actions: PageActions
}

/** The reads and actions of dashboard and command line. */
export interface Reader extends PageReader {
  facets(fingerprint: string): Promise<Facets>
  /** One sentence per channel. `issue` reads the same. */
  whyAlerted(fingerprint: string): Promise<WhyAlerted[]>
  /** Full occurrences for an export, newest first, at most `limit` (200) per call. */
  dump(
    query: string,
    options?: { after?: string; limit?: number },
  ): Promise<{ occurrences: Occurrence[]; next: string | null }>
  readonly actions: Actions
}
