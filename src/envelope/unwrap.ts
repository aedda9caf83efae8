import { EnvelopeError } from './error.ts'
import { type Envelope, isEnvelope } from './envelope.ts'

/** The part of a Response that `unwrap` uses. An RPC client's response has its type in `json`. */
export interface Unwrappable<Body = unknown> {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  json(): Promise<Body>
}

/** The type of the result in an RPC client's response, or in a union of them. */
export type ResultIn<R> = R extends Unwrappable<infer Body> ? ResultOf<Body> : never

type ResultOf<Body> = Body extends { success: true; result: infer Result } ? Result : never

/**
 * Reads the result out of an enveloped response. `undefined` for 204 and 205, which have no body.
 *
 * @throws EnvelopeError for `success: false`, for a body that is not an envelope, and for an
 * unreadable body
 * @example
 * const user = await unwrap<User>(await fetch('/api/users/1'))
 */
export function unwrap<R extends Unwrappable<Envelope>>(response: R): Promise<ResultIn<R>>
export function unwrap<T>(response: Unwrappable): Promise<T>
export async function unwrap<T>(response: Unwrappable): Promise<T> {
  const { status } = response
  if (status === 204 || status === 205) return undefined as T
  const errorId = response.headers.get('x-error-id')
  let text: string
  try {
    text = await response.text()
  } catch (cause) {
    throw new EnvelopeError(`HTTP ${status}: the body cannot be read`, { status, errorId, cause })
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const message = `HTTP ${status}: the body is not JSON`
    throw new EnvelopeError(message, { status, errorId, details: text, cause })
  }
  if (!isEnvelope(value)) {
    const message = `HTTP ${status}: the body is not an envelope`
    throw new EnvelopeError(message, { status, errorId, result: value })
  }
  if (value.success) return value.result as T
  const { message: details, result } = value
  const issues = Array.isArray(value.issues) ? value.issues : null
  const message = typeof details === 'string' ? details : `HTTP ${status}`
  throw new EnvelopeError(message, { status, errorId, result, details, issues })
}
