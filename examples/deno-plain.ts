import { plainRoutes, routeOf } from './_plain.ts'
import { address, onStop, setUp } from './_setup.ts'

const klaxon = await setUp({ route: routeOf })
const server = Deno.serve(address, klaxon.wrap(plainRoutes))

onStop(klaxon, () => server.shutdown())
