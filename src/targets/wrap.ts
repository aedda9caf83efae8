import { type FetchHandler, wrapFetch } from '../capture/fetch.ts'
import type { Observer } from '../capture/surface.ts'
import { wrapHono } from './hono-target.ts'
import { bound, type Wrapping, wrappedEvents } from './worker-export.ts'
import { isHono } from './hono-seam.ts'
import { type HandlerClass, isClass, wrapClass } from './worker-class.ts'
import { KlaxonError } from '../model/klaxon-error.ts'

/**
 * A target that klaxon can wrap: a fetch function, an object with one (a Worker export, a Hono
 * app), or a class with handlers (a WorkerEntrypoint, a Durable Object, a WorkflowEntrypoint).
 */
export type Target = FetchHandler | { fetch: FetchHandler } | HandlerClass

/** Wraps a target. The result has the target's shape. @throws KlaxonError `BAD_TARGET` */
export function wrapTarget<T extends Target>(target: T, wrapping: Wrapping): T {
  if (isClass(target)) return wrapClass(target, wrapping) as T
  if (typeof target === 'function') return wrapFunction(target as FetchHandler, wrapping) as T
  if (typeof target !== 'object' || target === null || typeof target.fetch !== 'function') {
    throw new KlaxonError(
      'klaxon: the target must be a fetch function, or an object with one such as a Worker export or a Hono app',
      { code: 'BAD_TARGET' },
    )
  }
  return (isHono(target) ? wrapHono(target, wrapping) : wrapObject(target, wrapping)) as T
}

/** Wraps a function and copies its members. A member named `fetch` is wrapped too. */
function wrapFunction(target: FetchHandler, observer: Observer): FetchHandler {
  const wrapped = wrapFetch(target, observer)
  const { prototype: _, ...members } = Object.getOwnPropertyDescriptors(target)
  // Deno passes no request to a handler whose length is 0.
  if (members.length !== undefined) members.length.value = Math.max(1, target.length)
  // V8 prints the `name` of a function in a stack if it is a plain value. klaxon's own frame must
  // not have the name of the target.
  if (members.name?.writable === false)
    members.name = { get: () => target.name, configurable: true } as never
  for (const [name, member] of Object.entries(members)) {
    const { value } = member as { value?: unknown }
    if (name === 'fetch' && typeof value === 'function')
      member.value = value === target ? wrapped : wrapFetch(value as FetchHandler, observer)
  }
  return Object.defineProperties(wrapped, members)
}

function wrapObject(target: object, wrapping: Wrapping): object {
  const members = wrappedEvents(target, wrapping)
  members['fetch'] = wrapFetch(bound(target, 'fetch'), wrapping)
  return inherit(target, members)
}

/**
 * Copies a plain object. Inherits from an instance, so that its other methods stay reachable.
 * Methods with private fields must be called on the instance itself.
 */
function inherit(target: object, members: Record<string, unknown>): object {
  const prototype: unknown = Object.getPrototypeOf(target)
  if (prototype === Object.prototype || prototype === null) return { ...target, ...members }
  return Object.create(target, Object.getOwnPropertyDescriptors(members)) as object
}
