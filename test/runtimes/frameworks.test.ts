import { behaves } from '../_behaviour.ts'
import { bunBinary } from '../_binaries.ts'
import { processHost } from '../_process-host.ts'

const node = (example: string) => () => processHost('node', process.execPath, [example])

behaves('itty-router 6 on Node with srvx', node('examples/itty.ts'))
behaves('h3 2 on Node with srvx', node('examples/h3.ts'))
behaves('Elysia 1.4 on Bun', () => processHost('bun', bunBinary(), ['examples/elysia.ts']))

// Its server runtime is real; the build that the Vite plugin would make is written by hand.
behaves('React Router 8 on Node with srvx', node('examples/react-router.ts'))
