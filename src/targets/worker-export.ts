import { EVENTS, eventNamed, type EventHandler, wrapEvent } from '../capture/events.ts'
import type { FetchHandler } from '../capture/fetch.ts'
import type { Observer } from '../capture/surface.ts'

/**
 * Makes a `queue` handler that consumes klaxon's own batches, and passes every other batch to the
 * target's handler.
 */
export type InterceptQueue = (handler: EventHandler | undefined) => EventHandler

/** The parts of a klaxon that wrapping needs. */
export interface Wrapping extends Observer {
  interceptQueue: InterceptQueue
}

/** Wraps the event handlers of a Worker export. */
export function wrappedEvents(target: object, wrapping: Wrapping): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  for (const name of EVENTS)
    if (typeof (target as Record<string, unknown>)[name] === 'function')
      members[name] = wrapEvent(bound(target, name) as EventHandler, wrapping, eventNamed(name))
  members['queue'] = wrapping.interceptQueue(members['queue'] as EventHandler | undefined)
  return members
}

/** Returns a target's method that always has the target as `this`. */
export function bound(target: object, name: string): FetchHandler {
  return function klaxonTargetMethod(this: unknown) {
    // `arguments` does not allocate an array, see docs/decisions/5-arguments.md.
    return (target as Record<string, FetchHandler>)[name]!.apply(target, arguments as never)
  }
}
