import { EnvelopeError } from './error.ts'

export { EnvelopeError, isEnvelopeError } from './error.ts'

/** The one shape of every JSON response, told apart by `success`. */
export type Envelope<T = unknown> =
  | {
      success: true
      result: T
      message: string | null
    }
  | {
      success: false
      /** What a 5xx body held besides its `message`; null for a 4xx. */
      result: unknown
      /** A text, or the whole JSON body of a 4xx. */
      message: unknown
    }

/** Whether a parsed value has the shape of an envelope. More members do no harm. */
export function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null) return false
  return (
    typeof (value as Envelope).success === 'boolean' &&
    Object.hasOwn(value, 'result') &&
    Object.hasOwn(value, 'message')
  )
}

/** What `unwrap` uses of a Response; the response of an RPC client tells its type by `json`. */
export interface Unwrappable<Body = unknown> {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  json(): Promise<Body>
}

/** The result in what an RPC client's response, or a union of them, holds. */
export type ResultIn<R> = R extends Unwrappable<infer Body> ? ResultOf<Body> : never

type ResultOf<Body> = Body extends { success: true; result: infer Result } ? Result : never

/**
 * Reads the result out of an enveloped response. `undefined` for 204 and 205, which have no body.
 *
 * @throws EnvelopeError for `success: false`, for a body that is no envelope, and for one that
 * cannot be read.
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
  const message = typeof details === 'string' ? details : `HTTP ${status}`
  throw new EnvelopeError(message, { status, errorId, result, details })
}
