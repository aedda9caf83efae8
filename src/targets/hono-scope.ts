import {
  type HonoContext,
  detailsOf,
  executionContextOf,
  getterOf,
  keepPrinted,
  type LastBody,
} from './hono-context.ts'
import { HonoVariable } from './hono-variable.ts'
import { currentContext } from '../capture/async-context.ts'
import type { FailureDetails } from '../capture/occurrence.ts'
import { RequestContext } from '../capture/request-context.ts'
import { covers } from '../capture/respond.ts'
import type { FrameworkView, RequestScope } from '../capture/scope.ts'
import type { PrintedBody } from '../envelope/rewrite/respond.ts'
import type { Observer, Surface } from '../capture/surface.ts'

/** An error that a handler threw. */
interface ObservedError {
  error: unknown
  /** Whether the app's error handler threw as well. */
  handlerFailed: boolean
}

/** An error to record, and the earlier error whose error handler threw it. */
export interface HonoFailure {
  error: unknown
  before: unknown
}

/** One request of a Hono app, under the wrapper or the middleware. */
export class HonoScope implements RequestScope, FrameworkView {
  readonly observer: Observer
  readonly surface: Surface
  readonly request: Request
  readonly env: unknown
  requestContext: RequestContext | undefined
  /** undefined until the first handler runs. A request without a match never has one. */
  c: HonoContext | undefined
  /** The result of the request's only handler; undefined when there are several. */
  result: unknown
  readonly #executionContext: unknown
  /** Whether several handlers matched. */
  isComposed = false
  isCovered: boolean | undefined
  #errors: ObservedError[] | undefined
  #lastBody: LastBody | undefined
  #variable: HonoVariable | undefined

  constructor(observer: Observer, request: Request, env: unknown, executionContext: unknown) {
    this.observer = observer
    this.surface = observer.surfaceFor(env)
    this.request = request
    this.env = env
    this.#executionContext = executionContext
    this.requestContext = currentContext()
  }

  /**
   * Read when it is used, because `c.executionCtx` throws on most hosts, and an Error is slow to
   * make.
   */
  get executionContext(): unknown {
    return this.#executionContext ?? (this.c && executionContextOf(this.c, this.request))
  }

  get framework(): FrameworkView | undefined {
    return this.c === undefined ? undefined : this
  }

  get context(): object {
    return this.c!
  }

  details(isNotFound: boolean): FailureDetails {
    return detailsOf(this.c!, isNotFound)
  }

  printedBody(response: Response): PrintedBody | undefined {
    return this.#lastBody?.response === response ? this.#lastBody : undefined
  }

  /** `c.get('klaxon')` of this request. */
  get variable(): HonoVariable {
    return (this.#variable ??= new HonoVariable(this))
  }

  /** The context and breadcrumbs of the request, created at the first use. */
  openContext(): RequestContext {
    return (this.requestContext ??= new RequestContext())
  }

  /** Called before the first handler. */
  start(c: HonoContext): void {
    this.c = c
    c.get = getterOf(c.get, this)
    this.watchBody()
  }

  /** On an enveloped path, keeps the text of the bodies that the app makes. */
  watchBody(): void {
    try {
      if (covers(this)) keepPrinted(this.c!, (body) => (this.#lastBody = body))
    } catch {
      // `paths` may be the user's function. It is called again before the body is enveloped, and
      // warns then.
    }
  }

  observeError(error: unknown): ObservedError {
    const observed = { error, handlerFailed: false }
    ;(this.#errors ??= []).push(observed)
    return observed
  }

  /** Whether a handler has thrown so far. */
  get hasError(): boolean {
    return this.#errors !== undefined || this.c?.error !== undefined
  }

  /** Whether several handlers ran and none of them answered. Hono then fails by itself. */
  get isUnfinished(): boolean {
    return this.isComposed && this.c?.finalized === false
  }

  /**
   * The errors to record, in the order of their throws.
   * @param last the error that `fetch` rejected with
   */
  failures(...last: [error: unknown] | []): HonoFailure[] {
    const found: HonoFailure[] = []
    let before: unknown
    const add = (error: unknown): void => {
      if (!found.some((each) => each.error === error)) found.push({ error, before })
      before = undefined
    }
    // With a single handler, the error handler is not observed. A rejection means that it threw.
    const handlerFailed = !this.isComposed && last.length > 0
    for (const observed of this.#errors ?? []) {
      if (observed.handlerFailed || handlerFailed) before ??= observed.error
      else add(observed.error)
    }
    if (last.length > 0) add(last[0])
    else if (this.c?.error !== undefined) add(this.c.error)
    return found
  }
}
