import type { KlaxonError } from '../../model/klaxon-error.ts'
import type { Alert } from '../../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../../model/channel.ts'
import { sendByBinding, type EmailBinding } from './_binding.ts'
import { emailContent } from './_message.ts'
import { MAX_TIMEOUT_MS, type ChannelOptions } from '../http/post.ts'
import { sendByResend } from './_resend.ts'
import { badOption, isBlank, missingChannel, requiredText } from '../http/url.ts'
import { alertId } from '../text/alert.ts'

export type { EmailBinding } from './_binding.ts'

interface EmailAddresses extends ChannelOptions {
  /**
   * The sender: `alerts@example.com` or `Alerts <alerts@example.com>`. The mail service must have
   * verified its domain.
   */
  from: string | undefined
  /** The recipients: one address or several, at most 50. */
  to: string | readonly string[] | undefined
}

/** Options of `email()`, with either Cloudflare's Email Service or Resend. */
export type EmailOptions = EmailAddresses &
  (
    | {
        /** A `send_email` binding of the Worker, `env.EMAIL`. */
        binding: EmailBinding
        resendApiKey?: never
      }
    | {
        /** An API key of resend.com. */
        resendApiKey: string | undefined
        binding?: never
      }
  )

/** Both services take no more: https://resend.com/docs/api-reference/emails/send-email */
const MAX_RECIPIENTS = 50
/** Excludes spaces, brackets and separators. The mail service decides on the rest. */
const EMAIL_ADDRESS = /^[^\s<>,;:"@]+@([^\s<>,;:"@]+\.[^\s<>,;:"@]+)$/

/**
 * Makes a channel that sends alerts by e-mail, with one thread for each issue.
 *
 * @throws KlaxonError when an address is malformed, or not exactly one of `binding` and
 *   `resendApiKey` is given
 * @example
 * notify: email({ from: 'alerts@example.com', to: 'team@example.com', binding: env.EMAIL })
 */
export function email(options: EmailOptions): Channel {
  const { name = 'email', binding, resendApiKey } = options
  if (isBlank(options.from)) return missingChannel(name, 'from')
  if (isBlank(options.to)) return missingChannel(name, 'to')
  if (binding === undefined && isBlank(resendApiKey)) return missingChannel(name, 'resendApiKey')
  const timeoutMs = Math.min(options.timeoutMs ?? MAX_TIMEOUT_MS, MAX_TIMEOUT_MS)
  const from = sender(options.from)
  const to = recipients(options.to)
  const address = to.toSorted().join(' ')
  if (binding !== undefined && resendApiKey !== undefined) {
    throw bad('pass either `binding` (a send_email binding) or `resendApiKey`')
  }
  if (binding !== undefined) {
    if (typeof binding?.send !== 'function')
      throw bad('option `binding` must have send(): pass env.EMAIL')
    return {
      name,
      address,
      send: (alert: Alert): Promise<SendResult> =>
        sendByBinding(binding, { from, to, content: emailContent(alert, from.domain) }, timeoutMs),
    }
  }
  const apiKey = requiredText('email', 'resendApiKey', resendApiKey, 'pass a key of resend.com')
  const resend = { apiKey, from: options.from!, to, timeoutMs }
  return {
    name,
    address,
    secrets: [apiKey],
    send: (alert: Alert, context: SendContext): Promise<SendResult> =>
      sendByResend(resend, emailContent(alert, from.domain), `${name}-${alertId(alert)}`, context),
  }
}

function sender(from: unknown): { email: string; name: string | null; domain: string } {
  const text = requiredText('email', 'from', from, 'pass the address that mails come from')
  const named = /^([^<>\r\n]*)<([^<>]+)>$/.exec(text)
  const address = (named?.[2] ?? text).trim()
  const domain = EMAIL_ADDRESS.exec(address)?.[1]
  if (domain === undefined) throw bad('option `from` must be an address such as name@example.com')
  return { email: address, name: named?.[1]?.trim() || null, domain }
}

function recipients(to: unknown): string[] {
  const list: unknown[] = Array.isArray(to) ? to : [to]
  if (list.length === 0 || list.length > MAX_RECIPIENTS) {
    throw bad(`option \`to\` must have 1 to ${MAX_RECIPIENTS} addresses; got ${list.length}`)
  }
  return list.map((address) => {
    if (typeof address !== 'string' || !EMAIL_ADDRESS.test(address)) {
      throw bad('option `to` must contain addresses such as name@example.com and nothing else')
    }
    return address
  })
}

function bad(problem: string): KlaxonError {
  return badOption(`email(): ${problem}`)
}
