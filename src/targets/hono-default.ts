import type { HonoApp } from './hono-seam.ts'

type Constructor = new () => Partial<HonoApp>

const defaults = new WeakMap<object, unknown>()

/**
 * Whether the app has set an error handler. Hono does not export its default handler, but a new
 * instance of Hono's base class has it. A user's subclass is not constructed.
 */
export function hasOwnErrorHandler(app: HonoApp): boolean {
  const Base = baseOf(app)
  if (Base === undefined) return true
  if (!defaults.has(Base)) {
    let handler: unknown
    try {
      handler = new Base().errorHandler
    } catch {
      // Without the default to compare with, assume that the app has set one.
    }
    defaults.set(Base, handler)
  }
  return app.errorHandler !== defaults.get(Base)
}

/** Hono's base class: the uppermost one with a method `basePath`. */
function baseOf(app: object): Constructor | undefined {
  let found: Constructor | undefined
  let prototype = Object.getPrototypeOf(app) as { constructor: Constructor } | null
  while (prototype !== null) {
    if (Object.hasOwn(prototype, 'basePath')) found = prototype.constructor
    prototype = Object.getPrototypeOf(prototype) as typeof prototype
  }
  return found
}
