import { createRequestHandler, RouterContextProvider } from 'react-router'
import { serve } from 'srvx'
import { ownPage, thrownOn } from './_caught.ts'
import { build, patterns } from './_react-router-build.ts'
import { address, onStop, setUp } from './_setup.ts'

const handle = createRequestHandler(build, 'production')
const routes = new WeakMap<Request, string | undefined>()

const klaxon = await setUp({ onError: ownPage, route: (request) => routes.get(request) ?? null })

// The context is made inside: as a second argument klaxon would take it for the env.
const handler = klaxon.wrap(async (request: Request) => {
  const context = new RouterContextProvider()
  const response = await handle(request, context)
  routes.set(request, patterns.get(context))
  return thrownOn(request, response)
})

const server = serve({ ...address, fetch: handler })

onStop(klaxon, () => server.close())
