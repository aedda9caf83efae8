import type { SendResult } from '../../model/channel.ts'

/** A reply, read to its end or to 16 KB. */
export interface Reply {
  status: number
  headers: Headers
  text: string
}

/** A failed attempt to send. */
export type Failure = Extract<SendResult, { ok: false }>

/** ms of pause after a 429 without `Retry-After`. */
const DEFAULT_PAUSE_MS = 30_000
/** ms of a pause at most, so that a garbled header does not silence a channel for good. */
const MAX_PAUSE_MS = 3_600_000

/**
 * The result that a status means. `code` is one of the vendor's known words, never free text.
 */
export function judgeStatus(reply: Reply, code?: string): SendResult {
  const { status } = reply
  if (status >= 200 && status < 300) return { ok: true }
  const reason = code === undefined ? `answered ${status}` : `answered ${status} (${code})`
  // Status 0 is an opaque redirect (Fetch standard, section 2.2.6).
  if (status === 0 || (status >= 300 && status < 400)) {
    return { ok: false, permanent: true, reason: `${reason}: redirects are not followed` }
  }
  if (status === 429) return rateLimited(reply, undefined, code)
  // RFC 9110 section 10.2.3 allows Retry-After on a 503 too.
  const pause = status === 503 ? retryAfterMs(reply.headers) : undefined
  if (pause !== undefined) return { ok: false, reason, retryAfterMs: pause }
  if (status === 503) return { ok: false, unreachable: true, reason }
  const permanent = status === 401 || status === 403 || status === 404 || status === 410
  return permanent ? { ok: false, permanent, reason } : { ok: false, reason }
}

/**
 * The failure of a 429. `seconds` is the vendor's own field; the longer of it and `Retry-After`
 * counts.
 */
export function rateLimited(reply: Reply, seconds?: unknown, code?: string): Failure {
  const given = typeof seconds === 'number' && seconds >= 0 ? bounded(seconds * 1_000) : undefined
  const header = retryAfterMs(reply.headers)
  const pause = given === undefined ? header : Math.max(given, header ?? 0)
  const reason = code === undefined ? 'rate limited' : `rate limited (${code})`
  return { ok: false, reason, retryAfterMs: pause ?? DEFAULT_PAUSE_MS }
}

/** `Retry-After` in ms: seconds or an HTTP date (RFC 9110 section 10.2.3). */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d{1,10}(\.\d{1,6})?$/.test(value)) return bounded(Number(value) * 1_000)
  // Date.parse accepts almost anything, even "-5". An HTTP date starts with a day's name.
  const date = /^[A-Z][a-z]{2,8}[, ]/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : bounded(date - now)
}

/**
 * The reply as an object; undefined when it is not JSON. Vendors may answer HTML when they fail.
 */
export function replyObject(reply: Reply): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(reply.text)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function bounded(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_PAUSE_MS)
}
