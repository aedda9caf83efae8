import { sql } from 'drizzle-orm/sql'
import type { Issue, Occurrence } from '../core/types.ts'

/**
 * Column order of a row in `BatchParams.rows`, as it is inserted. A record keyed by the type: a field of
 * Occurrence that is missing here does not compile.
 */
export const COLUMNS: Record<keyof Occurrence, string> = {
  id: 'id',
  occurredAt: 'occurred_at',
  fingerprint: 'fingerprint',
  title: 'title',
  kind: 'kind',
  status: 'status',
  method: 'method',
  path: 'path',
  query: 'query',
  route: 'route',
  host: 'host',
  clientIp: 'client_ip',
  userAgent: 'user_agent',
  userId: 'user_id',
  username: 'username',
  errorName: 'error_name',
  errorMessage: 'error_message',
  errorStack: 'error_stack',
  causes: 'causes',
  requestId: 'request_id',
  traceId: 'trace_id',
  release: 'release',
  environment: 'environment',
  runtime: 'runtime',
  colo: 'colo',
  country: 'country',
  headers: 'headers',
  extra: 'extra',
  durationMs: 'duration_ms',
}

/** Likewise for Issue; klaxon_issues has more columns, which no one outside the store sees. */
export const ISSUE_COLUMNS: Record<keyof Issue, string> = {
  fingerprint: 'fingerprint',
  title: 'title',
  kind: 'kind',
  status: 'status',
  method: 'method',
  route: 'route',
  firstSeen: 'first_seen',
  lastSeen: 'last_seen',
  count: 'count',
  firstRelease: 'first_release',
  lastRelease: 'last_release',
  state: 'state',
  resolvedAt: 'resolved_at',
  mutedUntil: 'muted_until',
  lastOccurrenceId: 'last_occurrence_id',
}

/** Result columns named like the keys of Issue, of a table called `i`. */
export const ISSUE_SELECTION = sql.raw(selection('i', '', ISSUE_COLUMNS))

/** Likewise of Occurrence, of a table called `o`, behind an `o_`: both have a title. */
export const OCCURRENCE_SELECTION = sql.raw(selection('o', 'o_', COLUMNS))

function selection(table: string, prefix: string, columns: Record<string, string>): string {
  return Object.entries(columns)
    .map(([key, name]) => `${table}.${name} "${prefix}${key}"`)
    .join(', ')
}
