import { createRequestHandler, isRouteErrorResponse, RouterContextProvider } from 'react-router'
import { serve } from 'srvx'
import { caught, ownPage, throwing } from './_caught.ts'
import { build, patterns } from './_react-router-build.ts'
import { address, onStop, setUp } from './_setup.ts'

const routes = new WeakMap<Request, string | undefined>()

const klaxon = await setUp({ onError: ownPage, route: (request) => routes.get(request) ?? null })

// A route error response is an answer, such as 404 for no route: its status is recorded.
const serverBuild = build((error, { request }) => {
  if (!request.signal.aborted && !isRouteErrorResponse(error)) caught(klaxon, request, error)
})
const handle = createRequestHandler(serverBuild, 'production')

// The context is made inside: as a second argument klaxon would take it for the env.
const handler = klaxon.wrap((request: Request) =>
  throwing(request, async () => {
    const context = new RouterContextProvider()
    const response = await handle(request, context)
    routes.set(request, patterns.get(context))
    return response
  }),
)

const server = serve({ ...address, fetch: handler })

onStop(klaxon, () => server.close())
