import type { Issue, Occurrence } from '../core/types.ts'

/** Fields of Occurrence in the order of `BatchParams.rows`. A test holds them to the schema. */
export const OCCURRENCE_KEYS = [
  'id',
  'occurredAt',
  'fingerprint',
  'title',
  'kind',
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
  'durationMs',
] as const satisfies readonly (keyof Occurrence)[]

/** Likewise of Issue; klaxon_issues has more columns, which no one outside the store sees. */
export const ISSUE_KEYS = [
  'fingerprint',
  'title',
  'kind',
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
  'lastOccurrenceId',
] as const satisfies readonly (keyof Issue)[]

/** `errorMessage` → `error_message` */
export function columnOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
