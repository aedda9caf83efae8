const UUIDS = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi
/** Segments before a hash that is a revision and no secret. */
const REVISIONS = /^(?:commit|tree|blob|raw|rev|compare|sha)/i

/**
 * Random characters that make a segment a secret.
 */
export const MIN_RANDOM = 32
/** The same after a segment that is a secret key, such as `reset-password`. */
export const MIN_RANDOM_AFTER_KEY = 16

/**
 * Whether a path segment has `min` random characters: they change between letters and digits too
 * often for words.
 */
export function isRandom(segment: string, before: string, min: number): boolean {
  const rest = segment.replace(UUIDS, '')
  if (rest.length < min || (REVISIONS.test(before) && /^[\da-f]+$/i.test(rest))) return false
  const changes = rest.match(/[a-z](?=[A-Z\d])|[A-Z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0
  return changes * 6 >= rest.length
}
