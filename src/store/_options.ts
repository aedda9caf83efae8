import { KlaxonError } from '../core/errors.ts'

export interface LibsqlOptions {
  /** `libsql:`, `https:` or `http:` everywhere; `file:` and `:memory:` on Node, Deno and Bun. */
  url: string
  /** What Turso calls the database token. */
  authToken?: string | undefined
  /** @default the global `fetch` */
  fetch?: typeof fetch
  /**
   * ms that one round trip may take.
   * @default 4000
   */
  timeoutMs?: number
}

export interface LibsqlConfig {
  url: string
  local: boolean
  authToken: string | undefined
  fetch: typeof fetch | undefined
  timeoutMs: number
  secrets: string[]
}

/** @throws KlaxonError that names the option and the mend, and holds no value of `url` or `authToken` */
export function checkOptions(options: LibsqlOptions): LibsqlConfig {
  if (typeof options !== 'object' || options === null) {
    throw badOption('libsql(): pass an object, like libsql({ url: env.LIBSQL_URL })')
  }
  const { url, authToken, fetch: fetchFn, timeoutMs = 4000 } = options
  if (typeof url !== 'string' || url === '') {
    throw badOption('libsql(): `url` is missing: set it, for example to env.LIBSQL_URL')
  }
  if (authToken !== undefined && typeof authToken !== 'string') {
    throw badOption(
      'libsql(): `authToken` must be a string; leave it out where the server asks for none',
    )
  }
  if (fetchFn !== undefined && typeof fetchFn !== 'function') {
    throw badOption('libsql(): `fetch` must be a function; leave it out to use the global one')
  }
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= 60_000)) {
    throw badOption('libsql(): `timeoutMs` must be a number of ms between 1 and 60000')
  }
  const local = url === ':memory:' || /^file:/i.test(url)
  return {
    url,
    local,
    // an empty variable in the environment means none
    authToken: authToken === '' ? undefined : authToken,
    fetch: fetchFn,
    timeoutMs,
    secrets: [...(authToken ? [authToken] : []), ...(local ? [] : checkRemote(url))],
  }
}

/** The secrets that the URL itself holds. */
function checkRemote(url: string): string[] {
  if (/^wss?:/i.test(url)) {
    throw badOption(
      'libsql(): `url` is a web socket URL: write libsql: or https: instead of wss:, http: instead of ws:',
    )
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^(?:libsql|https?):$/.test(parsed.protocol) || parsed.host === '') {
    throw badOption(
      'libsql(): `url` must look like libsql://name-org.turso.io, https://…, http://127.0.0.1:8080, file:local.db or :memory:',
    )
  }
  if (parsed.username !== '' || parsed.password !== '') {
    // fetch refuses such a URL
    throw badOption(
      'libsql(): `url` holds a user name or password: take them out and pass the token as `authToken`',
    )
  }
  const token = parsed.searchParams.get('authToken')
  return token ? [token] : []
}

export function badOption(message: string): KlaxonError {
  return new KlaxonError(message, { code: 'BAD_OPTION' })
}
