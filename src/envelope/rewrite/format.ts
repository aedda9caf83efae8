import type { Envelope } from './index.ts'
import { reasonPhrase } from './_reason.ts'

/**
 * How a body is dressed: `envelope` is `{ success, result, message }`; `problem` is RFC 9457 for
 * errors and leaves successes alone. A function gets the parsed parts and its return value goes out
 * as JSON; when it throws, or returns what JSON does not have, the handler's response goes out.
 */
export type EnvelopeFormat =
  | 'envelope'
  | 'problem'
  | ((envelope: Envelope, response: Response) => unknown)

/** A body that was made, and its media type. */
export interface Rendered {
  body: string
  contentType: string
}

export const JSON_TYPE = 'application/json'
const PROBLEM_TYPE = 'application/problem+json'

/**
 * Null when a function has nothing to say. `body` is what the envelope was made of, undefined for
 * none.
 */
export function render(
  format: EnvelopeFormat,
  envelope: Envelope,
  body: unknown,
  response: Response,
  errorId: string | null,
): Rendered | null {
  if (format === 'problem') {
    const problem = problemOf(response.status, body, errorId)
    return { body: JSON.stringify(problem), contentType: PROBLEM_TYPE }
  }
  const value = format === 'envelope' ? envelope : format(envelope, response)
  if (typeof (value as { then?: unknown } | null)?.then === 'function') {
    // A promise would print as {}: formats are synchronous. Its rejection is nobody's to handle.
    Promise.resolve(value).catch(() => {})
    return null
  }
  const text = JSON.stringify(value) as string | undefined
  return text === undefined ? null : { body: text, contentType: JSON_TYPE }
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
  const sole = Object.keys(body).join() === 'message'
  return { success: false, result: null, message: sole ? message : body }
}

/**
 * RFC 9457, section 3. A body's `message` is the detail; its other members stay as extension
 * members and may name the type, title, detail and instance themselves, for which only strings will
 * do.
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
  const own = Object.entries(members).filter(([name, value]) => isOwn(name, value))
  // As own properties, so that a member called `__proto__` is one more member.
  return { ...problem, ...Object.fromEntries(own) }
}

function membersOf(body: unknown): Record<string, unknown> {
  if (isRecord(body)) return body
  if (typeof body === 'string') return { message: body }
  return body == null ? {} : { body }
}

function isOwn(name: string, value: unknown): boolean {
  if (name === 'status') return false
  return typeof value === 'string' || !['type', 'title', 'detail', 'instance'].includes(name)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
