import { adapt, resize } from './_headers.ts'

/** Responses that have been through here; no body is read a second time to find that out. */
const marked = new WeakSet<Response>()

export function isMarked(response: Response): boolean {
  return marked.has(response)
}

/**
 * Says that a response is not to be enveloped: a copy of an enveloped one, or one that is right as
 * it is.
 */
export function mark(response: Response): Response {
  marked.add(response)
  return response
}

/**
 * The response with another body, and the headers that go with it. `length` in bytes, null when
 * unknown.
 */
export function dressed(
  response: Response,
  body: BodyInit,
  contentType: string,
  length: number | null,
): Response {
  // A response as init keeps status and headers, and in workerd what no header tells.
  const copy = new Response(body, response)
  adapt(copy.headers, contentType, length)
  return mark(copy)
}

/** The response with the bytes that it had, after they were read. */
export function undressed(response: Response, body: BodyInit, length: number | null): Response {
  const copy = new Response(body, response)
  // Bytes that were decoded on reading are not as many as the header says.
  if (length !== null || copy.headers.has('content-encoding')) resize(copy.headers, length)
  return mark(copy)
}
