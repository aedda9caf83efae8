import { EVENTS, type EventHandler, wrapEvent } from '../core/events.ts'
import { type FetchHandler, wrapFetch } from '../core/handle.ts'
import type { Site } from '../core/capture.ts'

type Methods = Record<string, FetchHandler | undefined>

/** A class with a `fetch` method: a WorkerEntrypoint or a Durable Object. */
export type HandlerClass = abstract new (...args: any[]) => { fetch(request: any): unknown }

type Constructor = new (...args: unknown[]) => object

/** Gives a `queue` handler that takes klaxon's own records out, and hands every other batch to the one it is given. */
export type Consuming = (handler: EventHandler | undefined) => EventHandler

export function isHandlerClass(target: unknown): target is Constructor {
  return (
    typeof target === 'function' &&
    typeof (target.prototype as Methods | undefined)?.['fetch'] === 'function'
  )
}

/**
 * A subclass whose `fetch` is wrapped, and in a WorkerEntrypoint the event methods. Every other method is inherited as it
 * is: wrapping the methods of a Durable Object that handle web sockets would keep it from hibernating.
 */
export function wrapClass(Target: Constructor, site: Site, consuming: Consuming): unknown {
  const methods = Target.prototype as Methods
  const own: Methods = { fetch: wrapFetch(asCalled(methods['fetch']!), site) }
  // Elsewhere these names are the user's: a Durable Object may well have an RPC method `queue(item)` or `email(to, text)`.
  if (isEntrypoint(Target)) {
    for (const name of EVENTS) {
      const method = methods[name]
      if (typeof method === 'function') own[name] = wrapEvent(name, asCalled(method), site)
    }
    own['queue'] = consuming(own['queue'])
  }

  // The runtime's (ctx, env): a class that does not extend the runtime's own keeps them under names of its own, or not at all.
  const given = new WeakMap<object, readonly unknown[]>()
  const Observed = class extends Target {
    constructor(...args: unknown[]) {
      super(...args)
      given.set(this, args)
    }
  }
  for (const [name, wrapped] of Object.entries(own)) {
    const value = function (this: object, ...args: unknown[]): unknown {
      const [ctx, env] = given.get(this) ?? []
      return wrapped!.call({ self: this, args } satisfies Invocation, args[0], env, ctx)
    }
    Object.defineProperty(Observed.prototype, name, { value, writable: true, configurable: true })
  }
  // The name is what a binding and a stack trace show.
  Object.defineProperty(Observed, 'name', { value: Target.name })
  return Observed
}

/** A call as the runtime made it: what wraps it needs env and ctx as well, and the method must not be given them. */
interface Invocation {
  self: object
  args: unknown[]
}

function asCalled(method: FetchHandler): FetchHandler {
  return function (this: Invocation) {
    return method.apply(this.self, this.args as [unknown])
  }
}

/** By name, so that the core needs no `cloudflare:workers`: the runtime takes no entrypoint that does not extend its own. */
function isEntrypoint(Target: Constructor): boolean {
  let each: unknown = Target
  while (typeof each === 'function') {
    if (each.name === 'WorkerEntrypoint') return true
    each = Object.getPrototypeOf(each)
  }
  return false
}
