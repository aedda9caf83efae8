import type { Claim, Issue, Occurrence } from '../core/types.ts'
import { DIGEST } from './_claim-sql.ts'
import { ISSUE_KEYS, OCCURRENCE_KEYS } from './_keys.ts'

type Row = Record<string, unknown>

const JSON_KEYS = ['causes', 'headers', 'extra'] as const

/** The last two results of `claimStatements`. */
export function decodeClaims(results: readonly { rows: Row[] }[], attempt: string): Claim[] {
  const [claimed = [], digested = []] = results.slice(-2).map(({ rows }) => rows)
  return [
    ...claimed.map((row): Claim => ({
      id: row['claim'] as string,
      channel: row['channel'] as string,
      reason: row['reason'] as Claim['reason'],
      issue: decodeIssue(row['issue']),
      occurrence: decodeOccurrence(row['occurrence']),
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

export function decodeIssue(json: unknown): Issue {
  return zip(ISSUE_KEYS, json) as unknown as Issue
}

/** Null for the row of a left join that found none. */
export function decodeOccurrence(json: unknown): Occurrence | null {
  const fields = zip(OCCURRENCE_KEYS, json)
  if (fields['id'] === null) return null
  for (const key of JSON_KEYS) fields[key] = parse(fields[key])
  return fields as unknown as Occurrence
}

function zip(keys: readonly string[], json: unknown): Record<string, unknown> {
  const values = JSON.parse(json as string) as unknown[]
  return Object.fromEntries(keys.map((key, at) => [key, values[at]]))
}

/** A column that someone else has written to must not keep its alert from being sent. */
function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : null
  } catch {
    return null
  }
}
