import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Hono } from 'hono'
import type * as klaxon from 'klaxon'
import type * as dashboard from 'klaxon/dashboard'
import type * as libsql from 'klaxon/libsql'
import type * as memory from 'klaxon/memory'
import type * as slack from 'klaxon/slack'
import type * as sourcemaps from 'klaxon/sourcemaps'
import { root } from '../_sqld.ts'

const SHOP = fileURLToPath(new URL('shop', import.meta.url))

/** klaxon as npm would install it, so that its frames lie in `node_modules`. */
export interface Installed {
  klaxon: typeof klaxon
  dashboard: typeof dashboard
  libsql: typeof libsql
  memory: typeof memory
  slack: typeof slack
  sourcemaps: typeof sourcemaps
}

export async function install(folder: string): Promise<Installed> {
  const modules = join(folder, 'node_modules')
  const target = join(modules, 'klaxon')
  mkdirSync(join(modules, '@libsql'), { recursive: true })
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(target, name), { recursive: true })
  for (const name of ['hono', 'drizzle-orm', '@libsql/client'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  const load = (path: string) => import(pathToFileURL(join(target, 'dist', path)).href)
  return {
    klaxon: await load('index.js'),
    dashboard: await load('dashboard/index.js'),
    libsql: await load('store/libsql/libsql.js'),
    memory: await load('store/memory/memory.js'),
    slack: await load('notify/slack/slack.js'),
    sourcemaps: await load('sourcemaps/index.js'),
  }
}

/** Bundles the shop as a deployment does, and uploads its maps with the command line. */
export async function deployShop(folder: string, db: string, release: string): Promise<Hono> {
  const outfile = join(folder, 'dist/worker.js')
  await build({
    entryPoints: [join(SHOP, 'src/index.ts')],
    absWorkingDir: SHOP,
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    sourcemap: 'external',
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
  })
  const cli = join(root, 'dist/cli/main.js')
  const args = [cli, 'sourcemaps', 'upload', 'dist', '--db', db, '--release', release]
  execFileSync(process.execPath, args, { cwd: folder, stdio: 'inherit' })
  return ((await import(pathToFileURL(outfile).href)) as { default: Hono }).default
}
