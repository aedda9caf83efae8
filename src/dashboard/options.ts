import type { Context } from 'hono'
import type { Store } from '../model/store.ts'

/** Who looks at the dashboard. */
export interface Visitor {
  /** Shown in the history of an issue. */
  name: string
  /** Whether the visitor may read and change nothing. @default false */
  readOnly?: boolean
}

/**
 * How visitors log in. Without one of these, every route answers a plain 404.
 *
 * - `secret`: a login page asks for it. It has at least 32 characters. A new one ends all sessions.
 * - `by`: your own middleware has checked the visitor. Anything but a `{ name }` is refused.
 */
export type DashboardAuth =
  | { secret: string }
  | { by: (context: Context) => Visitor | null | undefined | Promise<Visitor | null | undefined> }

/** The part of a klaxon that the Test button and this isolate's counts use. */
export interface DashboardKlaxon {
  test(event?: {
    env?: unknown
  }): Promise<{ channel: string; ok: boolean; reason: string | null }[]>
  stats(): object
}

export interface DashboardOptions {
  /** The store whose occurrences are shown. */
  store: Store
  /** How visitors log in. When it is missing or invalid, every route answers 404. */
  auth?: DashboardAuth | undefined
  /**
   * Where visitors find it, for links: needed under `app.mount`, and behind a proxy that strips a
   * prefix.
   * @default the path of `app.route(path, dashboard(…))`
   */
  path?: string | undefined
  /** For the Test button and the counts of this isolate. */
  klaxon?: DashboardKlaxon | undefined
  /** Whether nobody may change anything. @default false */
  readOnly?: boolean | undefined
  /** IANA name for times. @default "UTC" */
  timeZone?: string | undefined
  /** Makes the link to a line of source, such as your repository's. Only `https:` is used. */
  source?:
    | ((frame: { file: string; line: number; release: string | null }) => string | null)
    | undefined
}

export type DashboardInput<Env = any> = DashboardOptions | ((env: Env) => DashboardOptions)

/** Characters of a secret at least. Nobody guesses 32 random characters, however fast they try. */
const MIN_SESSION_SECRET_LENGTH = 32

/** The reason why the options are invalid, for the log. null when they are valid. */
export function faultOf(options: DashboardOptions): string | null {
  if (typeof options !== 'object' || options === null) return 'options must be an object'
  if (typeof options.store?.write !== 'function')
    return 'option `store` must be a Store such as d1({ database })'
  const { auth } = options
  if (typeof auth !== 'object' || auth === null)
    return 'option `auth` is missing: give { secret }, { by } or access({ team, aud })'
  if ('by' in auth)
    return typeof auth.by === 'function' ? null : 'option `auth.by` must be a function'
  if (typeof auth.secret !== 'string' || auth.secret.length < MIN_SESSION_SECRET_LENGTH)
    return `option \`auth.secret\` must be a text of at least ${MIN_SESSION_SECRET_LENGTH} characters: openssl rand -hex 32`
  return null
}
