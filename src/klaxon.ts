import { wrapEvent, EVENTS, type EventHandler } from './core/events.ts'
import { KlaxonError } from './core/errors.ts'
import { type FetchHandler, wrapFetch } from './core/handle.ts'
import { reportError, type Site } from './core/capture.ts'
import type { OptionsInput, KlaxonOptions, User } from './core/options.ts'
import { createSetup, processEnv, type Setup } from './core/setup.ts'
import { perEnv } from './core/per-env.ts'
import type { Entry, WaitUntil } from './core/types.ts'
import { validate } from './core/validate.ts'
import { observeHono } from './adapters/hono-app.ts'
import { createTail, type Tail } from './adapters/tail.ts'
import { type HandlerClass, isHandlerClass, wrapClass } from './adapters/workers.ts'
import { consume, isKlaxonBatch } from './outbox/queue.ts'
import { createRecorder, type Recorder } from './outbox/recorder.ts'
import type { ChannelReport } from './outbox/alerts.ts'
import type { MaintainReport } from './outbox/maintain.ts'
import { createStats, type Stats } from './outbox/_stats.ts'

/** What may be wrapped: a fetch function, an object with one (a Worker export, a Hono app), or a class with one (a WorkerEntrypoint, a Durable Object). */
export type Target = FetchHandler | { fetch: FetchHandler } | HandlerClass

export interface ReportOptions {
  /** The request it belongs to: its method, path, headers and client address are recorded. */
  request?: Request
  /** Keeps the Worker alive until the record is stored. */
  ctx?: WaitUntil
  user?: User | string
  /** Anything that helps; redacted and capped. */
  extra?: Record<string, unknown>
}

/** One setup for several surfaces. */
export interface Klaxon {
  /** Wraps a handler; the result has the target's shape. */
  wrap<T extends Target>(target: T): T
  /** Records a handled error; the occurrence's id, or null when `capture` does not want it. */
  report(error: unknown, options?: ReportOptions): string | null
  /** Resolves when everything captured so far is stored, handed over or logged. */
  flush(): Promise<void>
  /**
   * The `tail` handler of a Tail Worker, for what no wrapper can see: CPU and memory kills, handlers that never
   * answer, streams that break off. Use `export default { tail: klaxon.tail }`.
   */
  tail: Tail
  /** `captured = stored + fallback + logged + dropped + inFlight`, at every moment. */
  stats(): Stats
  /**
   * For `scheduled()`: puts back what the fallback keeps, sends pending alerts and digests, deletes what is too old.
   * null without a store.
   */
  maintain(event?: { env?: unknown; ctx?: WaitUntil }): Promise<MaintainReport | null>
  /** Sends a test alert through every channel and tells what each made of it; for the day of the set-up. */
  test(event?: { env?: unknown }): Promise<ChannelReport[]>
}

/** What adapters need and users do not. */
export interface KlaxonInternals extends Klaxon {
  readonly [SETUP]: (second: unknown) => Setup
}

export const SETUP: unique symbol = Symbol.for('klaxon.setup') as never

export function isKlaxon(value: unknown): value is KlaxonInternals {
  return typeof value === 'object' && value !== null && SETUP in value
}

/**
 * Makes a klaxon.
 *
 * @throws KlaxonError that names the option and the mend
 */
export function createKlaxon<Env = any>(input: OptionsInput<Env> = {}): Klaxon {
  const stats = createStats()
  /** Recorders that hold something: an env that is made anew for every request must not pile them up. */
  const active = new Set<Recorder>()

  function resolve(options: KlaxonOptions, env: unknown): Surface {
    validate(options)
    let recorder: Recorder
    const setup = createSetup(options, env, (made) => {
      recorder = createRecorder(made, stats)
      return (draft, ctx) => {
        for (const each of active) if (each.isIdle()) active.delete(each)
        active.add(recorder)
        recorder.record(draft, ctx)
      }
    })
    return { setup, recorder: recorder! }
  }

  const surface =
    typeof input === 'function'
      ? perEnv(input as (env: unknown) => KlaxonOptions, resolve)
      : once(resolve(input, processEnv()))
  // What is used by calls that are not told an env: the newest.
  let newest: Surface | undefined
  const setup = (second: unknown): Setup => (newest = surface(second)).setup
  const current = (): Surface => newest ?? surface(undefined)
  const recorderFor = (env: unknown): Recorder =>
    (env === undefined ? current() : surface(env)).recorder

  const klaxon: KlaxonInternals = {
    [SETUP]: setup,
    tail: createTail({ setup }),
    wrap: (target) => wrap(target, setup, (env, entries) => surface(env).recorder.write(entries)),
    report(error, { request, ctx, user, extra } = {}) {
      const from = { setup: current().setup, request, ctx, hints: { user } }
      return reportError(from, error, extra)
    },
    async flush() {
      await Promise.all([...active].map((recorder) => recorder.flush()))
    },
    stats: () => ({ ...stats, dropped: { ...stats.dropped } }),
    test: ({ env } = {}) => recorderFor(env).test(),
    async maintain({ env, ctx } = {}) {
      const work = recorderFor(env).maintain()
      ctx?.waitUntil(work)
      return work
    },
  }
  return klaxon
}

interface Surface {
  setup: Setup
  recorder: Recorder
}

function once<T>(value: T): () => T {
  return () => value
}

function wrap<T extends Target>(target: T, setup: (second: unknown) => Setup, write: WriteFor): T {
  if (isHandlerClass(target))
    return wrapClass(target, { setup }, (handler) => consuming(handler, write)) as T
  if (typeof target === 'function') return wrapFetch(target as FetchHandler, { setup }) as T
  if (typeof target !== 'object' || target === null || typeof target.fetch !== 'function') {
    throw new KlaxonError(
      'klaxon: the target must be a fetch function, or an object with one such as a Worker export or a Hono app',
      { code: 'BAD_TARGET' },
    )
  }
  const site: Site = { setup, hints: observeHono(target) }
  const own: Record<string, unknown> = { fetch: wrapFetch(bound(target, 'fetch'), site) }
  for (const name of EVENTS) {
    if (typeof (target as Record<string, unknown>)[name] === 'function') {
      own[name] = wrapEvent(name, bound(target, name) as EventHandler, site)
    }
  }
  own['queue'] = consuming(own['queue'] as EventHandler | undefined, write)
  return inherit(target, own)
}

type WriteFor = (env: unknown, entries: readonly Entry[]) => Promise<void>

/** The `queue` handler: klaxon's own records are written, every other batch is the target's. */
function consuming(handler: EventHandler | undefined, write: WriteFor): EventHandler {
  return async function queue(this: unknown, batch: unknown, env: unknown, ctx: unknown) {
    if (isKlaxonBatch(batch)) return consume(batch, (entries) => write(env, entries))
    // Returning would acknowledge messages that no one has handled.
    if (handler === undefined)
      throw new KlaxonError('klaxon: the wrapped export has no queue() handler for this queue', {
        code: 'NO_HANDLER',
      })
    return handler.call(this, batch, env, ctx)
  }
}

/** The target's method, called with the target as `this`, whatever it is called on. */
function bound(target: object, name: string): FetchHandler {
  return function (this: unknown) {
    // `arguments` allocates nothing, as in `wrapFetch`.
    return (target as Record<string, FetchHandler>)[name]!.apply(target, arguments as never)
  }
}

/**
 * A plain object is copied; an instance is inherited from, so that its other methods stay reachable, but for those that
 * use private fields: call these on the instance itself.
 */
function inherit<T extends object>(target: T, own: Record<string, unknown>): T {
  const prototype: unknown = Object.getPrototypeOf(target)
  if (prototype === Object.prototype || prototype === null) return { ...target, ...own }
  return Object.create(target, Object.getOwnPropertyDescriptors(own)) as T
}

/**
 * Wraps a fetch handler: records what it throws and every status >= 400, alerts, and envelopes JSON on API paths.
 *
 * @throws KlaxonError that names the option and the mend
 */
export function withKlaxon<T extends Target, Env = any>(
  target: T,
  options: OptionsInput<Env> | Klaxon = {},
): T {
  return (isKlaxon(options) ? options : createKlaxon(options as OptionsInput)).wrap(target)
}
