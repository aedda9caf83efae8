import { faultName } from '../util/guards.ts'
import { reasonPhrase } from '../util/reason-phrase.ts'
import { errorEnvelope, hasNullBody, isMarked, mark, typeOf } from '../envelope/rewrite/respond.ts'
import type { Setup } from '../config/setup.ts'
import type { Description } from './describe-error.ts'
import type { RequestScope } from './scope.ts'

/** The response header with the occurrence's id. */
const ERROR_ID_HEADER = 'x-error-id'

/**
 * Lets browsers read a response header:
 * https://fetch.spec.whatwg.org/#http-access-control-expose-headers
 */
const EXPOSE_HEADER = 'access-control-expose-headers'

const PLAIN_HEADERS = { 'content-type': 'text/plain; charset=UTF-8' }

/** The text of a 500. Most frameworks have the same. */
export const DEFAULT_TEXT = 'Internal Server Error'

/** A plain 500. */
export function plainFailure(): Response {
  return new Response(DEFAULT_TEXT, { status: 500, headers: PLAIN_HEADERS })
}

/** Whether the envelope covers a request, by method and path. */
function wantsEnvelope({ envelope }: Setup, request: Request): boolean {
  return envelope !== null && envelope.covers(request)
}

/** As `wantsEnvelope`. A scope remembers it, because a host's `url` and `method` may be slow. */
export function covers(scope: RequestScope): boolean {
  return (scope.isCovered ??= wantsEnvelope(scope.surface.setup, scope.request))
}

/**
 * Whether the envelope may change a response. It reads the header last, because the header costs
 * most.
 * @param covered whether the envelope covers the request, where that is known. The type is not
 *   read then: `toEnvelope` reads it
 */
export function mayEnvelope(
  setup: Setup,
  request: Request,
  response: Response,
  covered?: boolean,
): boolean {
  try {
    if (covered !== undefined) return covered
    if (!wantsEnvelope(setup, request)) return false
    const type = typeOf(response)
    return type === null || /json/i.test(type)
  } catch (error) {
    // `paths` may be the user's function and throw. Not `guard`, because its closure would allocate
    // on the hot path.
    setup.logger.warn('envelope', `asking whether to envelope failed: ${faultName(error)}`)
    return false
  }
}

/**
 * The error's message, when the status is below 500 and the error has `expose: true`; else the
 * reason phrase.
 */
function publicMessage(status: number, { expose, message }: Description): string {
  return status < 500 && expose === true && message !== '' ? message : reasonPhrase(status)
}

/** The default response for a throw. */
export function failureResponse(
  scope: RequestScope,
  description: Description,
  id: string | null,
): Response {
  const status = description.status ?? 500
  const message = publicMessage(status, description)
  const { envelope } = scope.surface.setup
  if (envelope !== null && covers(scope)) {
    const { body, contentType } = errorEnvelope(status, message, envelope.format, id)
    return mark(new Response(body, { status, headers: { 'content-type': contentType } }))
  }
  return new Response(message, { status, headers: PLAIN_HEADERS })
}

/**
 * Sets `x-error-id` in place. It makes a copy when the headers are immutable or another request may
 * share the object. When no copy can be made, it leaves the response.
 */
export function tag(response: Response, id: string): Response {
  if (response.headers.get(ERROR_ID_HEADER) === id) return response
  // Two requests can share only a response without a body.
  if (hasNullBody(response)) return taggedCopy(response, id)
  try {
    setErrorId(response.headers, id)
    return response
  } catch {
    // The headers are immutable, as those of a fetched response.
    return taggedCopy(response, id)
  }
}

function taggedCopy(response: Response, id: string): Response {
  if (response.bodyUsed || response.body?.locked === true) return response
  try {
    const copy = new Response(response.body, response)
    setErrorId(copy.headers, id)
    return isMarked(response) ? mark(copy) : copy
  } catch {
    // No constructor accepts the status or body, as that of Response.error().
    return response
  }
}

function setErrorId(headers: Headers, id: string): void {
  headers.set(ERROR_ID_HEADER, id)
  if (!headers.has('access-control-allow-origin')) return
  const exposed = headers
    .get(EXPOSE_HEADER)
    ?.toLowerCase()
    .split(/\s*,\s*/)
  if (!exposed?.includes(ERROR_ID_HEADER)) headers.append(EXPOSE_HEADER, ERROR_ID_HEADER)
}

/** The error id that a response carries. */
export function errorIdOn(response: Response): string | null {
  return response.headers.get(ERROR_ID_HEADER)
}

/**
 * Cancels the body of an unused response, because an unread body may occupy a connection. It leaves
 * the body of `kept`.
 */
export function discard({ body }: Response, kept?: Response): void {
  if (body === null || body === kept?.body) return
  // `cancel` rejects when the body is being read.
  void body.cancel().catch(() => {})
}

/**
 * A response's status; null for any other value. It reads `status` once, because a host's getter
 * may be slow.
 */
export function statusOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('headers' in value)) return null
  const { status } = value as Response
  return typeof status === 'number' ? status : null
}
