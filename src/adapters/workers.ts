import { EVENTS, type EventHandler, wrapEvent } from '../core/events.ts'
import { type FetchHandler, wrapFetch } from '../core/handle.ts'
import type { Site } from '../core/capture.ts'

/** An instance of WorkerEntrypoint or DurableObject: the two members that hold what a module handler is given. */
interface Instance {
  env: unknown
  ctx: unknown
}

type Methods = Record<string, FetchHandler | EventHandler>

/** A class with a `fetch` method: a WorkerEntrypoint or a Durable Object. */
export type HandlerClass = abstract new (...args: any[]) => { fetch(request: any): unknown }

export function isHandlerClass(target: unknown): target is new (...args: unknown[]) => Instance {
  return (
    typeof target === 'function' &&
    typeof (target.prototype as Partial<Methods> | undefined)?.['fetch'] === 'function'
  )
}

/**
 * A subclass whose `fetch` and event methods are wrapped. Every other method is inherited as it is: wrapping the
 * methods of a Durable Object that handle web sockets would keep it from hibernating.
 */
export function wrapClass(Target: new (...args: unknown[]) => Instance, site: Site): unknown {
  const Observed = class extends Target {}
  const methods = Target.prototype as unknown as Methods
  const own: Record<string, unknown> = { fetch: onInstance(wrapFetch(methods['fetch']!, site)) }
  for (const name of EVENTS) {
    const method = methods[name]
    if (typeof method === 'function') own[name] = onInstance(wrapEvent(name, method, site))
  }
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(Observed.prototype, name, { value, writable: true, configurable: true })
  }
  // The name is what a binding and a stack trace show.
  Object.defineProperty(Observed, 'name', { value: Target.name })
  return Observed
}

/** The runtime calls a method with the event alone; env and ctx are members of the instance. */
function onInstance(wrapped: FetchHandler): FetchHandler {
  return function (this: Instance, event: unknown) {
    return wrapped.call(this, event, this.env, this.ctx)
  }
}
