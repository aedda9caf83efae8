import type { FailureDetails } from '../capture/occurrence.ts'
import { waitUntilOf } from '../capture/scope.ts'
import { withoutStacks } from '../util/without-stacks.ts'
import type { User } from '../config/options.ts'
import { hasMessage, type PrintedBody } from '../envelope/rewrite/respond.ts'

type Handler = ((...args: never[]) => unknown) & { __COMPOSED_HANDLER?: Handler }

/** A registered route of a Hono app. */
interface RegisteredRoute {
  path: string
  method: string
  handler: Handler
}

/** The parts of a Hono context that klaxon uses. All versions of Hono 4 have them. */
export interface HonoContext {
  req: { raw: Request; routeIndex?: number; matchedRoutes?: RegisteredRoute[] }
  res: Response
  env: unknown
  error: Error | undefined
  finalized: boolean
  executionCtx: unknown
  header: (name: string, value: string) => void
  get: (key: string) => unknown
  set: (key: string, value: unknown) => void
  body: (data: unknown, arg?: unknown, headers?: unknown) => Response
  json: (value: unknown, arg?: unknown, headers?: object) => Response
  text: (text: string, arg?: unknown, headers?: object) => Response
}

/** The latest body that `c.json` or `c.text` made, and its response. */
export interface LastBody extends PrintedBody {
  response: Response
}

const JSON_CONTENT_TYPE = { 'Content-Type': 'application/json' }

/**
 * Keeps the text of `c.json` and `c.text`, so that the envelope need not read the body. Hono makes
 * the responses as before.
 */
export function keepPrinted(c: HonoContext, keep: (body: LastBody) => void): void {
  c.json = jsonOf(c.body, keep)
  c.text = textOf(c.text, keep)
}

// Each function is returned by another one. V8 allocates a function literal that is assigned to a
// member as an old object. It would keep its request in memory until a full collection.

function jsonOf(body: HonoContext['body'], keep: (body: LastBody) => void): HonoContext['json'] {
  return (value, arg, headers) => {
    // Checked before printing: a getter may delete the member.
    const mayHaveMessage = hasMessage(value)
    const text = JSON.stringify(value) as string | undefined
    const response = body(
      text,
      arg,
      headers === undefined ? JSON_CONTENT_TYPE : { ...JSON_CONTENT_TYPE, ...headers },
    )
    if (text !== undefined) keep({ type: 'json', text, mayHaveMessage, response })
    return response
  }
}

function textOf(
  makeText: HonoContext['text'],
  keep: (body: LastBody) => void,
): HonoContext['text'] {
  return (text, arg, headers) => {
    const response = makeText(text, arg, headers)
    if (typeof text === 'string') keep({ type: 'text', text, mayHaveMessage: false, response })
    return response
  }
}

/** Makes a `c.get` that knows `klaxon`. */
export function getterOf(
  get: HonoContext['get'],
  scope: { readonly variable: unknown },
): HonoContext['get'] {
  return (key) => {
    const value = get(key)
    return value === undefined && key === 'klaxon' ? scope.variable : value
  }
}

/** The execution context. `c.executionCtx` throws on a host without one. */
export function executionContextOf(c: HonoContext, request: Request): unknown {
  try {
    return withoutStacks(() => c.executionCtx)
  } catch {
    return waitUntilOf(undefined, request)
  }
}

/**
 * The recorded facts that Hono knows and the Request does not.
 * @param isNotFound whether a 404 was returned
 */
export function detailsOf(c: HonoContext, isNotFound: boolean): FailureDetails {
  return { route: routeOf(c, isNotFound), user: userOf(c), context: c }
}

/** The user that authentication middleware has set: `user`, else the payload of a JWT. */
function userOf(c: HonoContext): User | string | null {
  try {
    const user = c.get('user')
    if (typeof user === 'string') return user
    const source = objectOf(user) ?? objectOf(c.get('jwtPayload'))
    if (source === null) return null
    const { id, sub, username, name, preferred_username } = source as Record<string, unknown>
    return {
      id: (id ?? sub ?? null) as string | null,
      name: (username ?? name ?? preferred_username ?? null) as string | null,
    }
  } catch {
    // The getters of the user object threw.
    return null
  }
}

function objectOf(value: unknown): object | null {
  return typeof value === 'object' ? value : null
}

/**
 * The pattern of the handler that answered; null without one. A 404 that only middleware matched
 * has none.
 */
function routeOf(c: HonoContext, isNotFound: boolean): string | null {
  const routes = routesOf(c)
  const route = routes[c.req.routeIndex ?? routes.length - 1]
  if (route === undefined) return null
  return isNotFound && !isEndpoint(route) ? null : route.path
}

/**
 * The routes that matched. It does not use `hono/route`, because the app may have another copy of
 * Hono with another symbol.
 */
function routesOf({ req }: HonoContext): readonly RegisteredRoute[] {
  if (Array.isArray(req.matchedRoutes)) return req.matchedRoutes
  for (const symbol of Object.getOwnPropertySymbols(Object.getPrototypeOf(req))) {
    const result = (req as unknown as Record<symbol, unknown>)[symbol]
    const matches = Array.isArray(result) ? (result[0] as unknown) : undefined
    if (Array.isArray(matches))
      return matches.map(([[, route]]: [[unknown, RegisteredRoute]]) => route)
  }
  return []
}

/**
 * Whether a route is not middleware. Hono's rule (`inspectRoutes` of hono/dev): a handler for ALL
 * methods that takes `next` is middleware.
 */
function isEndpoint({ method, handler }: RegisteredRoute): boolean {
  return method !== 'ALL' || (handler.__COMPOSED_HANDLER ?? handler).length < 2
}
