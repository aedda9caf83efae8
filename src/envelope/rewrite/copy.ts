import { flow, type Source } from './flow.ts'
import { adapt, reframe, resize } from './headers.ts'
import { hasOnlyType } from './light.ts'
import { mark } from './mark.ts'
import { renamed } from './media-type.ts'

type Made = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/** Copies a response with another body, and adapts its headers. */
export function withBody(response: Response, body: Made, contentType: string): Response {
  // A response as init keeps status and headers, and further state in workerd.
  const copy = new Response(body, response)
  if (!hasOnlyType(response, (type) => renamed(type, contentType) === type))
    adapt(copy.headers, contentType, lengthOf(body))
  return mark(copy)
}

/** In bytes, null when unknown. */
function lengthOf(body: Made): number | null {
  if (typeof body === 'string') return new TextEncoder().encode(body).length
  return body instanceof Uint8Array ? body.length : null
}

/** Copies a response with its own bytes, after they were read. */
export function withItsBody(response: Response, body: BodyInit, length: number | null): Response {
  const copy = new Response(body, response)
  reframe(copy.headers)
  // Decoded bytes are not as many as the header says.
  if (length !== null || copy.headers.has('content-encoding')) resize(copy.headers, length)
  return mark(copy)
}

/**
 * Copies a response whose body failed while it was read. The copy sends the bytes so far, and then
 * fails as the body did. `body` is null when it failed at once.
 */
export function brokenOff(response: Response, body: Source | null, error: unknown): Response {
  const source = body ?? { next: () => Promise.reject(error), cancel: async () => {} }
  try {
    return withItsBody(response, flow(source, [], null), null)
  } catch {
    // The response cannot be copied.
    return response
  }
}
