import type { Context } from 'hono'
import { decode, verifyWithJwks } from 'hono/jwt'
import type { DashboardAuth, Visitor } from './options.ts'

export interface AccessOptions {
  /** The team's name, as in `https://TEAM.cloudflareaccess.com`. */
  team: string
  /** The application audience (AUD) tag of the Access application. */
  aud: string
  /** Whether the person of an e-mail address may only read. @default nobody */
  readOnly?: (email: string) => boolean
  /** @default the global `fetch` */
  fetch?: typeof fetch
}

type Jwk = Record<string, unknown> & { kid?: string }

/** ms for which fetched keys are used; ms until an unknown or missing key is requested again. */
const KEYS_MS = 3_600_000
const UNKNOWN_KEY_MS = 60_000
const FAILED_MS = 5_000
const FETCH_MS = 3_000
/** Parallel requests for keys at most. In a Worker no request can wait for another's. */
const MAX_FETCHES = 5
/** Characters of an audience tag at least. Cloudflare's have 64. */
const MIN_AUD_LENGTH = 32

/**
 * The `auth` for Cloudflare Access. It checks the token that Access adds to each request.
 * https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 *
 * @example
 * dashboard((env) => ({ store, auth: access({ team: 'acme', aud: env.ACCESS_AUD }) }))
 */
export function access({ team, aud, readOnly, fetch: fetchFn }: AccessOptions): DashboardAuth {
  const issuer = `https://${team}.cloudflareaccess.com`
  const isUsable =
    typeof team === 'string' &&
    /^[\w-]{1,63}$/.test(team) &&
    typeof aud === 'string' &&
    aud.length >= MIN_AUD_LENGTH
  let keys: Jwk[] = []
  let staleAt = 0
  let nextFetchAt = 0
  let fetches = 0

  async function keysFor(kid: unknown): Promise<Jwk[]> {
    const now = Date.now()
    const isKnown = keys.some((key) => key.kid === kid)
    if (isKnown && now < staleAt) return keys
    if (now < nextFetchAt || fetches >= MAX_FETCHES) return keys
    fetches++
    // Old keys still verify the tokens that they have signed.
    const found = await fetchKeys().catch(() => null)
    fetches--
    nextFetchAt = Date.now() + (found === null ? FAILED_MS : UNKNOWN_KEY_MS)
    if (found !== null) {
      keys = found
      staleAt = Date.now() + KEYS_MS
    }
    return keys
  }

  async function fetchKeys(): Promise<Jwk[] | null> {
    const init = { signal: AbortSignal.timeout(FETCH_MS), redirect: 'error' } as const
    const response = await (fetchFn ?? fetch)(`${issuer}/cdn-cgi/access/certs`, init)
    if (!response.ok) {
      await response.body?.cancel()
      return null
    }
    const { keys: found } = (await response.json()) as { keys?: Jwk[] }
    return Array.isArray(found) ? found : null
  }

  /** Throws when the token is not of the team. The caller treats that as a refusal. */
  async function by(c: Context): Promise<Visitor | null> {
    const token = c.req.header('cf-access-jwt-assertion')
    if (!isUsable || token === undefined) return null
    const { kid } = decode(token).header as { kid?: unknown }
    const payload = await verifyWithJwks(token, {
      keys: (await keysFor(kid)) as never,
      allowedAlgorithms: ['RS256'],
      verification: { iss: issuer, aud, exp: true, nbf: true },
    })
    // hono checks the expiry only when the token has one.
    if (typeof payload['exp'] !== 'number') return null
    const email = payload['email'] ?? payload['common_name']
    if (typeof email !== 'string' || email === '') return null
    return { name: email, readOnly: readOnly?.(email) === true }
  }

  return { by }
}
