import { openContext } from './capture/breadcrumbs.ts'
import type { Surface } from './capture/surface.ts'
import type { KlaxonOptions, OptionsInput } from './config/options.ts'
import { perEnv } from './config/per-env.ts'
import { createSetup, processEnv } from './config/setup.ts'
import { validate } from './config/validate.ts'
import { consume, isKlaxonBatch } from './fallback/queue.ts'
import { KlaxonError } from './model/klaxon-error.ts'
import { createRecorder, type Recorder } from './outbox/recorder.ts'
import { createStats, type Stats } from './outbox/stats.ts'
import { startUpkeep } from './outbox/upkeep.ts'
import type { InterceptQueue, Wrapping } from './targets/worker-export.ts'

/** A surface whose recorder can be flushed and maintained. */
export interface RecordingSurface extends Surface {
  recorder: Recorder
}

/** The surfaces of one klaxon, one per env. Wrappers use them. */
export interface Surfaces extends Wrapping {
  readonly stats: Stats
  /**
   * Recorders with undelivered occurrences. Idle ones are removed, because a host may make an env
   * for every request.
   */
  readonly active: ReadonlySet<Recorder>
  surfaceFor: (env: unknown) => RecordingSurface
  /** Calls without an env use the most recent one. */
  current: () => RecordingSurface
  /** Whether more than one env has been used. */
  hasSeveral: () => boolean
  /** Makes a separate surface. */
  resolve: (options: KlaxonOptions, env: unknown) => RecordingSurface
}

/** Makes the surfaces of one klaxon. @throws KlaxonError that names the option and the fix */
export function createSurfaces(input: OptionsInput): Surfaces {
  const stats = createStats()
  const active = new Set<Recorder>()
  let untilSweep = 0

  /** Removes idle recorders, once in as many occurrences as there are recorders. */
  function keep(recorder: Recorder): void {
    active.add(recorder)
    if (--untilSweep > 0) return
    for (const each of active) if (each !== recorder && each.isIdle()) active.delete(each)
    untilSweep = active.size
  }

  function resolve(options: KlaxonOptions, env: unknown): RecordingSurface {
    validate(options)
    const setup = createSetup(options, env)
    const recorder = createRecorder(setup, stats)
    startUpkeep(recorder, setup)
    return {
      setup,
      stats,
      hasContext: openContext(setup),
      recorder: {
        ...recorder,
        record(captured, ctx) {
          keep(recorder)
          recorder.record(captured, ctx)
        },
      },
    }
  }

  const surfaceOf =
    typeof input === 'function'
      ? perEnv(input as (env: unknown) => KlaxonOptions, resolve)
      : once(resolve(input, processEnv()))
  let newest: RecordingSurface | undefined
  let hasSeveral = false

  function surfaceFor(env: unknown): RecordingSurface {
    const surface = surfaceOf(env)
    if (surface !== newest) {
      hasSeveral ||= newest !== undefined
      newest = surface
    }
    return surface
  }

  return {
    stats,
    active,
    surfaceFor,
    current: () => newest ?? surfaceOf(undefined),
    hasSeveral: () => hasSeveral,
    resolve,
    interceptQueue: queueInterceptor(surfaceFor),
  }
}

function once<T>(value: T): () => T {
  return () => value
}

/**
 * Makes the `queue` handler. It writes klaxon's own batches, and passes every other batch to the
 * target's handler.
 */
function queueInterceptor(surfaceFor: Surfaces['surfaceFor']): InterceptQueue {
  return (handler) =>
    async function queue(this: unknown, batch: unknown, env: unknown, ctx: unknown) {
      if (isKlaxonBatch(batch)) {
        const { recorder, setup } = surfaceFor(env)
        return consume(batch, recorder.write, (count) =>
          setup.logger.warn('queue records', `${count} occurrences of the queue could not be read`),
        )
      }
      // Returning would acknowledge messages that nothing has handled.
      if (handler === undefined)
        throw new KlaxonError('klaxon: the wrapped export has no queue() handler for this queue', {
          code: 'NO_HANDLER',
        })
      return handler.call(this, batch, env, ctx)
    }
}
