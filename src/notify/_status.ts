import { reasonPhrase } from '../core/reason.ts'

/** `/x not found`, `Server error at /x`: what a status says about a path. */
export function describeStatus(status: number, path: string): string {
  if (status === 404) return `${path} not found`
  if (status === 403) return `Forbidden access to ${path}`
  return `${WORDED[status] ?? reasonPhrase(status)} at ${path}`
}

/** Not in the words of the registry. */
const WORDED: Record<number, string> = { 400: 'Bad request', 500: 'Server error' }
