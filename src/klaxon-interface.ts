import type { ChannelReport } from './alerts/test-alert.ts'
import type { User } from './config/options.ts'
import type { Intake, IntakeOptions } from './intake/intake.ts'
import type { WaitUntil } from './model/wait-until.ts'
import type { MaintainReport } from './outbox/maintain.ts'
import type { Stats } from './outbox/stats.ts'
import type { Tail } from './targets/tail.ts'
import type { Target } from './targets/wrap.ts'

/** Options of `klaxon.report()`. */
export interface ReportOptions {
  /** The request of the error. Its method, path, headers and client address are recorded. */
  request?: Request
  /** Keeps the Worker alive until the occurrence is stored. */
  ctx?: WaitUntil
  /**
   * The bindings. Needed in a cron, an alarm or an RPC method when the options are a function of
   * `env`.
   */
  env?: unknown
  /** The user, in place of the request's. */
  user?: User | string
  /** More facts about the error. They are redacted and cut. */
  extra?: Record<string, unknown>
}

/** A klaxon: one setup for several handlers. `createKlaxon` makes it. */
export interface Klaxon {
  /**
   * Wraps a handler. The result has the target's shape.
   * @throws KlaxonError with the code `BAD_TARGET`
   */
  wrap<T extends Target>(target: T): T
  /**
   * Records a handled error. Pass `env` when the options are a function of it and several envs are
   * in use.
   * @returns the occurrence's id; null when klaxon itself failed
   */
  report(error: unknown, options?: ReportOptions): string | null
  /**
   * Resolves when all captured occurrences are stored, in the fallback or in the log. After
   * `timeoutMs` the rest goes to the log. Use 8,000 at shutdown, because `docker stop` kills after
   * 10 s.
   * @default { timeoutMs: 25_000 }
   */
  flush(options?: { timeoutMs?: number }): Promise<void>
  /**
   * Adds context to the current request, such as `{ orderId }`. It is stored if the request fails.
   * Needs the option `context: true`. Under Hono `c.get('klaxon').set()` works without it.
   */
  set(values: Record<string, unknown>): void
  /**
   * Adds a breadcrumb to the current request. It is stored if the request fails. Needs the option
   * `context: true`. Under Hono `c.get('klaxon').note()` works without it.
   */
  note(message: string, data?: Record<string, unknown>): void
  /**
   * Returns the header `traceparent` for requests that the app sends while it handles this one. A
   * failure there then has the same trace id.
   */
  traceparent(request: Request): string
  /**
   * Makes a fetch handler for one path of the app, which takes error reports of its pages. A page
   * loads the client with `<script src="/klaxon"></script>`, and the client reports to the same
   * path. The occurrences have the kind `browser` and a service of their own. They alert only
   * channels with a rule, `{ to, when }`.
   * @example
   * const intake = klaxon.intake({ origins: ['https://app.example.com'] })
   * app.all('/klaxon', (c) => intake(c.req.raw, c.env))
   * @throws KlaxonError that names the option and the fix
   */
  intake(options?: IntakeOptions): Intake
  /**
   * The `tail` handler of a Tail Worker. It records failures that no wrapper can see: CPU and
   * memory kills, handlers that never answer, streams that break off.
   * @example export default { tail: klaxon.tail }
   */
  tail: Tail
  /**
   * Counts of occurrences. At every moment `captured = stored + fallback + logged + dropped +
   * inFlight`.
   */
  stats(): Stats
  /**
   * Replays the fallback, sends pending alerts and digests, and deletes old rows. Call it from a
   * cron.
   * @returns null without a store
   */
  maintain(event?: { env?: unknown; ctx?: WaitUntil }): Promise<MaintainReport | null>
  /**
   * The `scheduled` handler that calls `maintain`.
   * @example export default { fetch: app.fetch, scheduled: klaxon.scheduled }
   */
  scheduled: (controller: unknown, env: unknown, ctx: WaitUntil) => Promise<void>
  /**
   * Records that a job of the option `heartbeats` has run. Call it at the end of the job. Never
   * rejects.
   * @example
   * await importOrders()
   * await klaxon.heartbeat('nightly-import', { env })
   */
  heartbeat(name: string, event?: { env?: unknown; ctx?: WaitUntil }): Promise<void>
  /**
   * Sends a test alert to every channel. Use it after the set-up.
   * @returns the outcome in each channel
   */
  test(event?: { env?: unknown }): Promise<ChannelReport[]>
}
