import { reasonPhrase } from '../../util/reason-phrase.ts'

/** A status and a path in words: `/x not found`, `Server error at /x`. */
export function describeStatus(status: number, path: string): string {
  // A report outside of a request has no path.
  if (path === '') return CHANNEL_PHRASES[status] ?? reasonPhrase(status)
  if (status === 404) return `${path} not found`
  if (status === 403) return `Forbidden access to ${path}`
  return `${CHANNEL_PHRASES[status] ?? reasonPhrase(status)} at ${path}`
}

/** Words that differ from the registered reason phrase. */
const CHANNEL_PHRASES: Record<number, string> = { 400: 'Bad request', 500: 'Server error' }
