import { leaveNote, type Note, tieNote } from '../core/notes.ts'
import type { Hints } from '../core/occurrence.ts'
import { INTERNAL } from '../core/respond.ts'

/** The parts of a Hono context that are read; the error path only. */
interface HonoContext {
  req: { raw: Request }
  env: unknown
  get(key: string): unknown
  text(text: string, status: number): Response
  newResponse(body: Response['body'], init: Response): Response
}

type ErrorHandler = (error: Error, context: HonoContext) => Response | Promise<Response>

/** A route as Hono's routers return it: the handler, and what it was registered as. */
type Match = [
  [handler: (...args: unknown[]) => unknown, route: { path: string; method: string }],
  unknown,
]

interface HonoApp {
  errorHandler: ErrorHandler
  onError(handler: ErrorHandler): unknown
  getPath(request: Request, options: { env: unknown }): string
  router: { match(method: string, path: string): [Match[], ...unknown[]] }
}

const HOOKED: unique symbol = Symbol.for('klaxon.hono') as never

/** By shape, so that the core needs no hono: the members that are used, and nothing else. */
function isHono(target: object): target is HonoApp {
  const app = target as Partial<HonoApp>
  return (
    typeof app.onError === 'function' &&
    typeof app.errorHandler === 'function' &&
    typeof app.getPath === 'function' &&
    typeof app.router?.match === 'function'
  )
}

/**
 * Hono turns a thrown Error into a response before a wrapper around `fetch` can see it. Its error handler is the
 * one public place where both the error and the context are at hand, so the app gets a handler that takes a note
 * and then does what the former one did.
 *
 * @returns what the app knows about a request, or undefined when the target is no Hono app
 */
export function observeHono(
  target: object,
): ((request: Request, env: unknown) => Hints) | undefined {
  if (!isHono(target)) return undefined
  hook(target)
  return (request, env) => ({ route: routeOf(target, request, env) })
}

function hook(app: HonoApp): void {
  const handler = app.errorHandler
  if (HOOKED in handler) return
  const builtin = isDefault(app, handler)
  const observed: ErrorHandler = (error, context) => {
    const note: Note = { error, builtin, hints: hintsOf(app, context) }
    leaveNote(context.req.raw, note)
    const response = builtin ? inPlaceOfDefault(note, error, context) : handler(error, context)
    // Middleware may have put another Request in the place of the one that came in: the response tells as well.
    if (!(response instanceof Promise)) return noted(response, note)
    return response.then((made) => noted(made, note))
  }
  app.onError(Object.assign(observed, { [HOOKED]: true }))
}

function noted(response: Response, note: Note): Response {
  if (typeof response === 'object' && response !== null) tieNote(response, note)
  return response
}

/** Whether no one has called `onError`: then a fresh app has the very same handler. */
function isDefault(app: HonoApp, handler: ErrorHandler): boolean {
  try {
    const Hono = app.constructor as new () => Partial<HonoApp>
    return new Hono().errorHandler === handler
  } catch {
    // A subclass that cannot be made without arguments: its handler then answers as if it were the user's own.
    return false
  }
}

/**
 * Hono's default answer without its line on the console; klaxon replaces it and writes its own line. The context makes it,
 * because it holds the headers that were set before the throw.
 */
function inPlaceOfDefault(
  note: Note,
  error: Error & { getResponse?: () => Response },
  context: HonoContext,
): Response {
  const carried = error.getResponse?.()
  if (carried === undefined) return (note.standIn = context.text(INTERNAL, 500))
  return (note.carried = context.newResponse(carried.body, carried))
}

function hintsOf(app: HonoApp, context: HonoContext): Hints {
  return { context, route: routeOf(app, context.req.raw, context.env), user: userOf(context) }
}

/** What authentication middleware leaves behind: `user`, else the payload of a JWT. */
export function userOf(context: { get(key: string): unknown }): NonNullable<Hints['user']> | null {
  try {
    const user = context.get('user')
    if (typeof user === 'string') return user
    const source = typeof user === 'object' && user !== null ? user : context.get('jwtPayload')
    if (typeof source !== 'object' || source === null) return null
    const { id, sub, username, name, preferred_username } = source as Record<string, unknown>
    return {
      id: (id ?? sub ?? null) as string | null,
      name: (username ?? name ?? preferred_username ?? null) as string | null,
    }
  } catch {
    // A user object whose getters throw is shown as nobody.
    return null
  }
}

/** The pattern of the last handler that matched and is no middleware; null when the request matched none. */
function routeOf(app: HonoApp, request: Request, env: unknown): string | null {
  try {
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const [matches] = app.router.match(method, app.getPath(request, { env }))
    const last = matches.findLast(([[handler, route]]) => isEndpoint(route.method, handler))
    return last?.[0][1].path ?? null
  } catch {
    // `getPath` may be the user's own: without a route the path groups.
    return null
  }
}

interface MatchedRoute {
  path: string
  method: string
  handler: (...args: never[]) => unknown
}

export function patternOf(routes: readonly MatchedRoute[]): string | null {
  return routes.findLast(({ method, handler }) => isEndpoint(method, handler))?.path ?? null
}

/** Hono's own rule (`inspectRoutes` of hono/dev): a handler of ALL that takes `next` is middleware. */
function isEndpoint(method: string, handler: MatchedRoute['handler']): boolean {
  return method !== 'ALL' || handler.length < 2
}
