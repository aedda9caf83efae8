import { StoreError } from '../../model/store-error.ts'
import type { StoreFailure } from '../../model/store.ts'

/** Bytes of one reply. sqld itself refuses to send 10 MB. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024

/**
 * Makes the fetch of the libSQL client. It limits the time of one try and the length of a reply,
 * which the client does not. It follows no redirect, because the request contains the token and the
 * occurrences. It classifies refusals by status and `Retry-After`, because the client turns 401,
 * 429 and 500 into the same error.
 * @param onReply called with the bytes of each reply
 */
export function storeFetch(
  { fetch: fetchFn, timeoutMs }: { fetch: typeof fetch | undefined; timeoutMs: number },
  onReply: (bytes: Uint8Array) => void = () => {},
) {
  return async (request: Request): Promise<Response> => {
    // The global is read for each call, because a host or a test may replace it. The signal also
    // aborts a stalled body.
    const response = await (fetchFn ?? fetch)(request, {
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (response.ok) {
      const bytes = await bounded(response)
      onReply(bytes)
      return new Response(bytes, { headers: response.headers })
    }
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
    const failure = await failureOf(response)
    throw new StoreError(failure, {
      code: response.status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
}

async function bounded(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunksOf(response)) {
    length += chunk.length
    // Leaving the loop cancels the body.
    if (length > MAX_REPLY_BYTES) throw new StoreError('refused', { code: 'REPLY_TOO_LONG' })
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined
  if (reader === undefined) return
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    // An unread body occupies one of a Worker's six connections. `cancel` rejects when the body has
    // failed.
    await reader.cancel().catch(() => undefined)
  }
}

async function failureOf(response: Response): Promise<StoreFailure> {
  const { status } = response
  await response.body?.cancel().catch(() => undefined)
  if (status === 401 || status === 403) return 'auth'
  // 413: an occurrence or the batch is too big. Smaller batches may pass.
  if (status === 413) return 'poison'
  // A browser-like fetch hides the status of a redirect: 0.
  if (status === 0 || (status >= 300 && status < 400)) return 'refused'
  if (status === 402 || status === 405 || status === 410 || status === 507) return 'refused'
  // 400 and 404 included: sqld answers so to an expired stream, and Turso while a database moves.
  return 'transient'
}

/**
 * ms of a `Retry-After` header, in seconds or as a date (RFC 9110, section 10.2.3); at most an
 * hour.
 */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = /^\s*\d+\s*$/.test(header)
    ? Number(header)
    : (Date.parse(header) - Date.now()) / 1000
  if (Number.isNaN(seconds)) return undefined
  return Math.min(Math.max(0, Math.round(seconds * 1000)), 3600_000)
}
