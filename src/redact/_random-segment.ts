const UUID = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi
/** Segments after which a hash names a revision and opens nothing. */
const REVISIONS = /^(?:commit|tree|blob|raw|rev|compare|sha)/i

/** Random characters that make a segment a secret; fewer do after a segment such as `reset-password`. */
export const MIN_RANDOM = 32
export const MIN_RANDOM_AFTER_KEY = 16

/** Whether a path segment has that many random characters: they change their kind too often for words. */
export function isRandom(segment: string, before: string, min: number): boolean {
  const rest = segment.replace(UUID, '')
  if (rest.length < min || (REVISIONS.test(before) && /^[\da-f]+$/i.test(rest))) return false
  const changes = rest.match(/[a-z](?=[A-Z\d])|[A-Z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0
  return changes * 6 >= rest.length
}
