import { readText } from '../capture/describe-error.ts'
import { EVENTS, eventNamed, type EventHandler, wrapEvent } from '../capture/events.ts'
import { type FetchHandler, wrapFetch } from '../capture/fetch.ts'
import { KlaxonError } from '../model/klaxon-error.ts'
import type { Wrapping } from './worker-export.ts'

type Methods = Record<string, FetchHandler | undefined>

/** A class with handlers: a WorkerEntrypoint, a Durable Object, a WorkflowEntrypoint. */
export type HandlerClass = abstract new (...args: any[]) => object

type Constructor = new (...args: unknown[]) => object

/** Names of handlers. Besides them, a Workflow has `run`. */
const HANDLERS = ['fetch', ...EVENTS] as const
const RUNTIME_CLASS = /^(?:WorkerEntrypoint|DurableObject|WorkflowEntrypoint)$/

export function isClass(target: unknown): target is Constructor {
  if (typeof target !== 'function') return false
  const prototype = Object.getOwnPropertyDescriptor(target, 'prototype')
  // A class has a read-only `prototype`. A class in the style of ES5 is a function with methods.
  const { value } = (prototype ?? {}) as { value?: Methods | null }
  return (
    prototype?.writable === false ||
    [...HANDLERS, 'run'].some((name) => typeof value?.[name] === 'function')
  )
}

/**
 * Makes a subclass with wrapped handlers. Other methods are inherited unwrapped, because wrapping
 * the web socket methods of a Durable Object would keep it from hibernating.
 */
export function wrapClass(Target: Constructor, wrapping: Wrapping): unknown {
  const runtimeClass = runtimeClassOf(Target)
  const methods = Target.prototype as Methods
  if (runtimeClass === null && !mayHandle(Target))
    throw new KlaxonError(
      `klaxon: the class ${Target.name} has no handler such as fetch() to observe: wrap a WorkerEntrypoint, a DurableObject, a WorkflowEntrypoint or a class with fetch()`,
      { code: 'BAD_TARGET' },
    )
  // The constructor's arguments (ctx, env). A class that does not extend the runtime's may not keep
  // them.
  const given = new WeakMap<object, readonly unknown[]>()
  const Observed = class extends Target {
    constructor(...args: unknown[]) {
      super(...args)
      given.set(this, args)
      // RPC methods and alarms are not wrapped, but their reports belong to this env.
      wrapping.surfaceFor(args[1])
      const { fetch } = this as { fetch?: unknown }
      if (Object.hasOwn(this, 'fetch') && typeof fetch === 'function')
        define(this, 'fetch', wrapFetch(asCalled(fetch as FetchHandler), wrapping))
    }
  }

  function define(on: object, name: string, wrapped: FetchHandler): void {
    const value = function klaxonClassMethod(this: object, ...args: unknown[]): unknown {
      const [ctx, env] = given.get(this) ?? []
      return wrapped.call({ self: this, args } satisfies Invocation, args[0], env, ctx)
    }
    Object.defineProperty(on, name, { value, writable: true, configurable: true })
  }

  const handlers = wrappedMethods(methods, runtimeClass, wrapping)
  for (const [name, wrapped] of Object.entries(handlers)) define(Observed.prototype, name, wrapped)
  // Bindings and stack traces show the name.
  Object.defineProperty(Observed, 'name', { value: Target.name })
  return Observed
}

/**
 * Wraps the handlers of a class. Which names are handlers depends on the runtime class: a Durable
 * Object may have an RPC method `queue(item)`. One may extend no class, but then it has `fetch`.
 */
function wrappedMethods(
  methods: Methods,
  runtimeClass: string | null,
  wrapping: Wrapping,
): Record<string, FetchHandler> {
  const wrapped: Record<string, FetchHandler> = {}
  const { fetch, run } = methods
  if (fetch !== undefined) wrapped['fetch'] = wrapFetch(asCalled(fetch), wrapping)
  if (runtimeClass === 'WorkflowEntrypoint' && run !== undefined)
    wrapped['run'] = wrapEvent(asCalled(run), wrapping, workflowFacts)
  const isEntrypoint = runtimeClass === 'WorkerEntrypoint'
  if (!isEntrypoint && (runtimeClass !== null || fetch !== undefined)) return wrapped
  for (const name of EVENTS) {
    const method = methods[name]
    if (typeof method === 'function')
      wrapped[name] = wrapEvent(asCalled(method), wrapping, eventNamed(name))
  }
  if (isEntrypoint || wrapped['queue'] !== undefined)
    wrapped['queue'] = wrapping.interceptQueue(wrapped['queue'] as EventHandler | undefined)
  return wrapped
}

function workflowFacts(event: unknown): { name: string; subject: string } {
  return { name: 'workflow', subject: readText(event, 'workflowName') ?? '' }
}

/**
 * A call of the runtime. The wrapper needs env and ctx besides, but the method must not get them.
 */
interface Invocation {
  self: object
  args: unknown[]
}

function asCalled(method: FetchHandler): FetchHandler {
  return function klaxonTargetMethod(this: Invocation) {
    return method.apply(this.self, this.args as [unknown])
  }
}

/**
 * The name of the runtime's class that a class extends; null without one. Compared by name, so that
 * the core does not import `cloudflare:workers`.
 */
function runtimeClassOf(Target: Constructor): string | null {
  let each: unknown = Target
  while (typeof each === 'function') {
    if (RUNTIME_CLASS.test(each.name)) return each.name
    each = Object.getPrototypeOf(each)
  }
  return null
}

/**
 * `fetch` as a field in the source of a class: `fetch = …`, `fetch;`, `this.fetch ??= …`,
 * `"fetch"`, or a member or method of an object. A call of `fetch()` is none.
 */
const FETCH_FIELD = /\bfetch(?:["'`]|\s*(?:(?:\?\?|\|\||&&)?=(?![=>])|[:,;}]|\([^()]*\)\s*\{))/

/**
 * Whether a class may have a handler. A handler that is a field shows only in the class's source.
 */
function mayHandle(Target: Constructor): boolean {
  const methods = Target.prototype as Methods
  if (HANDLERS.some((name) => typeof methods[name] === 'function')) return true
  let each: unknown = Target
  while (typeof each === 'function' && each !== Function.prototype) {
    if (FETCH_FIELD.test(Function.prototype.toString.call(each))) return true
    each = Object.getPrototypeOf(each)
  }
  return false
}
