import type { Claim } from '../../model/alert.ts'
import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'
import type { WriteResult } from '../../model/store.ts'
import { DIGEST_PREFIX } from './_claim.ts'
import { ISSUE_KEYS, OCCURRENCE_KEYS } from './_keys.ts'

type Row = Record<string, unknown>

const JSON_KEYS = ['causes', 'headers', 'extra', 'context', 'breadcrumbs', 'debugIds'] as const

/**
 * Decodes the results of a write that claims. The last result has the claims, the one before it
 * another policy.
 */
export function decodeWrite(results: readonly { rows: Row[] }[], attempt: string): WriteResult {
  const [other = [], claimed = []] = results.slice(-2).map(({ rows }) => rows)
  const singles = claimed.filter((row) => row['digest'] === null).toSorted(bySendingOrder)
  const digests = claimed.filter((row) => row['digest'] !== null)
  const claims = [
    ...singles.map((row) => decodeClaim(row, attempt)),
    ...digests.map((row) => decodeDigest(row, attempt)),
  ]
  return other[0]?.['other'] === undefined ? { claims } : { claims, otherPolicy: true }
}

/** Alerts with fewer tries come first. */
function bySendingOrder(a: Row, b: Row): number {
  const difference = (key: string): number => (a[key] as number) - (b[key] as number)
  return (
    difference('tries') ||
    difference('created_at') ||
    ((a['claim'] as string) < (b['claim'] as string) ? -1 : 1)
  )
}

function decodeClaim(row: Row, attempt: string): Claim {
  const issue = decodeIssue(row['issue'])
  return {
    id: row['claim'] as string,
    attempt,
    channel: row['channel'] as string,
    tries: row['tries'] as number,
    reason: row['reason'] as Claim['reason'],
    issue,
    occurrence: decodeOccurrence(row['occurrence']),
    added: Math.max(0, issue.count - (row['since_count'] as number)),
    newest: list(row['newest']),
    places: list(row['places']),
    history: list(row['history']),
    digest: null,
  }
}

function decodeDigest(row: Row, attempt: string): Claim {
  const [issues, occurrences, since] = parse(row['digest']) as [number, number, number]
  const details = { newest: [], places: [], history: [] }
  const none = { reason: null, issue: null, occurrence: null, added: 0, ...details }
  const digest = { issues, occurrences, since }
  return {
    id: DIGEST_PREFIX + attempt,
    attempt,
    channel: row['channel'] as string,
    tries: row['tries'] as number,
    ...none,
    digest,
  }
}

/** Decodes an issue of `ISSUE_JSON`. */
export function decodeIssue(json: unknown): Issue {
  const fields = zip(ISSUE_KEYS, json)
  fields['resolvedIn'] = parse(fields['resolvedIn'])
  return fields as unknown as Issue
}

/** Decodes an occurrence; null for a left join without one. */
export function decodeOccurrence(json: unknown): Occurrence | null {
  const fields = zip(OCCURRENCE_KEYS, json)
  if (fields['id'] === null) return null
  for (const key of JSON_KEYS) fields[key] = parse(fields[key])
  return fields as unknown as Occurrence
}

function list<T>(json: unknown): T[] {
  return (parse(json) as T[] | null) ?? []
}

function zip(keys: readonly string[], json: unknown): Record<string, unknown> {
  // Long rows are nested arrays, see `_columns.ts`.
  const values = (JSON.parse(json as string) as unknown[]).flat()
  return Object.fromEntries(keys.map((key, at) => [key, values[at]]))
}

/**
 * Parses JSON; null when it is invalid. Another program may have written the column, and the alert
 * must go out anyway.
 */
function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : null
  } catch {
    return null
  }
}
