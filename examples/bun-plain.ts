import { plainRoutes, routeOf } from './_plain.ts'
import { address, onStop, setUp } from './_setup.ts'

const klaxon = await setUp({ route: routeOf })
const server = Bun.serve({ ...address, fetch: klaxon.wrap(plainRoutes) })

onStop(klaxon, () => server.stop())
