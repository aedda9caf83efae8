import { StoreError } from '../core/store-error.ts'
import type { StoreFailure } from '../core/types.ts'

/**
 * The fetch that the libSQL client gets. It bounds a try, which the client does not, and classifies a refusal here,
 * where status and `Retry-After` can still be seen: the client turns 401, 429 and 500 into one and the same error.
 */
export function storeFetch(fetchFn: typeof fetch | undefined, timeoutMs: number) {
  return async (request: Request): Promise<Response> => {
    // `fetch` is looked up per call, so that a host or test may replace the global; the signal aborts a stalled body too
    const response = await (fetchFn ?? fetch)(request, { signal: AbortSignal.timeout(timeoutMs) })
    if (response.ok) return response
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'))
    const failure = await failureOf(response)
    throw new StoreError(failure, {
      code: response.status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
}

async function failureOf(response: Response): Promise<StoreFailure> {
  const { status } = response
  // an unread body holds one of a Worker's six connections
  await response.body?.cancel().catch(() => undefined)
  if (status === 401 || status === 403) return 'auth'
  // 413: a record or the batch is too big; split, each part may pass
  if (status === 413) return 'poison'
  if (status === 402 || status === 405 || status === 410 || status === 507) return 'refused'
  // 400 and 404 too: sqld answers so to an expired stream, and Turso while a database moves
  return 'transient'
}

/** ms of a `Retry-After` header, in seconds or as a date (RFC 9110, section 10.2.3); at most an hour. */
function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = /^\s*\d+\s*$/.test(header)
    ? Number(header)
    : (Date.parse(header) - Date.now()) / 1000
  if (Number.isNaN(seconds)) return undefined
  return Math.min(Math.max(0, Math.round(seconds * 1000)), 3600_000)
}
