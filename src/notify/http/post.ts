import type { SendContext, SendResult } from '../../model/channel.ts'
import { readBody } from './body.ts'
import { judgeStatus, type Failure, type Reply } from './refusal.ts'

/** Options of every channel over HTTP. */
export interface ChannelOptions {
  /**
   * Name of the channel in logs, and part of its key. Two channels of one kind need different
   * names.
   * @default the kind, such as `slack`
   */
  name?: string
  /**
   * ms for one alert, from the first connection to the end of the last reply. At most 3,000.
   * @default 3000
   */
  timeoutMs?: number
}

/** A request to a vendor. */
export interface PostRequest {
  url: string
  /** @default 'POST' */
  method?: string
  /** Sent as `application/json`, unless `headers` has another type. */
  body: string | undefined
  headers?: Record<string, string>
  timeoutMs?: number | undefined
}

/** Reads a vendor's reply. undefined lets the status decide. */
export type Judge = (reply: Reply) => SendResult | undefined

/** ms of one alert at most. */
export const MAX_TIMEOUT_MS = 3_000
const MAX_READ_BYTES = 16_384

/** Sends a request once, and reads the reply. klaxon tries again later. */
export async function post(
  request: PostRequest,
  context: SendContext,
  judge?: Judge,
): Promise<SendResult> {
  const reply = await exchange(request, context)
  return isReply(reply) ? (judge?.(reply) ?? judgeStatus(reply)) : reply
}

/**
 * Sends the rich payload. When the vendor calls it invalid or too large, sends the plain one, which
 * is better than nothing.
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
 * Returns a function that tells the remaining ms of an alert, 1 at least. The sender waits no
 * longer, and sends a message again that arrives later.
 */
export function budget(timeoutMs = MAX_TIMEOUT_MS): () => number {
  const end = Date.now() + Math.min(timeoutMs, MAX_TIMEOUT_MS)
  return () => Math.max(end - Date.now(), 1)
}

/**
 * Sends a request and reads its whole reply. @returns the reply, or the failure to get one. Never
 * throws, and ends within the timeout
 */
export async function exchange(
  request: PostRequest,
  context: SendContext,
): Promise<Reply | Failure> {
  // Called as a function: workerd's fetch throws "Illegal invocation" as a method of another
  // object.
  const { fetch } = context
  const timeoutMs = Math.min(request.timeoutMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS)
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  // A race besides the signal, because an injected fetch may ignore the signal.
  const expiry = new Promise<Failure>((resolve) => {
    timer = setTimeout(() => {
      resolve({ ok: false, unanswered: true, reason: `no answer within ${timeoutMs} ms` })
      abort.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([roundTrip(fetch, request, abort.signal), expiry])
  } catch (error) {
    return { ok: false, ...outcomeOf(error), reason: networkReason(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Whether a reply came. */
export function isReply(outcome: Reply | Failure): outcome is Reply {
  return 'status' in outcome
}

async function roundTrip(
  fetch: SendContext['fetch'],
  request: PostRequest,
  signal: AbortSignal,
): Promise<Reply> {
  const response = await fetch(request.url, {
    method: request.method ?? 'POST',
    // Some vendors refuse a request without a user agent, and workerd sends none.
    headers: { 'content-type': 'application/json', 'user-agent': 'klaxon', ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    redirect: 'manual',
    signal,
  })
  const text = new TextDecoder().decode(await readBody(response.body, MAX_READ_BYTES))
  return { status: response.status, headers: response.headers, text }
}

/**
 * Without a connection nothing was sent. A broken connection may have sent the message.
 */
function outcomeOf(error: unknown): Pick<Failure, 'unreachable' | 'unanswered'> {
  const code = error instanceof Error ? (codeOf(error) ?? codeOf(error.cause)) : undefined
  return code !== undefined && BROKEN_CODES.has(code) ? { unanswered: true } : { unreachable: true }
}

/** Codes of Node and undici for a connection that broke. */
const BROKEN_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
])

/**
 * The reason for the log. The error's message is not used, because Deno and Bun put the whole URL
 * into it, token included.
 */
function networkReason(error: unknown): string {
  const code = error instanceof Error ? (codeOf(error) ?? codeOf(error.cause)) : undefined
  return code === undefined ? 'network error' : `network error (${code})`
}

function codeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined
  const { code } = value
  return typeof code === 'string' && /^[A-Z][A-Z_]{2,39}$/.test(code) ? code : undefined
}
