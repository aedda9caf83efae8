import { captureThrow, passOn, thrownOf } from './capture.ts'
import { currentContext, klaxonRunWithContext } from './async-context.ts'
import { readText } from './describe-error.ts'
import { needsContext } from './fetch.ts'
import type { EventFacts } from './request-facts.ts'
import type { Scope } from './scope.ts'
import type { Observer } from './surface.ts'
import { clock } from '../util/guards.ts'

/** Handlers of a Worker export, besides `fetch`, whose failures are recorded. */
export const EVENTS = ['scheduled', 'queue', 'email', 'tail'] as const

export type EventName = (typeof EVENTS)[number]

/**
 * An event handler. Its types are the user's.
 */
export type EventHandler = (this: any, event: any, env: any, ctx: any) => unknown

/** The subject of an event, recorded as its path: the cron line, the queue's name. */
export function subjectOf(event: unknown): string {
  return readText(event, 'cron') ?? readText(event, 'queue') ?? ''
}

/**
 * Wraps an event handler. It records a throw and rethrows the same value, so that the platform
 * retries.
 */
export function wrapEvent(
  handler: EventHandler,
  observer: Observer,
  factsOf: (event: unknown) => EventFacts,
): EventHandler {
  async function klaxonEvent(
    this: unknown,
    event: unknown,
    env: unknown,
    ctx: unknown,
  ): Promise<unknown> {
    const startedAt = clock()
    // Before the handler, so that its reports use this env.
    const surface = observer.surfaceFor(env)
    if (needsContext(surface)) return klaxonRunWithContext(klaxonEvent, this, [event, env, ctx])
    try {
      return await handler.call(this, event, env, ctx)
    } catch (error) {
      const scope: Scope = {
        observer,
        surface,
        request: undefined,
        event: factsOf(event),
        startedAt,
        env,
        executionContext: ctx,
        requestContext: currentContext(),
        framework: undefined,
      }
      const thrown = thrownOf(scope, error)
      passOn(scope, thrown, captureThrow(scope, thrown, 500))
      throw error
    }
  }
  return klaxonEvent
}

/** Makes the function that reads the facts of an event. */
export function eventNamed(name: EventName): (event: unknown) => EventFacts {
  return (event) => ({ name, subject: subjectOf(event) })
}
