import { KlaxonError } from '../../model/klaxon-error.ts'
import type { Alert } from '../../model/alert.ts'
import type { Channel, SendContext, SendResult } from '../../model/channel.ts'
import { readBody } from '../http/body.ts'
import { post, type ChannelOptions } from '../http/post.ts'
import { channelUrl, isBlank, missingChannel, urlSecrets } from '../http/url.ts'
import { webhookBody, type WebhookPayload } from './_payload.ts'
import { isSigned, secretBytes, signWebhook } from './_signature.ts'

export type { WebhookPayload } from './_payload.ts'

/** Options of `webhook()`. */
export interface WebhookOptions extends ChannelOptions {
  /** The https address that gets the alerts. */
  url: string | undefined
  /**
   * Signs each delivery: 16 characters or more, or `whsec_` and base64. The receiver needs the same
   * secret.
   */
  secret: string | undefined
  /**
   * More headers, for a receiver that requires a key.
   * @default {}
   */
  headers?: Record<string, string>
}

/** Options of `verifyWebhook()`. */
export interface VerifyOptions {
  /** The sender's `secret`. */
  secret: string
  /**
   * Unix ms, for tests.
   * @default Date.now()
   */
  now?: number
}

/** Bytes of a delivery at most. klaxon sends up to 192,000, and a cut body matches no signature. */
const MAX_RECEIVED_BYTES = 262_144

/**
 * Makes a channel that sends alerts as signed JSON to any address, by Standard Webhooks
 * (https://www.standardwebhooks.com).
 *
 * @throws KlaxonError when `url` is not an https URL, or `secret` is too short
 * @example
 * notify: webhook({ url: 'https://example.com/alerts', secret: env.WEBHOOK_SECRET })
 */
export function webhook(options: WebhookOptions): Channel {
  const { name = 'webhook', headers = {}, timeoutMs } = options
  if (isBlank(options.url)) return missingChannel(name, 'url')
  if (isBlank(options.secret)) return missingChannel(name, 'secret')
  const url = channelUrl('webhook', 'url', options.url)
  const secret = secretBytes('webhook', options.secret)

  return {
    name,
    address: url,
    secrets: [...urlSecrets(url), options.secret!, ...secretHeaders(headers)],
    async send(alert: Alert, context: SendContext): Promise<SendResult> {
      const body = webhookBody(alert)
      const { id } = JSON.parse(body) as WebhookPayload
      const signed = await signWebhook(id, body, secret, Date.now())
      return post({ url, body, headers: { ...headers, ...signed }, timeoutMs }, context)
    },
  }
}

/**
 * Values of headers whose name says a credential. Redaction replaces secrets everywhere, so
 * ordinary values must not be among them.
 */
function secretHeaders(headers: Record<string, string>): string[] {
  const names = Object.keys(headers).filter((name) =>
    /auth|key|token|secret|cookie|signature|password|credential/i.test(name),
  )
  return names.map((name) => headers[name]!)
}

/**
 * For the receiver: reads the alert of a request that was signed within the last 300 s. The same
 * alert may come twice, with the same `id`.
 *
 * @throws KlaxonError with the code `BAD_SIGNATURE` for any other request: answer 401
 * @example
 * const alert = await verifyWebhook(request, { secret: env.WEBHOOK_SECRET })
 */
export async function verifyWebhook(
  request: Request,
  options: VerifyOptions,
): Promise<WebhookPayload> {
  const secret = secretBytes('verifyWebhook', options.secret)
  const bytes = await readBody(request.body, MAX_RECEIVED_BYTES)
  if (!(await isSigned(request.headers, bytes, secret, options.now ?? Date.now()))) {
    throw new KlaxonError('verifyWebhook: not signed with this secret within the last 300 s', {
      code: 'BAD_SIGNATURE',
    })
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as WebhookPayload
  } catch {
    throw new KlaxonError('verifyWebhook: the signed body is not JSON', { code: 'BAD_SIGNATURE' })
  }
}
