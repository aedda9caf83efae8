import type { Kind } from './occurrence.ts'

export type IssueState = 'open' | 'resolved' | 'ignored'

/** The group of occurrences with one fingerprint. Times are Unix ms. */
export interface Issue {
  fingerprint: string
  title: string
  kind: Kind
  service: string | null
  environment: string | null
  status: number
  method: string
  route: string | null
  firstSeen: number
  lastSeen: number
  count: number
  firstRelease: string | null
  lastRelease: string | null
  state: IssueState
  resolvedAt: number | null
  mutedUntil: number | null
  /** The absolute count at which a muted issue alerts again. */
  mutedUntilCount: number | null
  /**
   * The releases that were known when the issue was "resolved in next release". An occurrence of
   * any other release opens the issue again. null when it was resolved at once.
   */
  resolvedIn: string[] | null
  lastOccurrenceId: string | null
}

/** The status that `minStatus` compares. A throw that was answered below 400 counts as 500. */
export function effectiveStatus({ kind, status }: Pick<Issue, 'kind' | 'status'>): number {
  return kind !== 'status' && status < 400 ? 500 : status
}
