import type { SendContext, SendResult } from '../../model/channel.ts'
import type { EmailContent } from './_message.ts'
import { post } from '../http/post.ts'
import { judgeStatus, rateLimited, replyObject, type Reply } from '../http/refusal.ts'

const RESEND_URL = 'https://api.resend.com/emails'

export interface Resend {
  apiKey: string
  from: string
  to: readonly string[]
  timeoutMs: number | undefined
}

/**
 * Sends one mail by https://resend.com/docs/api-reference/emails/send-email. `id` makes a second
 * try harmless for 24 h.
 */
export function sendByResend(
  { apiKey, from, to, timeoutMs }: Resend,
  content: EmailContent,
  id: string,
  context: SendContext,
): Promise<SendResult> {
  const body = JSON.stringify({ from, to, ...content })
  const headers = { authorization: `Bearer ${apiKey}`, 'idempotency-key': id.slice(0, 256) }
  return post({ url: RESEND_URL, body, headers, timeoutMs }, context, judge)
}

/**
 * Names of https://resend.com/docs/api-reference/errors, and whether the refusal is permanent.
 */
const IS_PERMANENT_BY_NAME: Record<string, boolean> = {
  validation_error: false,
  invalid_idempotency_key: false,
  concurrent_idempotent_requests: false,
  missing_required_field: true,
  missing_api_key: true,
  restricted_api_key: true,
  invalid_api_key: true,
  invalid_from_address: true,
  invalid_access: true,
  invalid_region: true,
  security_error: true,
  daily_quota_exceeded: true,
  monthly_quota_exceeded: true,
  rate_limit_exceeded: false,
  application_error: false,
  internal_server_error: false,
}

function judge(reply: Reply): SendResult {
  const name = replyObject(reply)?.['name']
  // The same id with another text: an earlier try sent this alert, and its reply was lost.
  if (reply.status === 409 && name === 'invalid_idempotent_request') return { ok: true }
  const known =
    typeof name === 'string' && Object.hasOwn(IS_PERMANENT_BY_NAME, name) ? name : undefined
  if (known !== undefined && IS_PERMANENT_BY_NAME[known] === true) {
    return { ok: false, permanent: true, reason: `answered ${reply.status} (${known})` }
  }
  return reply.status === 429 ? rateLimited(reply, undefined, known) : judgeStatus(reply, known)
}
