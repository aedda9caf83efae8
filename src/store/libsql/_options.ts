import { badOption as badStoreOption } from '../sql/bad-option.ts'
import type { KlaxonError } from '../../model/klaxon-error.ts'
import type { SqlStoreOptions } from '../sql/driver.ts'

/** Options of `libsql()`. */
export interface LibsqlOptions {
  /**
   * Address of the database: `libsql:`, `https:` or `http:` everywhere; `file:` and `:memory:` on
   * Node, Deno and Bun.
   */
  url: string
  /** The token; Turso calls it database token. @default none */
  authToken?: string | undefined
  /** The fetch that sends requests. @default the global `fetch` */
  fetch?: typeof fetch
  /**
   * ms of one round trip at most.
   * @default 4000
   */
  timeoutMs?: number
  /**
   * Creates the tables when the first one is missing.
   * @default true
   */
  migrate?: boolean
}

export interface LibsqlConfig {
  url: string
  local: boolean
  authToken: string | undefined
  fetch: typeof fetch | undefined
  timeoutMs: number
  secrets: string[]
  migrate: boolean
}

/**
 * Validates the options.
 * @throws KlaxonError that names the option and the fix, without the value of `url` or `authToken`
 */
export function checkOptions(options: LibsqlOptions): LibsqlConfig {
  if (typeof options !== 'object' || options === null)
    throw badOption('url', 'be set: pass an object, such as libsql({ url: env.LIBSQL_URL })')
  const { url, authToken, fetch: fetchFn, timeoutMs = 4000, migrate = true } = options
  if (typeof url !== 'string' || url === '')
    throw badOption('url', 'be set, for example to env.LIBSQL_URL')
  if (authToken !== undefined && typeof authToken !== 'string')
    throw badOption('authToken', 'be a text, or left out where the server asks for none')
  if (fetchFn !== undefined && typeof fetchFn !== 'function')
    throw badOption('fetch', 'be a function, or left out to use the global one')
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= 60_000))
    throw badOption('timeoutMs', 'be a number of ms from 1 to 60000')
  if (typeof migrate !== 'boolean') throw badOption('migrate', 'be true or false, or left out')
  const local = url === ':memory:' || /^file:/i.test(url)
  return {
    url,
    local,
    // An empty environment variable means no token.
    authToken: authToken === '' ? undefined : authToken,
    fetch: fetchFn,
    timeoutMs,
    migrate,
    secrets: [...(authToken ? [authToken] : []), ...(local ? [] : checkRemote(url))],
  }
}

/** Validates a remote URL. @returns the secrets in it */
function checkRemote(url: string): string[] {
  if (/^wss?:/i.test(url))
    throw badOption('url', 'begin with libsql: or https: instead of wss:, http: instead of ws:')
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^(?:libsql|https?):$/.test(parsed.protocol) || parsed.host === '')
    throw badOption(
      'url',
      'look like libsql://name-org.turso.io, https://…, http://127.0.0.1:8080, file:local.db or :memory:',
    )
  // fetch refuses a URL with credentials.
  if (parsed.username !== '' || parsed.password !== '')
    throw badOption(
      'url',
      'contain no user name and no password: take them out and pass the token as `authToken`',
    )
  const token = parsed.searchParams.get('authToken')
  return token ? [token] : []
}

/** The options of a SQL store besides the driver. */
export function storeOptions(
  config: LibsqlConfig,
): Pick<SqlStoreOptions, 'name' | 'secrets' | 'migrate'> {
  return { name: 'libsql', secrets: config.secrets, migrate: config.migrate }
}

export function badOption(option: string, rule: string): KlaxonError {
  return badStoreOption('libsql', option, rule)
}
