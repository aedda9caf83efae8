import type { EnvelopeFormat } from '../envelope/respond.ts'
import type { Log } from './log.ts'
import type { RedactOptions } from './redact.ts'
import type { Issue, IssueAlert, Kind, Notifier, Occurrence, Store } from './types.ts'
import type { Fallback } from './types.ts'

/** What the handler did, as `capture` sees it. */
export interface Outcome {
  kind: Kind
  status: number
  request: Request
  /** The thrown value; undefined when the handler returned. */
  error: unknown
  /** The returned response; null when the handler threw. */
  response: Response | null
}

export interface User {
  id?: string | number | null
  name?: string | null
}

export interface EnvelopeOptions {
  /**
   * Which requests: a predicate on the path, or path segments of which one must occur.
   * @default ["api"]
   */
  paths?: readonly string[] | ((pathname: string) => boolean)
  /** @default ["GET", "POST", "PUT", "PATCH", "DELETE"] */
  methods?: readonly string[]
  /**
   * `"envelope"` is `{ success, result, message }`; `"problem"` is RFC 9457 for errors and leaves successes
   * alone; a function returns the value to serialise.
   * @default "envelope"
   */
  format?: EnvelopeFormat
}

/** Tunes when an issue alerts. */
export interface AlertOptions {
  /** A last word on each alert; false drops it. */
  when?: (alert: IssueAlert) => boolean
  /** ms between two alerts of one issue. @default 300000 */
  cooldownMs?: number
  /** Counts at which an open issue alerts again. @default [10, 100, 1000, …, 1e9] */
  milestones?: readonly number[]
  /** Alerts a minute and channel; what is over becomes one digest. @default 10 */
  perMinute?: number
}

/** A channel that takes only some issues. */
export interface Route {
  to: Notifier
  when: (issue: Issue) => boolean
}

export type Notify = Notifier | Route

/** What `createKlaxon`, `withKlaxon` and the middleware take. Every member is optional. */
export interface KlaxonOptions {
  /** Where occurrences, issues and alert state live. @default none */
  store?: Store | undefined
  /** One channel or several. @default [] */
  notify?: Notify | readonly Notify[] | undefined
  /** @default on for paths with a segment "api" */
  envelope?: boolean | EnvelopeOptions | undefined
  /** Replaces "thrown, or status >= 400". */
  capture?: ((outcome: Outcome) => boolean) | undefined
  /** Builds the response for a throw. Throws or returns nothing: klaxon's own response goes out. */
  onError?:
    | ((error: unknown, context: { id: string | null; request: Request }) => Response | undefined)
    | undefined
  /** Records a throw and throws the same value again. @default false */
  rethrow?: boolean | undefined
  /** The user of a request; `context` is Hono's when there is one. */
  user?: ((request: Request, context: unknown) => User | string | null | undefined) | undefined
  /** The client's address, for platforms klaxon does not know. */
  clientIp?: ((request: Request) => string | null | undefined) | undefined
  /** Which `X-Forwarded-For` hop to believe, from the right; 0 believes none. @default 0 */
  trustProxy?: number | undefined
  /** The route pattern of a request, as `/users/:id`. */
  route?: ((request: Request) => string | null | undefined) | undefined
  /** Replaces the grouping: occurrences for which it returns the same text are one issue. */
  fingerprint?: ((occurrence: Occurrence) => string | null | undefined) | undefined
  /** More keys, patterns and headers, or a function that has the last word. */
  redact?: RedactOptions | undefined
  /** @default env.ENVIRONMENT, else NODE_ENV */
  environment?: string | undefined
  /** @default the id of a version metadata binding CF_VERSION_METADATA */
  release?: string | undefined
  /** IANA name for the times in alerts. @default "UTC" */
  timeZone?: string | undefined
  /** `"every"` is one alert per occurrence. */
  alerts?: 'every' | AlertOptions | undefined
  /** Where an occurrence goes when the store refuses it, a second store included; the log line comes after it. */
  fallback?: Fallback | Store | undefined
  /** Occurrences a minute and isolate that get a row of their own; `false`: all. @default 6000 */
  maxRowsPerMinute?: number | false | undefined
  /** Where klaxon's lines go. `false` silences all but the last resort and klaxon's own failures. @default console */
  log?: Log | false | undefined
}

/** Options, or a function of `env` (Workers bindings exist only per request), called once per `env`. */
// `any`: the bindings' type is the user's, and a function parameter is contravariant.
export type OptionsInput<Env = any> = KlaxonOptions | ((env: Env) => KlaxonOptions)
