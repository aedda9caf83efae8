import { denoBinary, bunBinary } from '../_binaries.ts'
import { behaves } from '../_behaviour.ts'
import { processHost } from '../_process-host.ts'

behaves('Node with @hono/node-server, a process of its own, sqld', () =>
  processHost('node', process.execPath, ['examples/node.ts']),
)

behaves('Deno.serve, a process of its own, sqld', () =>
  processHost('deno', denoBinary(), ['run', '-A', 'examples/deno.ts']),
)

behaves('Bun.serve, a process of its own, sqld', () =>
  processHost('bun', bunBinary(), ['examples/bun.ts']),
)
