/** Segments that a normalised path keeps. */
const MAX_GROUPED_SEGMENTS = 12

/**
 * Segments that are no id: letters with at most one digit at the end, and versions.
 */
const STATIC = /^(?:[a-z._~-]{0,40}\d?|v[\d.]{1,5})$/i

/** A path with every segment that looks like an id replaced by `:id`. */
export function normalisePath(path: string): string {
  return path
    .split('/', MAX_GROUPED_SEGMENTS)
    .map((segment) => (STATIC.test(segment) ? segment : ':id'))
    .join('/')
}
