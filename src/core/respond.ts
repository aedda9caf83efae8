import { errorEnvelope, mark, reasonPhrase } from '../envelope/respond.ts'
import type { Setup } from './setup.ts'
import type { Description } from './thrown.ts'

/** The response header that carries the occurrence's id. */
const ERROR_ID = 'x-error-id'

const PLAIN = { 'content-type': 'text/plain; charset=UTF-8' }

/** What a client reads of a 500. */
export const INTERNAL = 'Internal Server Error'

/** What says nothing but that it failed. */
export function plainFailure(): Response {
  return new Response(INTERNAL, { status: 500, headers: PLAIN })
}

/** Whether a request's JSON goes out enveloped, by method and path. */
export function wantsEnvelope({ envelope }: Setup, request: Request): boolean {
  return envelope !== null && envelope.covers(request)
}

/** What a client may read of a thrown value: its own message below 500 or by `expose`, else the reason phrase. */
function publicMessage(status: number, { status: own, expose, message }: Description): string {
  const open = own !== null && (expose ?? status < 500)
  return (open && message !== '' ? message : '') || reasonPhrase(status)
}

/** Whether klaxon answers for a throw with the text that frameworks have for any. */
export function isPlainFailure(setup: Setup, request: Request, description: Description): boolean {
  const { status } = description
  if ((status !== null && status !== 500) || publicMessage(500, description) !== INTERNAL)
    return false
  return !wantsEnvelope(setup, request)
}

/** Builds the response for a throw that carries none. */
export function failureResponse(
  setup: Setup,
  request: Request,
  description: Description,
  id: string | null,
): Response {
  const status = description.status ?? 500
  const message = publicMessage(status, description)
  if (setup.envelope !== null && wantsEnvelope(setup, request)) {
    const { body, contentType } = errorEnvelope(status, message, setup.envelope.format, id)
    return mark(new Response(body, { status, headers: { 'content-type': contentType } }))
  }
  return new Response(message, { status, headers: PLAIN })
}

/** Sets `x-error-id`: in place, else on a copy, else not at all. */
export function tag(response: Response, id: string): Response {
  try {
    response.headers.set(ERROR_ID, id)
    return response
  } catch {
    // Immutable headers (a fetched response, Response.redirect()): a copy can be written to.
    return taggedCopy(response, id)
  }
}

function taggedCopy(response: Response, id: string): Response {
  if (response.bodyUsed || response.body?.locked === true) return response
  try {
    const copy = new Response(response.body, response)
    copy.headers.set(ERROR_ID, id)
    return copy
  } catch {
    // A status or a body that no constructor takes, such as Response.error(): it goes out as it came.
    return response
  }
}

/** Lets go of a response that no one gets: an unread body may hold a connection. Not if `kept` goes out with it. */
export function discard({ body }: Response, kept?: Response): void {
  if (body === null || body === kept?.body) return
  // Rejects where someone reads it already: then it is theirs.
  void body.cancel().catch(() => {})
}

/** By shape: a host may have put a class of its own in the global's place. */
export function isResponse(value: unknown): value is Response {
  return statusOf(value) !== null
}

/** A response's status, null for anything else: one look, because a getter of the host's costs more than all of ours. */
export function statusOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('headers' in value)) return null
  const { status } = value as Response
  return typeof status === 'number' ? status : null
}
