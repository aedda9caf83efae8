import type { SendResult } from '../../model/channel.ts'
import type { EmailContent } from './_message.ts'

/** The one method of Cloudflare's `send_email` binding that klaxon calls. */
export interface EmailBinding {
  send(message: {
    from: string | { email: string; name: string }
    to: string[]
    subject: string
    text: string
    html: string
    headers: Record<string, string>
  }): Promise<unknown>
}

/**
 * Codes of
 * https://developers.cloudflare.com/email-service/api/send-emails/workers-api/#error-codes, and
 * whether the refusal is permanent.
 */
const IS_PERMANENT_BY_CODE: Record<string, boolean> = {
  E_VALIDATION_ERROR: false,
  E_CONTENT_TOO_LARGE: false,
  E_DELIVERY_FAILED: false,
  E_INTERNAL_SERVER_ERROR: false,
  E_HEADER_NOT_ALLOWED: false,
  E_HEADER_VALUE_INVALID: false,
  E_RATE_LIMIT_EXCEEDED: false,
  E_DAILY_LIMIT_EXCEEDED: true,
  E_FIELD_MISSING: true,
  E_TOO_MANY_RECIPIENTS: true,
  E_SENDER_NOT_VERIFIED: true,
  E_SENDER_DOMAIN_NOT_AVAILABLE: true,
  E_RECIPIENT_NOT_ALLOWED: true,
  E_RECIPIENT_SUPPRESSED: true,
}

interface Mail {
  from: { email: string; name: string | null }
  to: readonly string[]
  content: EmailContent
}

/** ms of pause after a rate limit, which names none. */
const RATE_PAUSE_MS = 30_000

/**
 * Sends one mail by the binding. It takes no abort signal, so after the timeout the call is not
 * awaited any more.
 */
export async function sendByBinding(
  binding: EmailBinding,
  { from, to, content }: Mail,
  timeoutMs: number,
): Promise<SendResult> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expiry = new Promise<SendResult>((resolve) => {
    const late = {
      ok: false,
      reason: `no answer within ${timeoutMs} ms`,
      unanswered: true,
    } as const
    timer = setTimeout(() => resolve(late), timeoutMs)
  })
  try {
    const { email, name } = from
    const sender = name === null ? email : { email, name }
    const sending = binding.send({ from: sender, to: [...to], ...content })
    return await Promise.race([sending.then((): SendResult => ({ ok: true })), expiry])
  } catch (error) {
    return judge(error)
  } finally {
    clearTimeout(timer)
  }
}

/** Reads a refusal by its code alone, because the message contains addresses. */
function judge(error: unknown): SendResult {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || !Object.hasOwn(IS_PERMANENT_BY_CODE, code)) {
    return { ok: false, reason: 'the email binding refused' }
  }
  const reason = `the email binding refused (${code})`
  if (code === 'E_RATE_LIMIT_EXCEEDED') return { ok: false, reason, retryAfterMs: RATE_PAUSE_MS }
  return IS_PERMANENT_BY_CODE[code] === true
    ? { ok: false, permanent: true, reason }
    : { ok: false, reason }
}
