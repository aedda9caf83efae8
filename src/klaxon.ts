import { currentContext } from './capture/async-context.ts'
import { reportError } from './capture/capture.ts'
import type { RequestContext } from './capture/request-context.ts'
import type { Observer } from './capture/surface.ts'
import { traceparent } from './capture/traceparent.ts'
import type { Klaxon } from './klaxon-interface.ts'
import { badOption } from './model/klaxon-error.ts'
import type { OptionsInput } from './config/options.ts'
import { createTail } from './targets/tail.ts'
import { type Target, wrapTarget } from './targets/wrap.ts'
import { beat } from './outbox/heartbeats.ts'
import { testChannels } from './alerts/test-alert.ts'
import { createIntake } from './intake/intake.ts'
import { FLUSH_MS } from './outbox/limits.ts'
import { createSurfaces, type RecordingSurface } from './surfaces.ts'

export type { Klaxon, ReportOptions } from './klaxon-interface.ts'
export type { Target } from './targets/wrap.ts'

/** A klaxon with its observer, which the Hono middleware uses. */
export interface KlaxonInternals extends Klaxon {
  readonly [OBSERVER]: Observer
}

export const OBSERVER: unique symbol = Symbol.for('klaxon.observer') as never

export function isKlaxon(value: unknown): value is KlaxonInternals {
  return typeof value === 'object' && value !== null && OBSERVER in value
}

/**
 * Makes a klaxon, for several handlers that share one setup.
 *
 * @param input options, or a function of `env` that returns them
 * @throws KlaxonError that names the option and the fix
 * @example
 * const klaxon = createKlaxon({ store: libsql({ url }), notify: slack({ webhookUrl }) })
 * export default klaxon.wrap(app)
 */
export function createKlaxon<Env = any>(input: OptionsInput<Env> = {}): Klaxon {
  const surfaces = createSurfaces(input as OptionsInput)
  const { surfaceFor, interceptQueue, current, stats } = surfaces
  const surfaceOf = (env: unknown): RecordingSurface =>
    env === undefined ? current() : surfaceFor(env)

  let logOnly: RecordingSurface | undefined

  /**
   * With several envs in use, a report must name its env: their stores may belong to different
   * tenants.
   */
  function surfaceOfReport(env: unknown): RecordingSurface {
    if (env !== undefined) return surfaceFor(env)
    if (!surfaces.hasSeveral()) return current()
    if (logOnly === undefined) {
      logOnly = surfaces.resolve({ log: current().setup.options.log }, undefined)
      logOnly.setup.logger.warn(
        'report',
        'report() was called without `env`, but several are in use: pass report(error, { env }). Until then such reports go to the log alone',
      )
    }
    return logOnly
  }

  let isContextMissing = false

  function contextOrWarn(): RequestContext | undefined {
    const context = currentContext()
    if (context === undefined && !isContextMissing && !current().hasContext) {
      isContextMissing = true
      current().setup.logger.warn(
        'context',
        'set() and note() need the option `context: true`, or Hono, where `c.get("klaxon")` has them',
      )
    }
    return context
  }

  const observer: Observer = { surfaceFor }
  const { tail, amendLate } = createTail(observer)

  const klaxon: KlaxonInternals = {
    [OBSERVER]: observer,
    tail,
    wrap: (target) => wrapTarget(target, { surfaceFor, interceptQueue }),
    report(error, { request, ctx, env, user, extra } = {}) {
      return reportError(
        {
          surface: surfaceOfReport(env),
          request,
          env,
          executionContext: ctx,
          details: { user },
          requestContext: currentContext(),
        },
        error,
        extra,
      )
    },
    set(values) {
      contextOrWarn()?.set(values)
    },
    note(message, data) {
      const { setup } = current()
      const note = { at: setup.now(), kind: 'note', message, data: data ?? null } as const
      contextOrWarn()?.note(note, setup.options.breadcrumbs?.most)
    },
    traceparent,
    intake: (options) => createIntake(observer, options),
    async flush({ timeoutMs = FLUSH_MS } = {}) {
      if (!(timeoutMs >= 0 && timeoutMs < Infinity))
        throw badOption('timeoutMs', 'must be milliseconds, a number from 0')
      await Promise.all([...surfaces.active].map((recorder) => recorder.flush(timeoutMs)))
    },
    stats: () => ({ ...stats, dropped: { ...stats.dropped } }),
    test({ env } = {}) {
      const { recorder, setup } = surfaceOf(env)
      return testChannels(recorder.alerting, setup)
    },
    async maintain({ env, ctx } = {}) {
      const { recorder } = surfaceOf(env)
      const work = amendLate().then(() => recorder.maintain())
      ctx?.waitUntil(work)
      return work
    },
    async scheduled(_controller, env, ctx) {
      await klaxon.maintain({ env, ctx })
    },
    async heartbeat(name, { env, ctx } = {}) {
      const work = beat(surfaceOf(env).setup, name)
      ctx?.waitUntil(work)
      return work
    },
  }
  return klaxon
}

/**
 * Wraps a fetch handler. It records every throw and every status >= 400, alerts, and envelopes JSON
 * on API paths.
 *
 * @param target a fetch function, an object with `fetch` (a Worker export, a Hono app), or a class
 * @param options options, a function of `env` that returns them, or a klaxon
 * @returns the wrapped handler, in the target's shape
 * @throws KlaxonError that names the option and the fix
 * @example
 * export default withKlaxon(app, (env) => ({
 *   store: libsql({ url: env.LIBSQL_URL }),
 *   notify: slack({ webhookUrl: env.SLACK_WEBHOOK_URL }),
 * }))
 */
export function withKlaxon<T extends Target, Env = any>(
  target: T,
  options: OptionsInput<Env> | Klaxon = {},
): T {
  // Does not call `createKlaxon`, so that a bundle without it is 3 KB smaller.
  return isKlaxon(options)
    ? options.wrap(target)
    : wrapTarget(target, createSurfaces(options as OptionsInput))
}
