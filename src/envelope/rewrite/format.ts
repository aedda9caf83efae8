import { reasonPhrase } from '../../util/reason-phrase.ts'
import { isPromise } from '../../util/guards.ts'
import type { Envelope } from '../envelope.ts'
import { ExactNumber, type Parsed } from '../json/exact-numbers.ts'

/**
 * The format of JSON responses.
 *
 * `"envelope"` is `{ success, result, message }`. `"problem"` is RFC 9457 for errors, and leaves
 * successes alone. A function gets the parts of the envelope and the response, and its result goes
 * out as JSON. It must be synchronous. When it throws, or returns a value that JSON lacks, the
 * handler's response goes out.
 *
 * For a function and for `"problem"` the body is parsed, so only bodies in UTF-8 of at most 4 MB
 * change. A number that JavaScript would round, such as an id of 20 digits, becomes an object: it
 * prints all of its digits, `String(number)` returns them, and it counts as the nearest number.
 */
export type EnvelopeFormat =
  | 'envelope'
  | 'problem'
  | ((envelope: Envelope, response: Response) => unknown)

/** The content of a response, before printing. */
export interface Content {
  envelope: Envelope
  /** The body of which the envelope was made; undefined without one. */
  body: unknown
  /** @default JSON.stringify */
  print?: Parsed['print']
}

/** A printed body, and its media type. */
export interface Rendered {
  body: string
  contentType: string
}

export const JSON_TYPE = 'application/json'
const PROBLEM_TYPE = 'application/problem+json'

/** Prints content in a format; null when a function returns nothing. */
export function render(
  format: EnvelopeFormat,
  { envelope, body, print = JSON.stringify }: Content,
  response: Response,
  errorId: string | null,
): Rendered | null {
  const isProblem = format === 'problem'
  const value = isProblem
    ? problemOf(response.status, body, errorId)
    : format === 'envelope'
      ? envelope
      : format(envelope, response)
  // A promise would print as {}.
  if (isPromise(value)) return null
  const text = print(value)
  return text === undefined
    ? null
    : { body: text, contentType: isProblem ? PROBLEM_TYPE : JSON_TYPE }
}

/** The parts of an envelope, by the rules of the splice. */
export function envelopeOf(status: number, body: unknown): Envelope {
  const failed = status >= 400
  if (body === undefined) {
    if (failed) return { success: false, result: null, message: reasonPhrase(status) }
    return { success: true, result: {}, message: null }
  }
  if (!isRecord(body)) {
    if (!failed) return { success: true, result: body, message: null }
    return status < 500
      ? { success: false, result: null, message: body }
      : { success: false, result: body, message: null }
  }
  const { message = null, ...result } = body
  if (!failed) return { success: true, result, message: message as string | null }
  if (status >= 500) return { success: false, result, message }
  const isMessageOnly = Object.keys(body).join() === 'message'
  return { success: false, result: null, message: isMessageOnly ? message : body }
}

/**
 * RFC 9457, section 3. The body's `message` becomes `detail`, and its other members become
 * extension members. They may set type, title, detail and instance, if they are strings.
 */
function problemOf(status: number, body: unknown, errorId: string | null): object {
  const { message, ...members } = membersOf(body)
  const problem: Record<string, unknown> = {
    type: 'about:blank',
    title: reasonPhrase(status),
    status,
  }
  if (typeof message === 'string' && typeof members['detail'] !== 'string') {
    problem['detail'] = message
  } else if (message !== undefined) {
    problem['message'] = message
  }
  if (errorId !== null) problem['instance'] = `urn:uuid:${errorId}`
  const extensions = Object.entries(members).filter(([name, value]) => isExtension(name, value))
  // `fromEntries` makes own properties, so that a member `__proto__` is an ordinary member.
  return { ...problem, ...Object.fromEntries(extensions) }
}

function membersOf(body: unknown): Record<string, unknown> {
  if (isRecord(body)) return body
  if (typeof body === 'string') return { message: body }
  return body == null ? {} : { body }
}

function isExtension(name: string, value: unknown): boolean {
  if (name === 'status') return false
  return typeof value === 'string' || !['type', 'title', 'detail', 'instance'].includes(name)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return !Array.isArray(value) && !(value instanceof ExactNumber)
}
