import type { SendContext } from '../../model/channel.ts'
import { exchange, isReply } from '../http/post.ts'
import { judgeStatus, replyObject, type Failure } from '../http/refusal.ts'
import { rsaKeyOf, signJwt, TOKEN_MARGIN_MS } from '../http/jwt.ts'
import { badOption } from '../http/url.ts'

/** A GitHub App that is installed on the repository, with the permission to write issues. */
export interface GitHubApp {
  /** The App's id or client id. */
  id: number | string
  /** Number of the installation: the end of its address among the installed Apps. */
  installationId: number | string
  /** The private key that GitHub gave, in PEM form. */
  privateKey: string | undefined
}

/** Gets the tokens of an installation. */
export interface AppTokens {
  /** Returns a token that stays valid for some minutes, or the failure to get one. */
  get(context: SendContext, timeoutMs: number): Promise<{ token: string } | Failure>
  /** Drops the token, because GitHub refused it. */
  forget(): void
}

/** Seconds. GitHub allows ten minutes, and asks to begin a minute before its clock. */
const JWT_SECONDS = 540
const CLOCK_SECONDS = 60

/** https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app */
export function appTokens(app: GitHubApp, apiUrl: string): AppTokens {
  const key = checked(app)
  const url = `${apiUrl}/app/installations/${app.installationId}/access_tokens`
  let kept: { token: string; until: number } | undefined

  return {
    async get(context, timeoutMs) {
      if (kept && Date.now() < kept.until) return { token: kept.token }
      const now = Math.floor(Date.now() / 1_000)
      const claims = { iss: String(app.id), iat: now - CLOCK_SECONDS, exp: now + JWT_SECONDS }
      const headers = {
        authorization: `Bearer ${await signJwt(key, claims)}`,
        accept: 'application/vnd.github+json',
      }
      const reply = await exchange({ url, body: undefined, headers, timeoutMs }, context)
      if (!isReply(reply)) return reply
      const result = judgeStatus(reply)
      if (!result.ok) return { ...result, reason: `no installation token: ${result.reason}` }
      const { token, expires_at: end } = replyObject(reply) ?? {}
      if (typeof token !== 'string' || token === '')
        return { ok: false, reason: 'no installation token in the answer' }
      kept = { token, until: Date.parse(String(end)) - TOKEN_MARGIN_MS }
      return { token }
    },
    forget() {
      kept = undefined
    },
  }
}

function checked({ id, installationId, privateKey }: GitHubApp): Uint8Array<ArrayBuffer> {
  if (!/^[\w.-]{1,100}$/.test(String(id)))
    throw badOption('github(): option `app.id` must be the id or client id of the App')
  if (!/^\d{1,20}$/.test(String(installationId)))
    throw badOption('github(): option `app.installationId` must be a number')
  const key = rsaKeyOf(privateKey ?? '')
  if (key) return key
  throw badOption('github(): option `app.privateKey` must be the whole PEM file that GitHub gave')
}
