import type { Claim, Issue, Occurrence } from '../core/types.ts'
import { DIGEST } from './_claim-sql.ts'
import { ISSUE_KEYS, OCCURRENCE_KEYS } from './_columns.ts'

type Row = Record<string, unknown>

const JSON_KEYS = new Set<keyof Occurrence>(['causes', 'headers', 'extra'])

/** The last two results of `claimStatements`. */
export function decodeClaims(results: readonly { rows: Row[] }[], attempt: string): Claim[] {
  const [claimed = [], digested = []] = results.slice(-2).map(({ rows }) => rows)
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

export function decodeIssue(row: Row): Issue {
  return Object.fromEntries(ISSUE_KEYS.map((key) => [key, row[key]])) as unknown as Issue
}

export function decodeOccurrence(row: Row): Occurrence {
  return Object.fromEntries(
    OCCURRENCE_KEYS.map((key) => {
      const value = row[`o_${key}`]
      return [key, JSON_KEYS.has(key) && typeof value === 'string' ? parse(value) : value]
    }),
  ) as unknown as Occurrence
}

/** A column that someone else has written to must not keep its alert from being sent. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
