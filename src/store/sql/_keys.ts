import type { Issue } from '../../model/issue.ts'
import type { Occurrence } from '../../model/occurrence.ts'

/**
 * Members of an occurrence in the order of `BatchParams.rows`. A test compares them with the
 * schema.
 */
export const OCCURRENCE_KEYS = [
  'id',
  'occurredAt',
  'fingerprint',
  'title',
  'kind',
  'service',
  'status',
  'method',
  'path',
  'query',
  'route',
  'host',
  'clientIp',
  'userAgent',
  'userId',
  'username',
  'errorName',
  'errorMessage',
  'errorStack',
  'causes',
  'requestId',
  'traceId',
  'release',
  'environment',
  'runtime',
  'colo',
  'country',
  'headers',
  'extra',
  'context',
  'breadcrumbs',
  'debugIds',
  'resentFrom',
  'durationMs',
] as const satisfies readonly (keyof Occurrence)[]

/**
 * Members of an issue in the order of `ISSUE_JSON`. klaxon_issues has more columns, which the store
 * does not show.
 */
export const ISSUE_KEYS = [
  'fingerprint',
  'title',
  'kind',
  'service',
  'environment',
  'status',
  'method',
  'route',
  'firstSeen',
  'lastSeen',
  'count',
  'firstRelease',
  'lastRelease',
  'state',
  'resolvedAt',
  'mutedUntil',
  'mutedUntilCount',
  'resolvedIn',
  'lastOccurrenceId',
] as const satisfies readonly (keyof Issue)[]

/** `errorMessage` → `error_message` */
export function columnOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
