import { KlaxonError } from '../core/errors.ts'
import { fromBase64, hmacSign, hmacVerify, toBase64, utf8 } from './_hmac.ts'

// Headers, signed content and the `v1,` form are those of Standard Webhooks, so that its libraries verify them too:
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md

/** How far sender's and receiver's clocks may be apart, in seconds: what the libraries of Standard Webhooks allow. */
const TOLERANCE = 300
/** A sender that changes its secret signs with both; nobody needs more than a few. */
const MAX_SIGNATURES = 8
const MIN_SECRET = 16

/** The three headers of a delivery; `now` is in Unix ms. */
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

/** Whether headers and body were made by the holder of the secret, not long ago. */
export async function isSigned(
  headers: Headers,
  body: Uint8Array,
  secret: Uint8Array<ArrayBuffer>,
  now: number,
): Promise<boolean> {
  const id = headers.get('webhook-id') ?? ''
  const timestamp = headers.get('webhook-timestamp') ?? ''
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now / 1_000 - Number(timestamp)) > TOLERANCE) return false
  const offered = (headers.get('webhook-signature') ?? '').split(' ').slice(0, MAX_SIGNATURES)
  for (const entry of offered) {
    const signature = entry.startsWith('v1,') ? fromBase64(entry.slice(3)) : undefined
    if (signature && (await hmacVerify(secret, signature, `${id}.${timestamp}.`, body))) return true
  }
  return false
}

/**
 * The key in a secret: base64 after `whsec_`, else the text's own bytes.
 *
 * @throws KlaxonError when it is too short to be one
 */
export function secretBytes(where: string, secret: unknown): Uint8Array<ArrayBuffer> {
  if (typeof secret !== 'string' || secret.length < MIN_SECRET) {
    throw new KlaxonError(
      `${where}: option "secret" is missing or short: use ${MIN_SECRET} random characters or more`,
      { code: 'BAD_OPTION' },
    )
  }
  if (!secret.startsWith('whsec_')) return utf8(secret)
  const bytes = fromBase64(secret.slice('whsec_'.length))
  if (bytes) return bytes
  throw new KlaxonError(`${where}: option "secret" is not base64 after "whsec_": copy it again`, {
    code: 'BAD_OPTION',
  })
}
