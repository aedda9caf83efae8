import { KlaxonError } from '../core/errors.ts'
import type { Alert, Notifier, SendContext, SendResult } from '../core/types.ts'
import { readBody } from './_body.ts'
import { post, type ChannelOptions } from './_post.ts'
import { channelUrl, urlSecrets } from './_url.ts'
import { webhookBody, type WebhookPayload } from './_webhook-payload.ts'
import { isSigned, secretBytes, signWebhook } from './_webhook-signature.ts'

export type { WebhookPayload } from './_webhook-payload.ts'

export interface WebhookOptions extends ChannelOptions {
  /** Where alerts are posted, https. */
  url: string
  /** Signs each delivery; 16 characters or more, or `whsec_` and base64. The receiver needs the same one. */
  secret: string
  /**
   * Sent along, for a receiver that wants a key of its own.
   * @default {}
   */
  headers?: Record<string, string>
}

export interface VerifyOptions {
  /** The sender's `secret`. */
  secret: string
  /**
   * Unix ms; for tests.
   * @default Date.now()
   */
  now?: number
}

/** Bytes; a delivery has 192,000 at most, and what is cut here matches no signature. */
const MAX_RECEIVED = 262_144

/**
 * Alerts as signed JSON to any address, in the form of Standard Webhooks (https://www.standardwebhooks.com).
 *
 * @throws KlaxonError when `url` is no https URL or `secret` is too short
 */
export function webhook(options: WebhookOptions): Notifier {
  const { name = 'webhook', headers = {}, timeoutMs } = options
  const url = channelUrl('webhook', 'url', options.url)
  const secret = secretBytes('webhook', options.secret)

  return {
    name,
    secrets: [...urlSecrets(url), options.secret, ...secretHeaders(headers)],
    async send(alert: Alert, context: SendContext): Promise<SendResult> {
      const body = webhookBody(alert)
      const { id } = JSON.parse(body) as WebhookPayload
      const signed = await signWebhook(id, body, secret, Date.now())
      return post({ url, body, headers: { ...headers, ...signed }, timeoutMs }, context)
    },
  }
}

/** Values of headers that carry credentials by their name; an ordinary value must not vanish from every record. */
function secretHeaders(headers: Record<string, string>): string[] {
  const names = Object.keys(headers).filter((name) =>
    /auth|key|token|secret|cookie|signature|password|credential/i.test(name),
  )
  return names.map((name) => headers[name]!)
}

/**
 * For the receiver: the alert in a request, if it was signed with the secret within the last 300 s.
 * The same alert may come twice; its `id` tells.
 *
 * @throws KlaxonError `BAD_SIGNATURE` for anything else: answer 401
 */
export async function verifyWebhook(
  request: Request,
  options: VerifyOptions,
): Promise<WebhookPayload> {
  const secret = secretBytes('verifyWebhook', options.secret)
  const bytes = await readBody(request.body, MAX_RECEIVED)
  if (!(await isSigned(request.headers, bytes, secret, options.now ?? Date.now()))) {
    throw new KlaxonError('verifyWebhook: not signed with this secret within the last 300 s', {
      code: 'BAD_SIGNATURE',
    })
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as WebhookPayload
}
