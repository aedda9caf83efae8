import { describe, expect, test, vi } from 'vitest'
import { detailsOf, executionContextOf, type HonoContext } from '../../src/targets/hono-context.ts'

interface Route {
  path: string
  method: string
  handler: (...args: never[]) => unknown
}

const none = (): undefined => undefined
const middleware: Route = { path: '/*', method: 'ALL', handler: async (_c, _next) => {} }
const endpoint: Route = { path: '/users/:id', method: 'GET', handler: (_c) => {} }

/** The part of a context from which the details come. */
const aContext = (req: object, get: (name: string) => unknown = none): HonoContext =>
  ({ req, get }) as unknown as HonoContext

const routeOf = (req: object, isNotFound = false): string | null | undefined =>
  detailsOf(aContext(req), isNotFound).route

const userOf = (values: Record<string, unknown>): unknown =>
  detailsOf(
    aContext({}, (name) => values[name]),
    false,
  ).user

describe('the route of a Hono request', () => {
  const matchedRoutes = [middleware, endpoint]

  test('is that of the handler that ran last', () => {
    expect(routeOf({ matchedRoutes, routeIndex: 0 })).toBe('/*')
    expect(routeOf({ matchedRoutes, routeIndex: 1 })).toBe('/users/:id')
  })

  test('is the last one that matched where Hono does not say which handler ran', () => {
    expect(routeOf({ matchedRoutes })).toBe('/users/:id')
  })

  test('is null when nothing matched', () => {
    expect(routeOf({ matchedRoutes: [], routeIndex: 0 })).toBeNull()
    expect(routeOf({})).toBeNull()
    expect(routeOf({ routeIndex: 0 })).toBeNull()
  })

  test('is found where Hono has the result of its router behind a symbol', () => {
    const [other, result] = [Symbol('other'), Symbol('result')]
    const matches = matchedRoutes.map((route) => [[route.handler, route], {}])
    const prototype = { [other]: ['no list'], [result]: [matches, []] }
    const req = (rest: object) => Object.assign(Object.create(prototype) as object, rest)
    expect(routeOf(req({ routeIndex: 0 }))).toBe('/*')
    expect(routeOf(req({}))).toBe('/users/:id')
    expect(routeOf(Object.create({ [other]: 7 }) as object)).toBeNull()
  })

  test('of a 404 is null when middleware answered, and the pattern when a handler did', () => {
    const last = (route: Route) => ({ matchedRoutes: [middleware, route], routeIndex: 1 })
    expect(routeOf(last(middleware), true)).toBeNull()
    expect(routeOf(last(middleware), false)).toBe('/*')
    expect(routeOf(last(endpoint), true)).toBe('/users/:id')
    expect(routeOf(last({ ...endpoint, handler: (_c, _next) => {} }), true)).toBe('/users/:id')
    expect(routeOf(last({ ...middleware, handler: (_c) => {} }), true)).toBe('/*')
  })

  test("of a 404 is the pattern of a sub-app's handler that Hono has composed", () => {
    const composed = Object.assign(async (_c: unknown, _next: unknown) => {}, {
      __COMPOSED_HANDLER: (_c: unknown) => {},
    })
    const matched = [{ path: '/sub/x', method: 'ALL', handler: composed }]
    expect(routeOf({ matchedRoutes: matched, routeIndex: 0 }, true)).toBe('/sub/x')
  })
})

describe('the user of a Hono request', () => {
  test('is the payload of a JWT where `user` is no user', () => {
    const jwtPayload = { sub: '9', name: 'Ada' }
    for (const user of [undefined, null, 7, true])
      expect(userOf({ user, jwtPayload })).toEqual({ id: '9', name: 'Ada' })
    expect(userOf({ user: 'grace', jwtPayload })).toBe('grace')
    expect(userOf({ user: { id: 7 }, jwtPayload })).toEqual({ id: 7, name: null })
  })

  test.each([undefined, null, 'text', 7, true])('is null for a JWT payload of %j', (jwtPayload) => {
    expect(userOf({ jwtPayload })).toBeNull()
  })

  test('is null where it cannot be read', () => {
    const user = {
      get id(): string {
        throw new Error('revoked')
      },
    }
    expect(userOf({ user })).toBeNull()
  })
})

describe('the execution context of a Hono request', () => {
  const without = {
    get executionCtx(): unknown {
      throw new Error('This context has no ExecutionContext')
    },
  } as HonoContext

  test("is the context's", () => {
    const executionCtx = { waitUntil: vi.fn() }
    expect(executionContextOf({ executionCtx } as unknown as HonoContext, {} as Request)).toBe(
      executionCtx,
    )
  })

  test('is the request on a host that gives requests a waitUntil', () => {
    const request = { waitUntil: vi.fn() } as unknown as Request
    expect(executionContextOf(without, request)).toBe(request)
    expect(executionContextOf(without, {} as Request)).toBeUndefined()
  })

  test('is asked for without the stack of the error by which Hono says that there is none', () => {
    const errors: Error[] = []
    const host = {
      get executionCtx(): never {
        const error = new Error('This context has no ExecutionContext')
        errors.push(error)
        throw error
      },
    } as unknown as HonoContext
    expect(executionContextOf(host, {} as Request)).toBeUndefined()
    expect(errors[0]!.stack).not.toContain('\n    at ')
    expect(new Error('later').stack).toContain('\n    at ')
  })
})
