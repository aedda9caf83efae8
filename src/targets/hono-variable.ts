import { detailsOf, type HonoContext } from './hono-context.ts'
import { reportError } from '../capture/capture.ts'
import type { User } from '../config/options.ts'
import type { RequestContext } from '../capture/request-context.ts'
import type { RequestScope } from '../capture/scope.ts'
import { uuidv7 } from '../util/uuid.ts'

/** The value of `c.get("klaxon")`. */
export interface KlaxonVariable {
  /**
   * Sets the user of this request, in place of `c.get("user")`. null makes the request anonymous.
   */
  setUser(user: User | string | null): void
  /** Adds context to this request, such as `{ orderId }`. It is stored if the request fails. */
  set(values: Record<string, unknown>): void
  /** Adds a breadcrumb to this request. The newest 30 are stored if the request fails. */
  note(message: string, data?: Record<string, unknown>): void
  /**
   * Records a handled error.
   * @returns the occurrence's id; null when klaxon itself failed
   */
  report(error: unknown, extra?: Record<string, unknown>): string | null
  /** The id of this request's occurrence, known before the request fails. */
  readonly id: string
}

/** The part of a HonoScope that the variable uses. */
interface VariableScope extends RequestScope {
  c: HonoContext | undefined
  openContext(): RequestContext
}

export class HonoVariable implements KlaxonVariable {
  readonly #scope: VariableScope
  /** Whether klaxon's middleware observes the request. */
  hasMiddleware = false

  constructor(scope: VariableScope) {
    this.#scope = scope
  }

  get scope(): VariableScope {
    return this.#scope
  }

  get id(): string {
    const { surface } = this.#scope
    return (this.#scope.openContext().id ??= uuidv7(surface.setup.now()))
  }

  setUser(user: User | string | null): void {
    this.#scope.openContext().user = user
  }

  set(values: Record<string, unknown>): void {
    this.#scope.openContext().set(values)
  }

  note(message: string, data?: Record<string, unknown>): void {
    const { setup } = this.#scope.surface
    const note = { at: setup.now(), kind: 'note', message, data: data ?? null } as const
    this.#scope.openContext().note(note, setup.options.breadcrumbs?.most)
  }

  report(error: unknown, extra?: Record<string, unknown>): string | null {
    const { surface, env, executionContext, requestContext, c } = this.#scope
    // Only a context gives out this object.
    const context = c!
    const request = context.req.raw
    const details = detailsOf(context, false)
    return reportError(
      { surface, request, context, env, executionContext, requestContext, details },
      error,
      extra,
    )
  }
}
