import type { SourceMapReader, SqlBatch } from '../../../sourcemaps/reader.ts'
import { symbolicate } from '../../../sourcemaps/symbolicate.ts'

export interface Resolved {
  failures: number
  /** Frames of scripts that may have a map. */
  frames: number
  mapped: number
  /** Stacks whose maps seem to belong to another build. */
  doubtful: number
}

/** Failures that are checked. */
const MAX_CHECKED_FAILURES = 20
/** Rows in which the failures are searched. */
const MAX_SEARCHED_ROWS = 2_000

const NEWEST = `select error_stack, error_name, error_message, occurred_at, runtime, debug_ids
from (select * from klaxon_occurrences order by occurred_at desc limit ${MAX_SEARCHED_ROWS})
where error_stack is not null and (? is null or release = ?) order by occurred_at desc limit ${MAX_CHECKED_FAILURES}`

/** Counts the frames of the newest failures that the maps resolve. */
export async function resolvedOf(
  driver: SqlBatch,
  release: string | undefined,
  maps: SourceMapReader,
): Promise<Resolved> {
  const params = [release ?? null, release ?? null]
  const [result] = await driver.batch([{ sql: NEWEST, params }], 'read')
  const sum: Resolved = { failures: 0, frames: 0, mapped: 0, doubtful: 0 }
  for (const row of result?.rows ?? []) {
    const { frames, doubtful } = await symbolicate(stackOf(row), { maps, context: 5 })
    sum.failures++
    sum.doubtful += doubtful ? 1 : 0
    for (const { state } of frames) {
      const isMapped = state === 'mapped' || state === 'doubtful'
      sum.mapped += isMapped ? 1 : 0
      sum.frames += isMapped || state === 'no map' || state === 'no segment' ? 1 : 0
    }
  }
  return sum
}

function stackOf(row: Record<string, unknown>): Parameters<typeof symbolicate>[0] {
  const text = (key: string): string | null => {
    const value = row[key]
    return typeof value === 'string' ? value : null
  }
  return {
    errorStack: text('error_stack'),
    errorName: text('error_name'),
    errorMessage: text('error_message'),
    occurredAt: Number(row['occurred_at']),
    runtime: text('runtime') ?? '',
    debugIds: debugIdsOf(text('debug_ids')),
  }
}

function debugIdsOf(json: string | null): Record<string, string> | null {
  try {
    return json === null ? null : (JSON.parse(json) as Record<string, string>)
  } catch {
    // Another program may have written the row.
    return null
  }
}
