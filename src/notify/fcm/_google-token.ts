import { KlaxonError } from '../core/errors.ts'
import type { SendContext } from '../core/types.ts'
import { fromBase64, toBase64, utf8 } from './_hmac.ts'
import { exchange, isReply } from './_post.ts'
import { judgeStatus, replyObject, type Failure, type Reply } from './_verdict.ts'

/** The three members of a service account's JSON key that are used. */
export interface ServiceAccount {
  project_id: string
  client_email: string
  private_key: string
}

export interface GoogleTokens {
  /** A token that is good for some minutes more, or why there is none. */
  get(context: SendContext, timeoutMs: number): Promise<{ token: string } | Failure>
  /** Google did not take the last one. */
  forget(): void
}

// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
const TOKEN_URL = 'https://oauth2.googleapis.com/token'
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** Seconds; the most that Google allows. */
const LIFETIME = 3_600
/** ms before its end at which a token is no longer used: of an hour, 55 minutes. */
const MARGIN_MS = 300_000

/**
 * Access tokens for a service account. The token is kept as plain data, never as a promise: in workerd a request that
 * waits for another one's promise hangs. Requests that find none fetch one each.
 */
export function googleTokens(account: ServiceAccount, scope: string): GoogleTokens {
  const key = pemBytes(account.private_key)
  let kept: { token: string; until: number } | undefined

  return {
    async get(context, timeoutMs) {
      if (kept && Date.now() < kept.until) return { token: kept.token }
      const assertion = await signJwt(key, {
        iss: account.client_email,
        scope,
        aud: TOKEN_URL,
        iat: Math.floor(Date.now() / 1_000),
        exp: Math.floor(Date.now() / 1_000) + LIFETIME,
      })
      const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const reply = await exchange({ url: TOKEN_URL, body, headers, timeoutMs }, context)
      if (!isReply(reply)) return reply
      const granted = grant(reply)
      if ('ok' in granted) return granted
      kept = { token: granted.token, until: Date.now() + granted.seconds * 1_000 - MARGIN_MS }
      return { token: granted.token }
    },
    forget() {
      kept = undefined
    },
  }
}

function grant(reply: Reply): { token: string; seconds: number } | Failure {
  const body = replyObject(reply)
  // RFC 6749 section 5.2: the key was deleted, the account disabled, or this machine's clock is wrong.
  if (body?.['error'] === 'invalid_grant' || body?.['error'] === 'invalid_client') {
    return { ok: false, permanent: true, reason: `no access token (${body['error']})` }
  }
  const result = judgeStatus(reply)
  if (!result.ok) return { ...result, reason: `no access token: ${result.reason}` }
  const token = body?.['access_token']
  const seconds = body?.['expires_in']
  if (typeof token !== 'string' || token === '') {
    return { ok: false, reason: 'no access token in the answer' }
  }
  return { token, seconds: typeof seconds === 'number' ? seconds : LIFETIME }
}

/** RFC 7515 and RFC 7518 section 3.3: RS256, one key, one direction, so WebCrypto is enough and no JOSE library comes along. */
async function signJwt(
  der: Uint8Array<ArrayBuffer>,
  claims: Record<string, unknown>,
): Promise<string> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  const part = (value: unknown) => base64url(utf8(JSON.stringify(value)))
  const content = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  const signature = await crypto.subtle.sign(algorithm.name, key, utf8(content))
  return `${content}.${base64url(new Uint8Array(signature))}`
}

function base64url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** RFC 7468 section 10. Line ends are often two characters, `\n`, after a way through environment variables. */
function pemBytes(pem: string): Uint8Array<ArrayBuffer> {
  const inner = /-----BEGIN PRIVATE KEY-----([\s\S]+?)-----END PRIVATE KEY-----/.exec(
    pem.replaceAll('\\n', '\n'),
  )?.[1]
  const bytes = inner === undefined ? undefined : fromBase64(inner.replace(/\s+/g, ''))
  if (bytes) return bytes
  throw new KlaxonError(
    'fcm: option "serviceAccount" has no private_key in PEM form: pass the whole JSON key file',
    { code: 'BAD_OPTION' },
  )
}
