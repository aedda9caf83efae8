import type { Claim, Issue, Occurrence } from '../core/types.ts'
import { DIGEST } from './_claim-sql.ts'
import { COLUMNS, ISSUE_COLUMNS } from './_columns.ts'

type Row = Record<string, unknown>

const OCCURRENCE_KEYS = Object.keys(COLUMNS) as (keyof Occurrence)[]
const JSON_KEYS = new Set<keyof Occurrence>(['causes', 'headers', 'extra'])
const ISSUE_KEYS = Object.keys(ISSUE_COLUMNS) as (keyof Issue)[]

/** The rows of `claimed` and `digested`. */
export function decodeClaims(
  claimed: readonly Row[],
  digested: readonly Row[],
  attempt: string,
): Claim[] {
  return [
    ...claimed.map((row): Claim => ({
      id: row['claim'] as string,
      channel: row['channel'] as string,
      reason: row['reason'] as Claim['reason'],
      issue: decodeIssue(row),
      occurrence: row['o_id'] === null ? null : decodeOccurrence(row),
      digest: null,
    })),
    ...digested.map((row): Claim => ({
      id: DIGEST + attempt,
      channel: row['channel'] as string,
      reason: null,
      issue: null,
      occurrence: null,
      digest: {
        issues: row['issues'] as number,
        occurrences: row['occurrences'] as number,
        since: row['since'] as number,
      },
    })),
  ]
}

function decodeIssue(row: Row): Issue {
  return Object.fromEntries(ISSUE_KEYS.map((key) => [key, row[key]])) as unknown as Issue
}

function decodeOccurrence(row: Row): Occurrence {
  return Object.fromEntries(
    OCCURRENCE_KEYS.map((key) => {
      const value = row[`o_${key}`]
      return [
        key,
        JSON_KEYS.has(key) && typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
      ]
    }),
  ) as unknown as Occurrence
}
