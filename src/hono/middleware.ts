import type { MiddlewareHandler } from 'hono'
import type { OptionsInput } from '../config/options.ts'
import { isKlaxon, type Klaxon, OBSERVER } from '../klaxon.ts'
import { createSurfaces } from '../surfaces.ts'
import { honoMiddleware } from '../targets/hono-middleware.ts'
import type { KlaxonVariable } from '../targets/hono-variable.ts'

export type { Enveloped } from './rpc.ts'
export type { KlaxonVariable } from '../targets/hono-variable.ts'
export { validationHook, type ValidationFailure, type ValidationIssue } from './validation.ts'

declare module 'hono' {
  interface ContextVariableMap {
    klaxon: KlaxonVariable
  }
}

/**
 * klaxon as Hono middleware. Register it first. It sets `c.get("klaxon")`.
 *
 * @throws KlaxonError that names the option and the fix
 * @example
 * ```ts
 * app.use(klaxon({ store: libsql({ url }), notify: slack({ webhookUrl }) }))
 * ```
 */
export function klaxon<Env = any>(options: OptionsInput<Env> | Klaxon = {}): MiddlewareHandler {
  const observer = isKlaxon(options) ? options[OBSERVER] : createSurfaces(options as OptionsInput)
  return honoMiddleware(observer) as unknown as MiddlewareHandler
}
