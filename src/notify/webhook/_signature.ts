import { badOption } from '../http/url.ts'
import { fromBase64, hmacSign, hmacVerify, toBase64, utf8 } from './_hmac.ts'

// Headers, signed content and the `v1,` form follow Standard Webhooks, so that its libraries verify
// them:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

/**
 * Seconds by which the clocks of sender and receiver may differ, as in the libraries of Standard
 * Webhooks.
 */
const TOLERANCE_SECONDS = 300
/** Signatures that are verified. A sender that changes its secret signs with both. */
const MAX_SIGNATURES = 8
const MIN_SIGNING_SECRET_LENGTH = 16

/** The three headers of a delivery. `now` is in Unix ms. */
export async function signWebhook(
  id: string,
  body: string,
  secret: Uint8Array<ArrayBuffer>,
  now: number,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000))
  const signature = await hmacSign(secret, `${id}.${timestamp}.${body}`)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${toBase64(signature)}`,
  }
}

/** Whether the holder of the secret has signed headers and body within the last 300 s. */
export async function isSigned(
  headers: Headers,
  body: Uint8Array,
  secret: Uint8Array<ArrayBuffer>,
  now: number,
): Promise<boolean> {
  const id = headers.get('webhook-id') ?? ''
  const timestamp = headers.get('webhook-timestamp') ?? ''
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return false
  const offered = (headers.get('webhook-signature') ?? '').split(' ').slice(0, MAX_SIGNATURES)
  for (const text of offered) {
    const signature = text.startsWith('v1,') ? fromBase64(text.slice(3)) : undefined
    if (signature && (await hmacVerify(secret, signature, `${id}.${timestamp}.`, body))) return true
  }
  return false
}

/**
 * The key in a secret: base64 after `whsec_`, else the text's own bytes.
 *
 * @throws KlaxonError when it is too short
 */
export function secretBytes(where: string, secret: unknown): Uint8Array<ArrayBuffer> {
  if (typeof secret !== 'string' || secret.length < MIN_SIGNING_SECRET_LENGTH) {
    throw badOption(
      `${where}(): option \`secret\` must have ${MIN_SIGNING_SECRET_LENGTH} random characters or more`,
    )
  }
  if (!secret.startsWith('whsec_')) return utf8(secret)
  const bytes = fromBase64(secret.slice('whsec_'.length))
  if (bytes) return bytes
  throw badOption(`${where}(): option \`secret\` must be base64 after "whsec_": copy it again`)
}
