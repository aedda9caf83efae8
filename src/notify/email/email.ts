import { KlaxonError } from '../core/errors.ts'
import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { sendByBinding, type EmailBinding } from './_email-binding.ts'
import { emailContent } from './_email-message.ts'
import { MAX_TIMEOUT_MS, type ChannelOptions } from './_post.ts'
import { sendByResend } from './_resend.ts'
import { alertId } from './_text.ts'
import { requiredText } from './_url.ts'

export type { EmailBinding } from './_email-binding.ts'

interface EmailAddresses extends ChannelOptions {
  /** `alerts@example.com` or `Alerts <alerts@example.com>`; the domain is one that the service has verified. */
  from: string
  /** One address or several, at most 50. */
  to: string | readonly string[]
}

/** By exactly one of Cloudflare's Email Service and Resend. */
export type EmailOptions = EmailAddresses &
  (
    | {
        /** A `send_email` binding of the Worker, `env.EMAIL`. */
        binding: EmailBinding
        resendApiKey?: never
      }
    | {
        /** An API key of resend.com. */
        resendApiKey: string
        binding?: never
      }
  )

/** Both services take no more: https://resend.com/docs/api-reference/emails/send-email */
const MAX_RECIPIENTS = 50
/** No spaces, brackets or separators; what else an address may hold is for the service to say. */
const ADDRESS = /^[^\s<>,;:"@]+@([^\s<>,;:"@]+\.[^\s<>,;:"@]+)$/

/**
 * Alerts by e-mail, all about one issue in one thread.
 *
 * @throws KlaxonError when an address is malformed, or not exactly one of `binding` and `resendApiKey` is there
 */
export function email(options: EmailOptions): Notifier {
  const { name = 'email', binding, resendApiKey } = options
  const timeoutMs = Math.min(options.timeoutMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS)
  const from = sender(options.from)
  const to = recipients(options.to)
  if ((binding === undefined) === (resendApiKey === undefined)) {
    throw bad('pass either "binding" (a send_email binding) or "resendApiKey"')
  }
  if (binding !== undefined) {
    if (typeof binding?.send !== 'function')
      throw bad('option "binding" has no send(): pass env.EMAIL')
    return {
      name,
      send: (alert: Alert): Promise<SendResult> =>
        sendByBinding(binding, from, to, emailContent(alert, from.domain), timeoutMs),
    }
  }
  const apiKey = requiredText('email', 'resendApiKey', resendApiKey, 'pass a key of resend.com')
  const resend = { apiKey, from: options.from, to, timeoutMs }
  return {
    name,
    secrets: [apiKey],
    send: (alert: Alert, context: SendContext): Promise<SendResult> =>
      sendByResend(resend, emailContent(alert, from.domain), `${name}-${alertId(alert)}`, context),
  }
}

function sender(from: unknown): { email: string; name: string | null; domain: string } {
  const text = requiredText('email', 'from', from, 'pass the address that mails come from')
  const named = /^([^<>\r\n]*)<([^<>]+)>$/.exec(text)
  const address = (named?.[2] ?? text).trim()
  const domain = ADDRESS.exec(address)?.[1]
  if (domain === undefined) throw bad('option "from" is no address: use name@example.com')
  return { email: address, name: named?.[1]?.trim() || null, domain }
}

function recipients(to: unknown): string[] {
  const list: unknown[] = Array.isArray(to) ? to : [to]
  if (list.length === 0 || list.length > MAX_RECIPIENTS) {
    throw bad(`option "to" has ${list.length} addresses: use 1 to ${MAX_RECIPIENTS}`)
  }
  return list.map((address) => {
    if (typeof address !== 'string' || !ADDRESS.test(address)) {
      throw bad('option "to" holds something that is no address: use name@example.com')
    }
    return address
  })
}

function bad(problem: string): KlaxonError {
  return new KlaxonError(`email: ${problem}`, { code: 'BAD_OPTION' })
}
