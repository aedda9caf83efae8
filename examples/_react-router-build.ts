import { type LoaderFunctionArgs, type RouterContextProvider, type ServerBuild } from 'react-router'
import { plainRoutes } from './_plain.ts'

/** The pattern of the route that answered, for klaxon's `route`. */
export const patterns = new WeakMap<RouterContextProvider, string>()

type Entry = ServerBuild['entry']['module']

const document: Entry['default'] = (_request, status, headers, { staticHandlerContext }) => {
  headers.set('content-type', 'text/html; charset=utf-8')
  const title = staticHandlerContext.errors ? 'Something broke' : 'A page'
  const body = `<!doctype html><title>klaxon</title><h1>${title}</h1>`
  return new Response(body, { status, headers })
}

const patterned = ({ pattern, context }: LoaderFunctionArgs) => {
  patterns.set(context as RouterContextProvider, pattern)
}

/** A resource route: a loader or an action, and no component. */
function resource(id: string, path: string, method: 'loader' | 'action' = 'loader') {
  const answer = ({ request }: LoaderFunctionArgs) => plainRoutes(request)
  return route(id, path, { [method]: answer, middleware: [patterned] })
}

function page(id: string, path: string, loader: () => unknown) {
  return route(id, path, { loader, default: () => null, middleware: [patterned] })
}

function route(id: string, path: string, module: object): ServerBuild['routes'] {
  return { [id]: { id, path, module: module as never } }
}

/**
 * By hand what React Router's Vite plugin makes of app/routes, in an app
 * `virtual:react-router/server-build`. `handleError` is what app/entry.server.tsx exports by that
 * name.
 */
export const build = (handleError: NonNullable<Entry['handleError']>): ServerBuild => ({
  entry: { module: { default: document, handleError } },
  routes: {
    ...resource('home', '/'),
    ...resource('hello', '/api/hello'),
    ...resource('user', '/api/users/:id'),
    ...resource('boom', '/api/boom'),
    ...resource('unavailable', '/api/unavailable'),
    ...resource('stream', '/api/stream'),
    ...resource('orders', '/api/orders', 'action'),
    ...page('page', '/page', () => null),
    ...page('broken', '/broken', () => {
      throw new Error('The shelf is empty')
    }),
  },
  assets: {
    entry: { imports: [], module: '' },
    routes: {},
    url: '',
    version: '1',
  },
  publicPath: '/',
  assetsBuildDirectory: 'build/client',
  future: {},
  ssr: true,
  isSpaMode: false,
  prerender: [],
  routeDiscovery: { mode: 'initial', manifestPath: '/__manifest' },
})
