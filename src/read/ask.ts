import { MINUTE_MS } from '../util/time-units.ts'
/** The sentence about an id that is counted without a row. */
export function countedSentence(): string {
  return 'counted in its issue, and not kept as a row: more arrived at once than get rows of their own'
}

/** The time of a UUIDv7 (RFC 9562) in Unix ms; null for another text. */
function timeOfId(id: string): number | null {
  const hex = /^([\da-f]{8})-([\da-f]{4})-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.exec(id)
  return hex === null ? null : parseInt(hex[1]! + hex[2]!, 16)
}

export function missingSentence(id: string, now: number): string {
  const at = timeOfId(id)
  if (at === null) return 'no occurrence, issue, request, trace or alert has this id'
  const date = new Date(at).toISOString().replace('T', ' ').slice(0, 16)
  if (at > now + MINUTE_MS) return `not in the database: the id claims to be of ${date} UTC`
  return `of ${date} UTC, and not in the database: pruned by retention, or only in the log, which \`klaxon replay\` reads`
}
