import type { Context, MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'
import { type Call, captures, reportError, type Site, waitUntilOf } from '../core/capture.ts'
import {
  answer,
  answersAsDefault,
  captureStatus,
  recordThrow,
  respondTo,
  unlessDefault,
  withHeadersOf,
} from '../core/answer.ts'
import { isUntouched } from '../core/handle.ts'
import type { Hints } from '../core/occurrence.ts'
import type { OptionsInput, User } from '../core/options.ts'
import type { Setup } from '../core/setup.ts'
import type { WaitUntil } from '../core/types.ts'
import { uuidv7 } from '../core/uuid.ts'
import { createKlaxon, isKlaxon, type Klaxon, type KlaxonInternals, SETUP } from '../klaxon.ts'
import { patternOf, userOf } from './hono-app.ts'

export type { Enveloped } from './hono-rpc.ts'

/** What `c.get("klaxon")` gives. */
export interface KlaxonVariable {
  /** Names the user of this request, in place of `c.get("user")`. */
  setUser(user: User | string | null): void
  /** Records a handled error; the occurrence's id. */
  report(error: unknown, extra?: Record<string, unknown>): string | null
  /** The id this request's occurrence has, or would have if it failed. */
  readonly id: string
}

declare module 'hono' {
  interface ContextVariableMap {
    klaxon: KlaxonVariable
  }
}

class Handle implements KlaxonVariable {
  readonly #context: Context
  readonly #setup: Setup
  #id: string | undefined
  user: User | string | null | undefined

  constructor(context: Context, setup: Setup) {
    this.#context = context
    this.#setup = setup
  }

  get id(): string {
    return (this.#id ??= uuidv7(this.#setup.now()))
  }

  setUser(user: User | string | null): void {
    this.user = user
  }

  report(error: unknown, extra?: Record<string, unknown>): string | null {
    const context = this.#context
    const from = { setup: this.#setup, request: context.req.raw, ctx: waitUntil(context) }
    return reportError(
      { ...from, hints: { route: routeOf(context), user: this.user ?? userOf(context), context } },
      error,
      extra,
    )
  }

  /** The id if anyone has asked for it. */
  get asked(): string | undefined {
    return this.#id
  }
}

/** `c.executionCtx` throws where the host has none. */
function waitUntil(context: Context): WaitUntil | undefined {
  try {
    return context.executionCtx
  } catch {
    return waitUntilOf(undefined, context.req.raw)
  }
}

/** What is recorded of a request beside what the Request says. */
function hintsOf(c: Context, handle: Handle): Hints {
  return { id: handle.asked, route: routeOf(c), user: handle.user ?? userOf(c), context: c }
}

function routeOf(context: Context): string | null {
  return patternOf(matchedRoutes(context))
}

/**
 * klaxon as Hono middleware; register it first. Sets `c.get("klaxon")`.
 *
 * @throws KlaxonError that names the option and the mend
 */
export function klaxon<Env = any>(options: OptionsInput<Env> | Klaxon = {}): MiddlewareHandler {
  const instance = (
    isKlaxon(options) ? options : createKlaxon(options as OptionsInput)
  ) as KlaxonInternals
  const site: Site = { setup: instance[SETUP] }

  return async function klaxonMiddleware(c, next) {
    // Registered twice: the outer one sees everything the inner one would.
    if (c.get('klaxon') !== undefined) return next()
    const setup = site.setup(c.env)
    const entered = captures
    const request = c.req.raw
    const handle = new Handle(c, setup)
    c.set('klaxon', handle)

    const call = (failed = true): Call => ({
      site,
      setup,
      request,
      second: c.env,
      ctx: waitUntil(c),
      entered,
      hints: failed ? hintsOf(c, handle) : undefined,
    })

    try {
      await next()
    } catch (error) {
      // Hono hands Errors to its error handler; here arrive a thrown non-Error, and what that handler throws.
      const at = call()
      if (at.hints !== undefined && c.error !== undefined) at.hints.before = c.error
      const thrown = recordThrow(at, error)
      if (setup.options.rethrow === true) throw error
      c.res = await answer(at, respondTo(at, thrown), thrown.id)
      return
    }
    if (c.error !== undefined) return onError(c, call(), c.error)
    const { res } = c
    if (isUntouched(setup, request, res, res.status)) return
    const at = call(res.status >= 400 || setup.options.capture !== undefined)
    const id = captureStatus(at, res)
    replace(c, await answer(at, res, id))
  }
}

async function onError(c: Context, call: Call, error: Error): Promise<void> {
  const thrown = recordThrow(call, error)
  // Recorded; Hono has answered, and to throw again would only make it answer again.
  if (call.setup.options.rethrow === true) return
  // The response that the error carries is in `c.res`, and shares its body with every other copy of it.
  const stays = thrown.carried !== null || answersAsDefault(call, thrown)
  const own = stays ? c.res : await unlessDefault(c.res)
  const response = own ?? withHeadersOf(c.res, respondTo(call, thrown))
  replace(c, await answer(call, response, thrown.id))
}

/** Setting `c.res` merges the old headers into the new ones, and a dropped one would come back; undefined first. */
function replace(c: Context, response: Response): void {
  if (response === c.res) return
  c.res = undefined
  c.res = response
}
