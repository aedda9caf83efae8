import type { EnvelopeFormat } from '../envelope/rewrite/respond.ts'
import type { Duration } from '../util/duration.ts'
import type { Log } from './logger.ts'
import type { RedactOptions } from '../redact/redactor.ts'
import type { IssueAlert } from '../model/alert.ts'
import type { Channel } from '../model/channel.ts'
import type { Issue } from '../model/issue.ts'
import type { Kind, Occurrence } from '../model/occurrence.ts'
import type { StackMapper } from '../model/stack-mapper.ts'
import type { Store } from '../model/store.ts'
import type { Fallback } from '../model/fallback.ts'

/** The outcome of a handler, for the option `capture`. */
export interface Outcome {
  kind: Kind
  /** The status that the client gets; 500 for an event. */
  status: number
  /** null for an event: `scheduled`, `queue`, `email`, `tail`, or a workflow. */
  request: Request | null
  /** The thrown value; undefined when the handler returned. */
  error: unknown
  /** The returned response; null when the handler threw. */
  response: Response | null
}

/** The user of a request, as the option `user` returns it. */
export interface User {
  id?: string | number | null
  name?: string | null
}

/** Tunes which responses become envelopes. */
export interface EnvelopeOptions {
  /**
   * Paths whose responses become envelopes: path segments, of which one must occur anywhere in the
   * path, or a predicate on the path.
   * @default ["api"]
   */
  paths?: readonly string[] | ((pathname: string) => boolean)
  /**
   * Methods whose responses become envelopes.
   * @default ["GET", "POST", "PUT", "PATCH", "DELETE"]
   */
  methods?: readonly string[]
  /**
   * `"envelope"` is `{ success, result, message }`; `"problem"` is RFC 9457 for errors and leaves
   * successes alone; a function returns the value to serialise.
   * @default "envelope"
   */
  format?: EnvelopeFormat
  /**
   * Whether a 4xx or 5xx of type text/plain, in UTF-8 and of at most 64 KB, becomes an envelope
   * with the text as its message. Routers and error helpers answer with such texts.
   * @default true
   */
  text?: boolean
}

/** Tunes when an issue alerts. */
export interface AlertOptions {
  /** Decides on each alert, after all else. false drops the alert. @default none */
  when?: (alert: IssueAlert) => boolean
  /** ms between two alerts of one issue. @default 300000 */
  cooldownMs?: number
  /** Counts at which an open issue alerts again. @default [10, 100, 1000, …, 1e9] */
  milestones?: readonly number[]
  /**
   * Alerts per minute and channel. The others become one digest. Statuses below 500 get two thirds
   * of it at most, so that a flood of them leaves room for throws and 5xx.
   * @default 10
   */
  perMinute?: number
  /**
   * Issues below this status do not alert. The status is the one that went out; a throw that was
   * answered below 400 counts as 500.
   * @default 0
   */
  minStatus?: number
}

/** How long rows stay. `maintain` deletes older ones. Ignored and muted issues stay. */
export interface RetentionOptions {
  /** Days that an occurrence stays. @default 30 */
  days?: number
  /**
   * Occurrences that the service keeps. Above it, the issues with most occurrences lose their
   * oldest ones. Each issue keeps its newest 50.
   * @default 100000
   */
  rows?: number
  /** Days that an issue stays after its last occurrence. @default 90 */
  issueDays?: number
  /** Days that the history of issues and the hourly counts stay. @default 90 */
  historyDays?: number
}

/** A channel and the issues that it takes. */
export interface ChannelRule {
  to: Channel
  /** Whether the channel takes the issue. */
  when: (issue: Issue) => boolean
}

/** One element of the option `notify`. */
export type Notify = Channel | ChannelRule

/** Events of a request that become breadcrumbs without `note()`. Each turns `context` on. */
export interface BreadcrumbOptions {
  /** Lines of `console`. @default false */
  console?: boolean
  /**
   * Outgoing requests by the global `fetch`: method, URL without its query, and status. @default
   * false
   */
  fetch?: boolean
  /** Breadcrumbs of one request. The newest are kept. @default 30 */
  most?: number
}

/** How often a job must run. */
export interface HeartbeatOptions {
  /** Time between two runs, such as `"15m"`, `"1h"`, `"1d"`; at least a minute. */
  every: Duration
  /** Time that a run may be late. @default "0s" */
  grace?: Duration
}

/** Options of `createKlaxon`, `withKlaxon` and the middleware. All are optional. */
export interface KlaxonOptions {
  /** Where occurrences, issues and alert state live. @default none */
  store?: Store | undefined
  /** One channel or several. @default [] */
  notify?: Notify | readonly Notify[] | undefined
  /** Rewrites JSON responses into envelopes. @default on for paths with a segment "api" */
  envelope?: boolean | EnvelopeOptions | undefined
  /** Decides what is recorded. @default a throw, or a status >= 400 */
  capture?: ((outcome: Outcome) => boolean) | undefined
  /**
   * Builds the response for a throw. When it throws or returns nothing, the default response goes
   * out.
   */
  onError?:
    | ((error: unknown, context: { id: string | null; request: Request }) => Response | undefined)
    | undefined
  /** Records a throw and throws the same value again. @default false */
  rethrow?: boolean | undefined
  /**
   * Returns the user of a request. `context` is Hono's, when there is one.
   * @default Hono's `c.get("user")`, else its `jwtPayload`
   */
  user?: ((request: Request, context: unknown) => User | string | null | undefined) | undefined
  /**
   * Returns the client's address, for platforms that klaxon does not know.
   * @default what the platform vouches for
   */
  clientIp?: ((request: Request) => string | null | undefined) | undefined
  /** Which `X-Forwarded-For` hop to believe, from the right; 0 believes none. @default 0 */
  trustProxy?: number | undefined
  /** Returns the route pattern of a request, such as `/users/:id`. @default the router's */
  route?: ((request: Request) => string | null | undefined) | undefined
  /**
   * Groups occurrences: those for which it returns the same text are one issue.
   * @default by kind, error and route
   */
  fingerprint?: ((occurrence: Occurrence) => string | null | undefined) | undefined
  /**
   * More keys, patterns and headers, or a function that decides last.
   * @default the built-in rules
   */
  redact?: RedactOptions | undefined
  /**
   * The name of this service, when several share one database. It is part of an issue's
   * fingerprint, a filter in dashboard and command line, and shown in alerts. A Worker and its Tail
   * Worker must have the same.
   *
   * @default none; it is never derived
   */
  service?: string | undefined
  /**
   * The environment, such as `production`. An empty text means none.
   * @default env.ENVIRONMENT, else NODE_ENV
   */
  environment?: string | undefined
  /** The release. @default the id of the version metadata binding CF_VERSION_METADATA */
  release?: string | undefined
  /** IANA name for the times in alerts. @default "UTC" */
  timeZone?: string | undefined
  /**
   * `"every"` is one alert per occurrence. `"quiet"`: throws and 5xx at once, 4xx from their tenth
   * occurrence within an hour.
   * @default new issues, issues that come back, and milestones
   */
  alerts?: 'every' | 'quiet' | AlertOptions | undefined
  /**
   * How long occurrences, issues and history stay. The store keeps these figures for the command
   * line's `maintain`.
   */
  retention?: RetentionOptions | undefined
  /** The dashboard's address, for links in alerts. @default none */
  dashboard?: string | undefined
  /** Returns the address of an occurrence's trace, for links in alerts. @default none */
  traceUrl?: ((occurrence: Occurrence) => string | null | undefined) | undefined
  /**
   * `sourceMaps()` of `klaxon/sourcemaps`. Alerts then show stacks in your source files. @default
   * none
   */
  sourceMaps?: StackMapper | undefined
  /**
   * Where an occurrence goes when the store refuses it: a queue, a file or a second store. The log
   * comes after it. @default the log
   */
  fallback?: Fallback | Store | undefined
  /** Occurrences per minute and isolate that get a row; `false` for all. @default 6000 */
  maxRowsPerMinute?: number | false | undefined
  /**
   * Connects `klaxon.set()` and `klaxon.note()` to the request in which they are called, by
   * AsyncLocalStorage. Under Hono, `c.get('klaxon')` works without it.
   * @default false
   */
  context?: boolean | undefined
  /** Records console lines and outgoing requests as breadcrumbs of a request. @default off */
  breadcrumbs?: BreadcrumbOptions | undefined
  /**
   * Occurrences with a status of 400 to 499 that get a row, per issue, hour and isolate; `false`
   * for all. The others are counted exactly, without a row.
   * @default 100
   */
  rowsPerIssueAnHour?: number | false | undefined
  /**
   * Jobs that must run, by name. Each calls `klaxon.heartbeat(name)` when it has run.
   * `klaxon.maintain()` opens an issue of kind `missed` for a job that did not run, and the job's
   * next run resolves it. Ignore the issue to retire the job.
   * @example { 'nightly-import': { every: '1d', grace: '1h' } }
   */
  heartbeats?: Readonly<Record<string, HeartbeatOptions>> | undefined
  /**
   * Whether a process on Node, Deno or Bun calls `maintain()` every 5 minutes. The timer does not
   * keep the process alive. Workers use a cron: `scheduled: klaxon.scheduled`.
   * @default true
   */
  maintain?: boolean | undefined
  /**
   * Signs the occurrences that go to the log, so that `klaxon replay` does not accept lines that a
   * client has written. At least 16 characters. `klaxon replay` reads it from KLAXON_LOG_KEY.
   * @default the store's token, if it has one
   */
  logKey?: string | undefined
  /**
   * Where klaxon's lines go. `false` leaves the occurrences that nothing else took, and klaxon's
   * own failures.
   * @default console
   */
  log?: Log | false | undefined
}

/**
 * Options, or a function of `env` that returns them. klaxon calls the function once per `env`,
 * because a Worker's bindings exist only within a request.
 */
// `any`: the bindings' type is the user's, and a function parameter is contravariant.
export type OptionsInput<Env = any> = KlaxonOptions | ((env: Env) => KlaxonOptions)
