import { serve } from 'srvx'
import { plainRoutes, routeOf } from './_plain.ts'
import { address, onStop, setUp } from './_setup.ts'

/**
 * Any fetch handler on Node, Deno and Bun. srvx puts `waitUntil` and the client's address on the
 * request: klaxon takes both.
 */
const klaxon = await setUp({ route: routeOf })
const server = serve({ ...address, fetch: klaxon.wrap(plainRoutes) })

onStop(klaxon, () => server.close())
