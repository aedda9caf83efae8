import { type EnvelopeFormat, envelopeOf, JSON_TYPE, render, type Rendered } from './_format.ts'
import { adapt, isEncoded, isEventStream, isJson, resize } from './_headers.ts'
import { type Envelope, isEnvelope } from './index.ts'
import { splice } from './splice.ts'

export type { EnvelopeFormat, Rendered } from './_format.ts'
export { reasonPhrase } from './_reason.ts'

/** Responses that have been through here; a body is not read a second time to find that out. */
const marked = new WeakSet<Response>()

export function isMarked(response: Response): boolean {
  return marked.has(response)
}

/** For a copy that is made of an enveloped response, and for one that is to stay as it is. */
export function mark(response: Response): Response {
  marked.add(response)
  return response
}

/**
 * The response as it goes out. What is to stay untouched comes back as the same object, at once; a body that
 * had to be read for that comes back with the same bytes. Never throws and never rejects.
 *
 * The caller does not ask for HEAD: its response has no body to judge by.
 */
export function toEnvelope(
  response: Response,
  format: EnvelopeFormat,
  errorId: string | null = null,
): Response | Promise<Response> {
  try {
    if (!isStatus(response.status) || isMarked(response)) return response
    if (format === 'problem' && response.status < 400) return response
    if (hasNoBody(response)) return withoutBody(response, format, errorId)
    const { headers, body } = response
    if (!isJson(headers.get('content-type')) || isEncoded(headers)) return response
    if (body === null || body.locked || response.bodyUsed) return response
    return withBody(response, format, errorId)
  } catch {
    // A response that cannot be read or copied is the handler's to send.
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

/** 2xx, 4xx and 5xx that may have a body and have all of it. A web socket's status is 101. */
function isStatus(status: number): boolean {
  if (status < 200 || status === 204 || status === 205 || status === 206) return false
  return status < 300 || status >= 400
}

function hasNoBody(response: Response): boolean {
  const type = response.headers.get('content-type')
  if (isEventStream(type)) return false
  if (response.body === null) return true
  // A fetched response without a body may show an empty stream instead.
  const empty = (type === null || isJson(type)) && response.headers.get('content-length') === '0'
  return empty && !response.body.locked && !response.bodyUsed
}

function withoutBody(response: Response, format: EnvelopeFormat, errorId: string | null): Response {
  const envelope = envelopeOf(response.status, undefined)
  const rendered = render(format, envelope, undefined, response, errorId)
  if (rendered === null) return response
  response.body?.cancel().catch(ignore)
  return dressed(response, encode(rendered.body), rendered.contentType)
}

/** An empty stream that fails to close has nothing to tell. */
function ignore(): void {}

async function withBody(
  response: Response,
  format: EnvelopeFormat,
  errorId: string | null,
): Promise<Response> {
  let bytes: Uint8Array<ArrayBuffer>
  try {
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    // The source failed: its error reaches the client as it would have without us.
    return failing(response, error)
  }
  try {
    if (format === 'envelope') {
      const spliced = splice(response.status, bytes)
      return spliced === null ? undressed(response, bytes) : dressed(response, spliced, JSON_TYPE)
    }
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (isEnvelope(body) && Object.keys(body).length === 3) return undressed(response, bytes)
    const envelope = envelopeOf(response.status, body)
    const rendered = render(format, envelope, body, response, errorId)
    if (rendered === null) return undressed(response, bytes)
    return dressed(response, encode(rendered.body), rendered.contentType)
  } catch {
    // Not JSON, or the user's function threw.
    return undressed(response, bytes)
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

/** A response as init keeps the status and every header, and in workerd what no header says. */
function dressed(response: Response, body: Uint8Array<ArrayBuffer>, contentType: string): Response {
  const copy = new Response(body, response)
  adapt(copy.headers, contentType, body.length)
  return mark(copy)
}

function undressed(response: Response, body: Uint8Array<ArrayBuffer>): Response {
  const copy = new Response(body, response)
  resize(copy.headers, body.length)
  return mark(copy)
}

function failing(response: Response, error: unknown): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.error(error)
    },
  })
  return mark(new Response(body, response))
}
