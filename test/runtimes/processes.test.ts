import { chmodSync } from 'node:fs'
import { createRequire } from 'node:module'
import { behaves } from '../_behaviour.ts'
import { processHost } from '../_process-host.ts'

const require = createRequire(import.meta.url)

/** The binary of a platform's npm package; musl and Windows have others, and need a row here. */
function binary(name: string, file: string): string {
  const path = require.resolve(`${name}/package.json`).replace(/package\.json$/, file)
  // The package's install script would do this, and scripts are off.
  chmodSync(path, 0o755)
  return path
}

const deno = {
  'linux-x64': '@deno/linux-x64-glibc',
  'linux-arm64': '@deno/linux-arm64-glibc',
  'darwin-x64': '@deno/darwin-x64',
  'darwin-arm64': '@deno/darwin-arm64',
}
const bun = {
  'linux-x64': '@oven/bun-linux-x64',
  'linux-arm64': '@oven/bun-linux-aarch64',
  'darwin-x64': '@oven/bun-darwin-x64',
  'darwin-arm64': '@oven/bun-darwin-aarch64',
}
const here = `${process.platform}-${process.arch}` as keyof typeof deno

behaves('Node with @hono/node-server, a process of its own, sqld', () =>
  processHost('node', process.execPath, ['examples/node.ts']),
)

behaves('Deno.serve, a process of its own, sqld', () =>
  processHost('deno', binary(deno[here], 'deno'), ['run', '-A', 'examples/deno.ts']),
)

behaves('Bun.serve, a process of its own, sqld', () =>
  processHost('bun', binary(bun[here], 'bin/bun'), ['examples/bun.ts']),
)
