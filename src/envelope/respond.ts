import { isMarked } from './_copy.ts'
import { type EnvelopeFormat, JSON_TYPE, render, type Rendered } from './_format.ts'
import { isEmpty, isEncoded, isEventStream, isJson } from './_headers.ts'
import { bodiless, printed, spliced } from './_rewrite.ts'
import type { Envelope } from './index.ts'

export { isMarked, mark } from './_copy.ts'
export type { EnvelopeFormat, Rendered } from './_format.ts'
export { reasonPhrase } from './_reason.ts'

/**
 * The response as it goes out. What is to stay untouched comes back as the same object, at once; a
 * body that had to be read to find that out comes back with the same bytes. Never throws and never
 * rejects.
 *
 * The caller does not ask for HEAD: that response does not show the body it stands for.
 */
export function toEnvelope(
  response: Response,
  format: EnvelopeFormat,
  errorId: string | null = null,
): Response | Promise<Response> {
  try {
    const { status } = response
    if (!isWhole(status) || isMarked(response)) return response
    if (format === 'problem' && status < 400) return response
    const { body, headers } = response
    const type = headers.get('content-type')
    if (body === null) return isEventStream(type) ? response : bodiless(response, format, errorId)
    if (body.locked || response.bodyUsed) return response
    if (type === null && isEmpty(headers)) return bodiless(response, format, errorId)
    if (!isJson(type) || isEncoded(headers)) return response
    if (format === 'envelope') return spliced(response, body)
    return printed(response, body, format, errorId)
  } catch {
    // A response that cannot be looked at is the handler's to send.
    return response
  }
}

/**
 * The body that answers for a throw. When the format is a function that fails: the default
 * envelope.
 */
export function errorEnvelope(
  status: number,
  message: string,
  format: EnvelopeFormat,
  errorId: string | null = null,
): Rendered {
  const envelope: Envelope = { success: false, result: null, message }
  const plain = { body: JSON.stringify(envelope), contentType: JSON_TYPE }
  if (format === 'envelope') return plain
  try {
    const response = new Response(null, { status })
    return render(format, envelope, { message }, response, errorId) ?? plain
  } catch {
    // The client gets an answer whatever the user's function does.
    return plain
  }
}

/** 2xx, 4xx and 5xx that can have a body, and all of it. A web socket's status is 101. */
function isWhole(status: number): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 206) return false
  return status < 300 || status >= 400
}
