import { dressed, isMarked } from './_copy.ts'
import { type EnvelopeFormat, envelopeOf, JSON_TYPE, render, type Rendered } from './_format.ts'
import { isEncoded, isEventStream, isJson } from './_headers.ts'
import { printed, spliced } from './_rewrite.ts'
import type { Envelope } from './index.ts'

export { isMarked, mark } from './_copy.ts'
export type { EnvelopeFormat, Rendered } from './_format.ts'
export { reasonPhrase } from './_reason.ts'

/**
 * The response as it goes out. What is to stay untouched comes back as the same object, at once; a body that
 * had to be read to find that out comes back with the same bytes. Never throws and never rejects.
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
    if (isEmpty(headers, type)) return bodiless(response, format, errorId)
    if (!isJson(type) || isEncoded(headers)) return response
    const out =
      format === 'envelope' ? spliced(response, body) : printed(response, body, format, errorId)
    // What fails from here on is a copy that the runtime refuses to make.
    return out.catch(() => response)
  } catch {
    // A response that cannot be looked at is the handler's to send.
    return response
  }
}

/** The body that answers for a throw. When the format is a function that fails: the default envelope. */
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

/** A fetched response without a body may show an empty stream instead of null. */
function isEmpty(headers: Headers, type: string | null): boolean {
  return (type === null || isJson(type)) && headers.get('content-length') === '0'
}

function bodiless(response: Response, format: EnvelopeFormat, errorId: string | null): Response {
  const envelope = envelopeOf(response.status, undefined)
  const rendered = render(format, envelope, undefined, response, errorId)
  if (rendered === null) return response
  const bytes = new TextEncoder().encode(rendered.body)
  const out = dressed(response, bytes, rendered.contentType, bytes.length)
  // An empty stream that cannot be cancelled has nothing else to tell.
  response.body?.cancel().catch(() => {})
  return out
}
