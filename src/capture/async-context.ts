import { RequestContext } from './request-context.ts'

/** The parts of AsyncLocalStorage that klaxon uses. */
interface ContextStorage {
  run<T>(store: RequestContext, work: () => T): T
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

/** Runs a request's work with a new context, if the host has AsyncLocalStorage. */
export function runWithContext<T>(work: () => T): T {
  storage ??= open()
  return storage === null ? work() : storage.run(new RequestContext(), work)
}

export function hasAsyncContext(): boolean {
  storage ??= open()
  return storage !== null
}

/** The context of the current request; undefined outside of a request. */
export function currentContext(): RequestContext | undefined {
  return storage?.getStore()
}
