import type { SendContext, SendResult } from '../core/types.ts'
import { readBody } from './_body.ts'
import { judgeStatus, type Failure, type Reply } from './_verdict.ts'

/** What every channel over HTTP takes. */
export interface ChannelOptions {
  /**
   * Name of the channel in logs, and the key of its budget; set it when two channels are of one kind.
   * @default the kind, such as `slack`
   */
  name?: string
  /**
   * ms for one alert, from the first connection to the end of the last reply; never more than 3,000.
   * @default 3000
   */
  timeoutMs?: number
}

export interface PostRequest {
  url: string
  /** Sent as `application/json` unless `headers` says otherwise. */
  body: string
  headers?: Record<string, string>
  timeoutMs?: number | undefined
}

/** A vendor's own reading of a reply; undefined leaves it to the status. */
export type Judge = (reply: Reply) => SendResult | undefined

/** ms */
export const MAX_TIMEOUT_MS = 3_000
const MAX_REPLY_BYTES = 16_384

/** One try, judged. Trying again later is the business of the store's leases. */
export async function post(
  request: PostRequest,
  context: SendContext,
  judge?: Judge,
): Promise<SendResult> {
  const reply = await exchange(request, context)
  return isReply(reply) ? (judge?.(reply) ?? judgeStatus(reply)) : reply
}

/**
 * One try with the rich payload; where the vendor calls it invalid or too large, one more with the plain one:
 * something short is better than silence.
 */
export async function postOrPlain(
  request: PostRequest,
  plain: () => string,
  context: SendContext,
  judge?: Judge,
): Promise<SendResult> {
  const left = budget(request.timeoutMs)
  let invalid = false
  const result = await post(request, context, (reply) => {
    invalid = reply.status === 400 || reply.status === 413 || reply.status === 422
    return judge?.(reply)
  })
  if (result.ok || result.permanent || !invalid) return result
  return post({ ...request, body: plain(), timeoutMs: left() }, context, judge)
}

/**
 * The ms that are left of one alert's time, 1 at least. Its sender waits no longer than that: a message that arrives
 * later would be sent again.
 */
export function budget(timeoutMs = MAX_TIMEOUT_MS): () => number {
  const end = Date.now() + Math.min(timeoutMs, MAX_TIMEOUT_MS)
  return () => Math.max(end - Date.now(), 1)
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

async function roundTrip(
  fetch: SendContext['fetch'],
  request: PostRequest,
  signal: AbortSignal,
): Promise<Reply> {
  const response = await fetch(request.url, {
    method: 'POST',
    // Some vendors' front doors refuse a request without a user agent, and workerd sends none.
    headers: { 'content-type': 'application/json', 'user-agent': 'klaxon', ...request.headers },
    body: request.body,
    redirect: 'manual',
    signal,
  })
  const text = new TextDecoder().decode(await readBody(response.body, MAX_REPLY_BYTES))
  return { status: response.status, headers: response.headers, text }
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
