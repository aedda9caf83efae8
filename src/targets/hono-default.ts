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
  let handler = defaults.get(Base)
  if (handler === undefined) {
    try {
      handler = new Base().errorHandler ?? null
    } catch {
      // Without the default to compare with, assume that the app has set one.
      handler = null
    }
    defaults.set(Base, handler)
  }
  return app.errorHandler !== handler
}

/** Hono's base class, recognised by its methods `route`, `mount` and `basePath`. */
function baseOf(app: object): Constructor | undefined {
  let found: unknown
  for (
    let prototype: unknown = Object.getPrototypeOf(app);
    typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  )
    if (['route', 'mount', 'basePath'].every((name) => Object.hasOwn(prototype as object, name)))
      found = (prototype as { constructor: unknown }).constructor
  return found as Constructor | undefined
}
