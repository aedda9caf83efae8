import { wrapHonoFetch } from './hono-app.ts'
import { honoMiddleware } from './hono-middleware.ts'
import type { HonoApp } from './hono-seam.ts'
import { type Wrapping, wrappedEvents } from './worker-export.ts'

type Method = (...args: unknown[]) => unknown

/**
 * Wraps a Hono app. Every way to call it is observed. Every other method works on the app itself.
 */
export function wrapHono(app: HonoApp, wrapping: Wrapping): object {
  const fetch = wrapHonoFetch(app, wrapping) as Method
  // `parent.route(path, wrapped)` copies the routes, so klaxon's middleware comes first among them.
  let first: object | undefined
  const members = {
    ...forwarded(app, () => wrapped),
    ...wrappedEvents(app, wrapping),
    fetch,
    request: (...args: unknown[]) => withFetch(app, fetch, () => app.request(...args)),
    fire: () => listen(fetch),
    get routes() {
      first ??= { basePath: '/', path: '/*', method: 'ALL', handler: honoMiddleware(wrapping) }
      return [first, ...app.routes]
    },
  }
  const wrapped = Object.create(app, Object.getOwnPropertyDescriptors(members)) as object
  return wrapped
}

/**
 * `app.request()` makes a Request and calls `this.fetch`, synchronously. During that call the app
 * has the observed `fetch`; no code of the user's runs meanwhile.
 */
function withFetch(app: HonoApp, observed: Method, call: Method): unknown {
  const { fetch } = app
  app.fetch = onceObserved(app, observed)
  try {
    return call()
  } finally {
    app.fetch = fetch
  }
}

/** Puts the app's `fetch` back before it calls the observed one. */
function onceObserved(app: HonoApp, observed: Method): Method {
  const { fetch } = app
  return (...args) => {
    app.fetch = fetch
    return observed(...args)
  }
}

/** `app.fire()` for service workers, as Hono does it, with the observed `fetch`. */
function listen(fetch: Method): void {
  const scope = globalThis as unknown as {
    addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
  }
  scope.addEventListener('fetch', (event) => {
    event.respondWith(fetch(event.request, undefined, event))
  })
}

interface FetchEvent {
  request: Request
  respondWith(response: unknown): void
}

/**
 * The app's methods, called on the app, because they use its private fields. A method that returns
 * the app returns the wrapped app.
 */
function forwarded(app: object, wrapped: () => object): Record<string, Method> {
  const methods: Record<string, Method> = {}
  for (const name of methodsOf(app)) {
    const method = (app as Record<string, unknown>)[name]
    if (typeof method !== 'function') continue
    methods[name] = forwardTo(app as Record<string, Method>, name, wrapped)
  }
  return methods
}

function forwardTo(app: Record<string, Method>, name: string, wrapped: () => object): Method {
  return (...args) => {
    const result: unknown = app[name]!(...args)
    return result === app ? wrapped() : result
  }
}

/** Names of the methods of an instance and its classes. */
function methodsOf(app: object): Set<string> {
  const names = new Set<string>()
  let each = app as object | null
  while (each !== null && each !== Object.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each)))
      if (typeof value === 'function') names.add(name)
    each = Object.getPrototypeOf(each) as object | null
  }
  for (const name of ['constructor', 'errorHandler', 'getPath']) names.delete(name)
  return names
}
