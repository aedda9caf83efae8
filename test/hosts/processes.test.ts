import { behaves } from '../suites/behaviour.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'
import { processHost } from '../support/process-host.ts'

const node = (example: string) => () => processHost('node', process.execPath, [example])
const deno = (example: string) => () => processHost('deno', denoBinary(), ['run', '-A', example])
const bun = (example: string) => () => processHost('bun', bunBinary(), [example])

behaves('Node with @hono/node-server, Hono wrapped', node('examples/node.ts'))
behaves('Node with srvx, a plain handler', node('examples/srvx.ts'))

behaves('Deno.serve, Hono wrapped', deno('examples/deno.ts'))
behaves('Deno.serve, Hono middleware', deno('examples/deno-hono.ts'))
behaves('Deno.serve, a plain handler', deno('examples/deno-plain.ts'))

behaves('Bun.serve, Hono wrapped', bun('examples/bun.ts'))
behaves('Bun.serve, Hono middleware', bun('examples/bun-hono.ts'))
behaves('Bun.serve, a plain handler', bun('examples/bun-plain.ts'))
