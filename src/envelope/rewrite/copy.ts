import { flow, type Source } from './flow.ts'
import { adapt, reframe, resize } from './headers.ts'
import { onlyTypeInDeno, soleType } from './light.ts'
import { mark } from './mark.ts'
import { renamed } from './media-type.ts'
import { encodeUtf8 } from '../../util/utf8.ts'

type Made = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/**
 * Copies a response with another body, and adapts its headers. The copy has no mark.
 * @param sole the result of `soleType`
 */
export function withBody(
  response: Response,
  body: Made,
  contentType: string,
  sole = soleType(response),
): Response {
  const type = onlyTypeInDeno(response)
  if (type !== undefined && renamed(type, contentType) === type && response.statusText === '') {
    // Deno sends a response of these parts in one call, and a copied one in several.
    const { status } = response
    return new Response(body, { status, headers: { 'content-type': type } })
  }
  // A response as init keeps status and headers, and further state in workerd.
  const copy = new Response(body, response)
  if (sole === null || renamed(sole, contentType) !== sole)
    adapt(copy.headers, contentType, lengthOf(body))
  return copy
}

/** In bytes, null when unknown. */
function lengthOf(body: Made): number | null {
  if (typeof body === 'string') return encodeUtf8(body).length
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
