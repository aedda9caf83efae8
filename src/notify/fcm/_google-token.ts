import { KlaxonError } from '../../model/klaxon-error.ts'
import type { SendContext } from '../../model/channel.ts'
import { rsaKeyOf, signJwt, TOKEN_MARGIN_MS } from '../http/jwt.ts'
import { exchange, isReply } from '../http/post.ts'
import { judgeStatus, replyObject, type Failure, type Reply } from '../http/refusal.ts'

/** The members of a service account's JSON key that klaxon uses. */
export interface ServiceAccount {
  project_id: string
  client_email: string
  private_key: string
}

export interface GoogleTokens {
  /** Returns a token that stays valid for some minutes, or the failure to get one. */
  get(context: SendContext, timeoutMs: number): Promise<{ token: string } | Failure>
  /** Drops the token, because Google refused it. */
  forget(): void
}

// https://developers.google.com/identity/protocols/oauth2/service-account#httprest
const TOKEN_URL = 'https://oauth2.googleapis.com/token'
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** Seconds that a token is valid. Google allows no more. */
const TOKEN_SECONDS = 3_600

/**
 * Gets access tokens for a service account. It keeps the token and not a promise of it, because in
 * workerd a request that awaits another request's promise hangs. Without a token, each request
 * fetches one.
 */
export function googleTokens(account: ServiceAccount, scope: string): GoogleTokens {
  const key = keyOf(account)
  let kept: { token: string; until: number } | undefined

  return {
    async get(context, timeoutMs) {
      if (kept && Date.now() < kept.until) return { token: kept.token }
      const assertion = await signJwt(key, {
        iss: account.client_email,
        scope,
        aud: TOKEN_URL,
        iat: Math.floor(Date.now() / 1_000),
        exp: Math.floor(Date.now() / 1_000) + TOKEN_SECONDS,
      })
      const body = new URLSearchParams({ grant_type: GRANT_TYPE, assertion }).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const reply = await exchange({ url: TOKEN_URL, body, headers, timeoutMs }, context)
      if (!isReply(reply)) return reply
      const granted = grant(reply)
      if ('ok' in granted) return granted
      kept = { token: granted.token, until: Date.now() + granted.seconds * 1_000 - TOKEN_MARGIN_MS }
      return { token: granted.token }
    },
    forget() {
      kept = undefined
    },
  }
}

function grant(reply: Reply): { token: string; seconds: number } | Failure {
  const body = replyObject(reply)
  // RFC 6749 section 5.2. The key was deleted, the account was disabled, or this machine's clock is
  // wrong.
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
  return { token, seconds: typeof seconds === 'number' ? seconds : TOKEN_SECONDS }
}

function keyOf({ private_key }: ServiceAccount): Uint8Array<ArrayBuffer> {
  const key = rsaKeyOf(private_key)
  if (key) return key
  throw new KlaxonError(
    'fcm: option "serviceAccount" has no private_key in PEM form: pass the whole JSON key file',
    { code: 'BAD_OPTION' },
  )
}
