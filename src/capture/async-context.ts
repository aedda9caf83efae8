import { RequestContext } from './request-context.ts'

/** The parts of AsyncLocalStorage that klaxon uses. */
interface ContextStorage {
  run<A extends unknown[], T>(store: RequestContext, work: (...args: A) => T, ...args: A): T
  getStore(): RequestContext | undefined
}

let storage: ContextStorage | null | undefined

/**
 * Opens an AsyncLocalStorage. It uses `process.getBuiltinModule`, because a host without the module
 * would refuse an import.
 * @returns null on a host without it
 */
function open(): ContextStorage | null {
  try {
    const { process } = globalThis as {
      process?: { getBuiltinModule?(name: string): { AsyncLocalStorage: new () => ContextStorage } }
    }
    const hooks = process?.getBuiltinModule?.('node:async_hooks')
    return hooks === undefined ? null : new hooks.AsyncLocalStorage()
  } catch {
    // workerd without the flag nodejs_compat refuses the module.
    return null
  }
}

/** Calls a function with a new context for its request, if the host has AsyncLocalStorage. */
export function klaxonRunWithContext<T>(
  work: (...args: never[]) => T,
  self: unknown,
  args: readonly unknown[],
): T {
  storage ??= open()
  // `Reflect.apply` in place of a closure, because V8 would keep the closure, and with it the
  // request, long after the answer.
  return storage === null
    ? Reflect.apply(work, self, args)
    : storage.run(new RequestContext(), Reflect.apply, work, self, args)
}

export function hasAsyncContext(): boolean {
  storage ??= open()
  return storage !== null
}

/** The context of the current request; undefined outside of a request. */
export function currentContext(): RequestContext | undefined {
  return storage?.getStore()
}
