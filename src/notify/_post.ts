import type { SendContext, SendResult } from '../core/types.ts'

/** What every channel over HTTP takes. */
export interface ChannelOptions {
  /**
   * Name of the channel in logs, and the key of its budget; set it when two channels are of one kind.
   * @default the kind, such as `slack`
   */
  name?: string
  /**
   * ms for one try, from the connection to the end of the reply; never more than 3,000.
   * @default 3000
   */
  timeoutMs?: number
}

export interface PostRequest {
  url: string
  method?: 'POST' | 'PUT' | 'PATCH' | 'GET'
  /** Sent as `application/json` unless `headers` says otherwise. */
  body: string
  headers?: Record<string, string>
  timeoutMs?: number | undefined
}

/** A reply, read to its end or to 16 KB. */
export interface Reply {
  status: number
  headers: Headers
  text: string
}

export type Failure = Extract<SendResult, { ok: false }>

/** A vendor's own reading of a reply; undefined leaves it to the status. */
export type Judge = (reply: Reply) => SendResult | undefined

const MAX_TIMEOUT_MS = 3_000
const MAX_REPLY_CHARS = 16_384
/** How long a channel rests that says 429 without saying how long. */
const DEFAULT_PAUSE_MS = 30_000
/** A longer rest is asked for again, lest a garbled header silences a channel for good. */
const MAX_PAUSE_MS = 3_600_000

/** One try, judged. Trying again later is the business of the store's leases. */
export async function post(
  request: PostRequest,
  context: SendContext,
  judge?: Judge,
): Promise<SendResult> {
  const reply = await exchange(request, context)
  return isReply(reply) ? (judge?.(reply) ?? judgeStatus(reply)) : reply
}

/** One request and its whole reply, or why there is none. Never throws, never longer than the timeout. */
export async function exchange(
  request: PostRequest,
  context: SendContext,
): Promise<Reply | Failure> {
  // Called without a receiver: workerd's fetch throws "Illegal invocation" as a method of another object.
  const { fetch } = context
  const timeoutMs = Math.min(request.timeoutMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS)
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  // Raced as well as aborted: an injected fetch may not heed the signal.
  const expiry = new Promise<Failure>((resolve) => {
    timer = setTimeout(() => {
      resolve({ ok: false, reason: `no answer within ${timeoutMs} ms` })
      abort.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([roundTrip(fetch, request, abort.signal), expiry])
  } catch (error) {
    return { ok: false, reason: networkReason(error) }
  } finally {
    clearTimeout(timer)
  }
}

export function isReply(outcome: Reply | Failure): outcome is Reply {
  return 'status' in outcome
}

/** What a status means where the vendor has no words of its own. `code` is a known word, never free text. */
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
  const permanent = status === 401 || status === 403 || status === 404 || status === 410
  return permanent ? { ok: false, permanent, reason } : { ok: false, reason }
}

/** A 429; `seconds` is the vendor's own field where there is one, and wins over a missing header. */
export function rateLimited(reply: Reply, seconds?: unknown, code?: string): Failure {
  const own = typeof seconds === 'number' && seconds >= 0 ? bounded(seconds * 1_000) : undefined
  const header = retryAfterMs(reply.headers)
  const pause = own === undefined ? header : Math.max(own, header ?? 0)
  const reason = code === undefined ? 'rate limited' : `rate limited (${code})`
  return { ok: false, reason, retryAfterMs: pause ?? DEFAULT_PAUSE_MS }
}

/** `Retry-After` in ms: seconds or an HTTP date (RFC 9110 section 10.2.3). */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  if (/^\d{1,10}(\.\d{1,6})?$/.test(value)) return bounded(Number(value) * 1_000)
  // Date.parse takes almost anything, "-5" too; an HTTP date begins with a day's name.
  const date = /^[A-Z][a-z]{2,8}[, ]/.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : bounded(date - now)
}

/** The reply as an object, or none: vendors answer HTML when their front door fails. */
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

async function roundTrip(
  fetch: SendContext['fetch'],
  request: PostRequest,
  signal: AbortSignal,
): Promise<Reply> {
  const method = request.method ?? 'POST'
  const response = await fetch(request.url, {
    method,
    // Some vendors' front doors refuse a request without a user agent, and workerd sends none.
    headers: { 'content-type': 'application/json', 'user-agent': 'klaxon', ...request.headers },
    ...(method === 'GET' ? {} : { body: request.body }),
    redirect: 'manual',
    signal,
  })
  return { status: response.status, headers: response.headers, text: await readText(response) }
}

/** Reads to the end or cancels: an unread body holds one of a Worker's six connections. */
async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  while (text.length < MAX_REPLY_CHARS) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

/** The error's own message is not used: Deno and Bun put the whole URL, token and all, into it. */
function networkReason(error: unknown): string {
  const code = error instanceof Error ? (codeOf(error) ?? codeOf(error.cause)) : undefined
  return code === undefined ? 'network error' : `network error (${code})`
}

function codeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined
  const { code } = value
  return typeof code === 'string' && /^[A-Z][A-Z_]{2,39}$/.test(code) ? code : undefined
}

function bounded(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_PAUSE_MS)
}
