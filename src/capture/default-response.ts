import { hasNullBody, isMarked, mark } from '../envelope/rewrite/respond.ts'
import { peek } from '../envelope/rewrite/peek.ts'
import type { Thrown } from './capture.ts'
import { guard } from './guard.ts'
import { covers, DEFAULT_TEXT } from './respond.ts'
import type { RequestScope } from './scope.ts'

/** A framework's response to a throw. */
export interface JudgedResponse {
  /** Has the whole body, although klaxon has read it, unless the body broke off. */
  response: Response
  /** Whether it is the framework's default response. klaxon replaces it, or rethrows the error. */
  isDefault: boolean
}

/**
 * Tells a framework's default response from one of the app. The default is recognised by its text,
 * because middleware may have copied or compressed the response.
 */
export function judge(
  scope: RequestScope,
  thrown: Thrown,
  response: Response,
): JudgedResponse | Promise<JudgedResponse> {
  // klaxon's default response would be the same.
  if (saysTheSame(scope, thrown) || response.status !== 500) return { response, isDefault: false }
  const printed = scope.framework?.printedBody(response)
  if (printed !== undefined) return { response, isDefault: printed.text === DEFAULT_TEXT }
  // For HEAD, Hono copies the response to GET without its body.
  if (scope.request.method === 'HEAD' && hasNullBody(response)) return { response, isDefault: true }
  return isPlainText(response) ? judgeText(response) : { response, isDefault: false }
}

function saysTheSame(scope: RequestScope, { description }: Thrown): boolean {
  const { setup } = scope.surface
  const { onError, rethrow } = setup.options
  if (onError !== undefined || rethrow === true) return false
  if (description.status !== null && description.status !== 500) return false
  return guard(setup, 'envelope paths', () => !covers(scope), false)
}

function isPlainText(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/plain') === true
}

type WithBody = Response & { body: NonNullable<Response['body']> }

/** Bytes of the compressed default at most. With gzip it has 41. */
const MAX_COMPRESSED_BYTES = 99

async function judgeText(response: Response): Promise<JudgedResponse> {
  if (response.bodyUsed || response.body === null || response.body.locked)
    return { response, isDefault: false }
  const encoding = response.headers.get('content-encoding')
  const maxBytes = encoding === null ? DEFAULT_TEXT.length : MAX_COMPRESSED_BYTES
  const seen = await peek(response as WithBody, maxBytes)
  // The body broke off at once.
  if (seen === null) return { response, isDefault: true }
  const isDefault = seen.bytes !== null && (await isDefaultText(seen.bytes, encoding))
  return { response: seen.response(), isDefault }
}

/**
 * Whether a body is the default's text.
 * @param encoding the body's content encoding; null without one
 */
async function isDefaultText(
  body: Uint8Array<ArrayBuffer>,
  encoding: string | null,
): Promise<boolean> {
  if (encoding === null) return new TextDecoder().decode(body) === DEFAULT_TEXT
  try {
    const stream = new DecompressionStream(encoding as CompressionFormat)
    return (
      (await new Response(new Blob([body]).stream().pipeThrough(stream)).text()) === DEFAULT_TEXT
    )
  } catch {
    // The encoding is unknown, or the body does not match it, so it is not the default.
    return false
  }
}

/**
 * Copies headers that middleware has set on the old response, such as CORS headers, to the new one.
 */
export function withHeadersOf(old: Response, fresh: Response): Response {
  if (old === fresh || !hasMoreHeaders(old)) return fresh
  const headers = new Headers(old.headers)
  for (const name of CONTENT_HEADERS) headers.delete(name)
  // The cookies of both responses go out.
  for (const [name] of fresh.headers) if (name !== 'set-cookie') headers.delete(name)
  // `append`, because `set` would keep one of several cookies.
  for (const [name, value] of fresh.headers) headers.append(name, value)
  const { status, statusText } = fresh
  const out = new Response(fresh.body, { status, statusText, headers })
  return isMarked(fresh) ? mark(out) : out
}

const CONTENT_HEADERS = ['content-type', 'content-length', 'content-encoding']

/** Whether a response has headers that do not describe its body. Most have none. */
function hasMoreHeaders({ headers }: Response): boolean {
  for (const [name] of headers) if (!CONTENT_HEADERS.includes(name)) return true
  return false
}
