import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { findVariable, foldersUp } from '../database/variables.ts'
import { hasSqlite } from '../database/open.ts'
import { CommandError, type Context } from '../command.ts'
import { readConfig } from './config.ts'

export type Host = 'Workers' | 'Node' | 'Bun' | 'Deno'
export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun'

export interface Project {
  folder: string
  host: Host
  packageManager: PackageManager
  /** Path of the wrangler config, relative to the folder. */
  config: string | undefined
  /** Path of the main module, relative to the folder. */
  main: string | undefined
  isTypeScript: boolean
  /** The suffix in imports of a module beside the main one, such as `.js`. */
  importSuffix: string
  /** The configured libSQL database, else the host's built-in one. */
  database: 'd1' | 'libsql' | 'sqlite'
}

const CONFIGS = ['wrangler.jsonc', 'wrangler.json', 'wrangler.toml']
const MAINS = ['src/index', 'src/server', 'src/main', 'src/app', 'index', 'server', 'main', 'app']
const MODULE_EXTENSIONS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx']
const LOCKS: readonly [string, PackageManager][] = [
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['package-lock.json', 'npm'],
]

/** Examines the project in the current folder. */
export function findProject(context: Context): Project {
  const above = foldersUp(context.cwd)
  const folder = above.find((path) => existsSync(join(path, 'package.json')))
  if (folder === undefined)
    throw new CommandError('there is no package.json here: run this in the folder of your project')
  const has = (name: string): boolean => existsSync(join(folder, name))
  const config = CONFIGS.find(has)
  const main = findMain(folder, config)
  const host = findHost(folder, config, has)
  return {
    folder,
    packageManager: findPackageManager(folder),
    host,
    config,
    main,
    isTypeScript: main !== undefined && /\.[mc]?tsx?$/.test(main),
    importSuffix: main === undefined ? '' : findImportSuffix(folder, main, host),
    database: findDatabase(host, context),
  }
}

function findDatabase(host: Host, context: Context): Project['database'] {
  if (findVariable('LIBSQL_URL', {}, context) !== undefined) return 'libsql'
  if (host === 'Workers') return 'd1'
  // Assumes that the server will run on this Node.
  return host === 'Node' && !hasSqlite() ? 'libsql' : 'sqlite'
}

function findHost(
  folder: string,
  config: string | undefined,
  has: (name: string) => boolean,
): Host {
  if (config !== undefined) return 'Workers'
  if (has('deno.json') || has('deno.jsonc')) return 'Deno'
  const { scripts = {} } = manifestOf(folder)
  const runsBun = Object.values(scripts).some((script) => /\bbun\b.*\.[jt]sx?\b/.test(script))
  return runsBun ? 'Bun' : 'Node'
}

/** The nearest lock file. In a monorepo it is above the project. */
function findPackageManager(folder: string): PackageManager {
  for (let path = folder; ; path = dirname(path)) {
    const named = /^(npm|pnpm|yarn|bun)@/.exec(manifestOf(path).packageManager ?? '')?.[1]
    if (named !== undefined) return named as PackageManager
    const lock = LOCKS.find(([name]) => existsSync(join(path, name)))
    if (lock !== undefined) return lock[1]
    if (dirname(path) === path || existsSync(join(path, '.git'))) return 'npm'
  }
}

interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  main?: string
  packageManager?: string
  scripts?: Record<string, string>
}

export function manifestOf(folder: string): Manifest {
  const path = join(folder, 'package.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : {}
}

function findMain(folder: string, config: string | undefined): string | undefined {
  const isThere = (path: string): boolean => existsSync(join(folder, path))
  if (config !== undefined) {
    const { main } = readConfig(config, readFileSync(join(folder, config), 'utf8'))
    return main !== undefined && isThere(main) ? relative(folder, join(folder, main)) : undefined
  }
  const { main, scripts = {} } = manifestOf(folder)
  const inScripts = Object.values(scripts).flatMap(
    (script) => /[\w./-]+\.[mc]?[jt]sx?\b/.exec(script)?.[0] ?? [],
  )
  const known = MAINS.flatMap((base) => MODULE_EXTENSIONS.map((suffix) => base + suffix))
  return [...known, ...inScripts, ...(main === undefined ? [] : [main])].find(
    (path) => isThere(path) && !path.startsWith('dist/'),
  )
}

/** The suffix that the main module's imports have, else the one that tsconfig requires. */
function findImportSuffix(folder: string, main: string, host: Host): string {
  const own = /\.[mc]?[jt]sx?$/.exec(basename(main))?.[0] ?? '.js'
  if (host === 'Deno') return own
  const source = readFileSync(join(folder, main), 'utf8')
  const used = /from\s*['"]\.{1,2}\/[^'"]*?(\.[mc]?[jt]sx?)?['"]/.exec(source)
  if (used !== null) return used[1] === undefined ? '' : used[1]
  if (!own.includes('t')) return own
  const tsconfig = join(folder, 'tsconfig.json')
  const text = existsSync(tsconfig) ? readFileSync(tsconfig, 'utf8') : ''
  if (/"allowImportingTsExtensions"\s*:\s*true/.test(text)) return own
  return /"module(?:Resolution)?"\s*:\s*"node(?:16|18|20|next)"/i.test(text) ? '.js' : ''
}
