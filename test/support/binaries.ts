import { chmodSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** The binary of a platform's npm package. musl and Windows would need more rows here. */
function binary(name: string, file: string): string {
  const path = require.resolve(`${name}/package.json`).replace(/package\.json$/, file)
  // Does the work of the package's install script, because scripts are off.
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

export const denoBinary = (): string => binary(deno[here], 'deno')
export const bunBinary = (): string => binary(bun[here], 'bin/bun')
