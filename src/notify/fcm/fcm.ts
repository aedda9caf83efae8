import type { KlaxonError } from '../../model/klaxon-error.ts'
import type { Alert } from '../../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../../model/channel.ts'
import { fcmMessage, type FcmTarget } from './_message.ts'
import { googleTokens, type ServiceAccount } from './_google-token.ts'
import { budget, exchange, isReply, type ChannelOptions } from '../http/post.ts'
import { badOption, isBlank, missingChannel } from '../http/url.ts'
import { judgeStatus, rateLimited, replyObject, retryAfterMs, type Reply } from '../http/refusal.ts'

export type { ServiceAccount } from './_google-token.ts'

/**
 * Options of `fcm()`, with exactly one of a topic, a device's registration token and a condition on
 * topics.
 */
export type FcmOptions = ChannelOptions & {
  /** The JSON key file of a service account that may send messages, as text or parsed. */
  serviceAccount: ServiceAccount | string | undefined
} & (
    | { topic: string; token?: never; condition?: never }
    | { token: string; topic?: never; condition?: never }
    | { condition: string; topic?: never; token?: never }
  )

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
/**
 * ms of pause after a 429 without `Retry-After`:
 * https://firebase.google.com/docs/cloud-messaging/scale-fcm
 */
const QUOTA_PAUSE_MS = 60_000

/**
 * Makes a channel that sends alerts as push messages by Firebase Cloud Messaging, HTTP v1.
 *
 * @throws KlaxonError when the key is malformed, or not exactly one target is given
 * @example
 * notify: fcm({ serviceAccount: env.FCM_KEY, topic: 'errors' })
 */
export function fcm(options: FcmOptions): Channel {
  const { name = 'fcm', timeoutMs } = options
  if (isBlank(options.serviceAccount)) return missingChannel(name, 'serviceAccount')
  const account = parseAccount(options.serviceAccount)
  const target = parseTarget(options)
  const tokens = googleTokens(account, SCOPE)
  const url = `https://fcm.googleapis.com/v1/projects/${encodeURIComponent(account.project_id)}/messages:send`

  const attempt = async (body: string, context: SendContext, left: () => number) => {
    const granted = await tokens.get(context, left())
    if ('ok' in granted) return granted
    const headers = { authorization: `Bearer ${granted.token}` }
    return exchange({ url, body, headers, timeoutMs: left() }, context)
  }

  return {
    name,
    address: `${account.project_id} ${JSON.stringify(target)}`,
    secrets: [account.private_key, ...('token' in target ? [target.token] : [])],
    async send(alert: Alert, context: SendContext): Promise<SendResult> {
      const body = JSON.stringify({ message: fcmMessage(alert, target) })
      const left = budget(timeoutMs)
      let reply = await attempt(body, context, left)
      if (isReply(reply) && reply.status === 401) {
        // The token was revoked, or this clock is late. Try once more with a new token.
        tokens.forget()
        reply = await attempt(body, context, left)
      }
      return isReply(reply) ? judge(reply) : reply
    },
  }
}

/**
 * Error codes that a reason may show:
 * https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
const FCM_ERROR_CODES = new Set([
  'INVALID_ARGUMENT',
  'QUOTA_EXCEEDED',
  'UNAVAILABLE',
  'INTERNAL',
  'UNREGISTERED',
  'SENDER_ID_MISMATCH',
  'THIRD_PARTY_AUTH_ERROR',
])

function judge(reply: Reply): SendResult {
  const code = errorCode(reply)
  if (reply.status === 429) {
    const seconds = retryAfterMs(reply.headers) === undefined ? QUOTA_PAUSE_MS / 1_000 : undefined
    return rateLimited(reply, seconds, code)
  }
  return judgeStatus(reply, code)
}

/** A known `error.details[].errorCode` of the reply. */
function errorCode(reply: Reply): string | undefined {
  const error = replyObject(reply)?.['error'] as { details?: unknown } | null | undefined
  const details = Array.isArray(error?.details) ? (error.details as unknown[]) : []
  for (const detail of details) {
    const code = (detail as { errorCode?: unknown } | null)?.errorCode
    if (typeof code === 'string' && FCM_ERROR_CODES.has(code)) return code
  }
  return undefined
}

function parseAccount(value: unknown): ServiceAccount {
  const account = (typeof value === 'string' ? parseJson(value) : value) as
    | Partial<Record<string, unknown>>
    | null
    | undefined
  const text = (key: string) => {
    const found = account?.[key]
    if (typeof found === 'string' && found !== '') return found
    throw bad(`option \`serviceAccount\` must be the whole JSON key file; it has no ${key}`)
  }
  return {
    project_id: text('project_id'),
    client_email: text('client_email'),
    private_key: text('private_key'),
  }
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    throw bad('option `serviceAccount` must be JSON: pass the whole key file')
  }
}

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#Message */
function parseTarget({ topic, token, condition }: FcmOptions): FcmTarget {
  if ([topic, token, condition].filter((value) => value !== undefined).length !== 1) {
    throw bad('pass exactly one of `topic`, `token` and `condition`')
  }
  if (topic !== undefined) {
    if (/^[a-zA-Z0-9-_.~%]+$/.test(topic)) return { topic }
    throw bad(
      'option `topic` must have the characters [a-zA-Z0-9-_.~%] alone: leave out "/topics/"',
    )
  }
  return token !== undefined ? { token } : { condition: condition ?? '' }
}

function bad(problem: string): KlaxonError {
  return badOption(`fcm(): ${problem}`)
}
