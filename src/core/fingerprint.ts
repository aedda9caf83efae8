import { MAX_LINE, MAX_TITLE, MAX_SEGMENTS } from './_limits.ts'
import { sha256 } from './_sha256.ts'
import { cut } from './safe-text.ts'
import type { Occurrence } from './types.ts'

/** What a fingerprint and a title are made of. */
export type Grouping = Pick<
  Occurrence,
  'kind' | 'status' | 'method' | 'path' | 'route' | 'errorName' | 'errorMessage' | 'environment'
>

/**
 * What differs from one occurrence to the next, in the order in which it is replaced. Every quantifier is bounded
 * and the line is cut before, so that a hostile message costs no more than a long one.
 */
const VARYING: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\b[a-z][a-z\d+.-]{1,15}:\/\/[^\s"'<>]{1,400}/gi, '<url>'],
  [/[\w.+-]{1,64}@[\w.-]{1,200}\w/g, '<email>'],
  [/(?<!\w)(["'`])(?:(?!\1).){0,400}\1(?!\w)|“[^”]{0,400}”/g, '<value>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]{0,13}(?:Z|[+-]\d\d:?\d\d)?)?/g, '<date>'],
  // UUIDs, hashes, order numbers, nanoids, ULIDs: words of seven and more characters with two digits inside.
  [/\b(?=(?:[a-z_-]{0,64}\d){2})\w[\w-]{6,128}\b/gi, '<id>'],
  [/0x[\da-f]{1,64}|\d{1,64}(?:[.,]\d{1,64}){0,8}/gi, '<n>'],
]

/** The first line of a message with everything that varies replaced by a name for it. */
export function normaliseMessage(message: string): string {
  return VARYING.reduce((line, [pattern, name]) => line.replace(pattern, name), firstLine(message))
}

function firstLine(message: string): string {
  return message
    .trimStart()
    .slice(0, MAX_LINE)
    .replace(/[\r\n][^]*/, '')
    .trimEnd()
}

/** Segments that name a place and not a thing: letters, at most one digit at the end, and versions. */
const STATIC = /^(?:[a-z._~-]{0,40}\d?|v[\d.]{1,5})$/i

/** A path with every segment that looks like an id replaced by `:id`. */
export function normalisePath(path: string): string {
  return path
    .split('/', MAX_SEGMENTS)
    .map((segment) => (STATIC.test(segment) ? segment : ':id'))
    .join('/')
}

/** Methods of RFC 9110 and RFC 5789: others are a client's invention and would make an issue each. */
const METHOD = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT)$/

/** A 404 without a route is the client's own idea of a path, and says nothing that groups. */
function place({ route, status, path }: Grouping): string {
  return route ?? (status === 404 ? '*' : normalisePath(path))
}

/**
 * What occurrences of one issue share: `v1:` and 128 bits in hex. Not for the response's path.
 * @param own the result of the user's `fingerprint` option: replaces all else but the environment
 */
export function fingerprint(
  o: Grouping,
  code: string | null = null,
  own: string | null = null,
): string {
  const { kind, status, method, errorName, errorMessage } = o
  const parts =
    kind === 'thrown'
      ? [errorName, normaliseMessage(errorMessage ?? ''), code]
      : [status, METHOD.test(method) ? method : '*', place(o)]
  // JSON keeps the parts apart: ["a","b"] and ["a,b"] stay two.
  const all = JSON.stringify(
    own === null ? [kind, o.environment, ...parts] : ['own', o.environment, own],
  )
  return `v1:${known.get(all) ?? remember(all)}`
}

/** A storm repeats itself, and a digest costs as much as all else here. */
const known = new Map<string, string>()

function remember(text: string): string {
  const digest = sha256(text).slice(0, 32)
  if (known.size >= 256) known.clear()
  known.set(text, digest)
  return digest
}

/** What an issue is called in lists and alerts: one line, at most 200 characters. */
export function issueTitle(o: Grouping): string {
  const { kind, status, method, errorName, errorMessage } = o
  const where = place(o)
  const title =
    kind === 'status'
      ? `${status} ${method} ${where === '*' ? '(no route)' : where}`
      : [errorName, firstLine(errorMessage ?? '')].filter(Boolean).join(': ') || 'Unknown error'
  return cut(title, MAX_TITLE)
}
