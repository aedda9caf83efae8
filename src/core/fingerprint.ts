import { sha256 } from './_sha256.ts'
import { cut } from './safe-text.ts'
import type { Occurrence } from './types.ts'

/** What a fingerprint and a title are made of. */
export type Grouping = Pick<
  Occurrence,
  'kind' | 'status' | 'method' | 'path' | 'route' | 'errorName' | 'errorMessage' | 'environment'
>

/** Characters; what follows them does not tell issues apart. */
const MAX_LINE = 400
const MAX_TITLE = 200
const MAX_SEGMENTS = 12

/**
 * What differs from one occurrence to the next, in the order in which it is looked for. Every quantifier is
 * bounded and the line is cut before, so that a hostile message costs no more than a long one.
 */
const VARYING: readonly (readonly [name: string, pattern: string])[] = [
  ['url', String.raw`\b[a-z][a-z\d+.-]{1,15}:\/\/[^\s"'<>]{1,400}`],
  ['email', String.raw`(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}`],
  [
    'value',
    String.raw`(?<!\w)(?:"[^"]{0,400}"|'[^']{0,400}'(?!\w)|\x60[^\x60]{0,400}\x60)|“[^”]{0,400}”|‘[^’]{0,400}’`,
  ],
  [
    'date',
    String.raw`\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?`,
  ],
  ['id', String.raw`\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b`],
  ['hex', String.raw`\b(?:0x[\da-f]{1,64}|(?=[a-f]{0,64}\d)[\da-f]{7,128})\b`],
  // A word of eight and more characters with a digit inside: order numbers, nanoids, ULIDs, Slack ids.
  ['id', String.raw`\b(?=[a-z_-]{0,64}\d)\w[\w-]{7,128}\b`],
  ['n', String.raw`\d{1,64}(?:[.,]\d{1,64}){0,8}`],
]

const NAMES = VARYING.map(([name]) => `<${name}>`)
const ANY = new RegExp(VARYING.map(([, pattern]) => `(${pattern})`).join('|'), 'gi')

/** The first line of a message with everything that varies replaced by a name for it. */
export function normaliseMessage(message: string): string {
  return firstLine(message).replace(
    ANY,
    (...match: unknown[]) => NAMES[match.indexOf(match[0], 1) - 1]!,
  )
}

function firstLine(message: string): string {
  const text = message.trimStart().slice(0, MAX_LINE)
  const end = text.search(/[\r\n]/)
  return (end === -1 ? text : text.slice(0, end)).trimEnd()
}

/** Segments that name a place and not a thing: letters, at most one digit at the end, and versions. */
const STATIC = /^(?:[a-z._~-]{1,40}\d?|v\d{1,3}(?:\.\d{1,3})?)$/i

/** A path with every segment that looks like an id replaced by `:id`. */
export function normalisePath(path: string): string {
  const segments = path.split('/', MAX_SEGMENTS)
  return segments
    .map((segment) => (segment === '' || STATIC.test(segment) ? segment : ':id'))
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
  let parts: unknown[]
  if (own !== null) parts = [own]
  else if (o.kind === 'thrown') parts = [o.errorName, normaliseMessage(o.errorMessage ?? ''), code]
  else parts = [o.status, METHOD.test(o.method) ? o.method : '*', place(o)]
  // JSON keeps the parts apart: ["a","b"] and ["a,b"] stay two.
  return `v1:${sha256(JSON.stringify([own === null ? o.kind : 'own', o.environment, ...parts]), 4)}`
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
