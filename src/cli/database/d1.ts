import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { D1Like } from '../../store/d1/d1.ts'
import {
  CommandError,
  type Context,
  type Database,
  type DatabaseFlags,
  type DatabaseUse,
  EXIT,
} from '../command.ts'
import { remoteError } from './remote.ts'
import { foldersUp } from './variables.ts'

const CONFIG_FILES = ['wrangler.jsonc', 'wrangler.json', 'wrangler.toml']

/** The part of the user's wrangler that klaxon uses. */
interface Wrangler {
  unstable_readConfig(
    args: { config: string; env?: string | undefined },
    options: { hideWarnings: boolean },
  ): WranglerConfig
  getPlatformProxy(options: {
    configPath: string
    persist: { path: string }
    remoteBindings: boolean
  }): Promise<{ env: Record<string, unknown>; dispose(): Promise<void> }>
}

interface WranglerConfig {
  name?: string
  account_id?: string
  compatibility_date?: string
  d1_databases: D1Binding[]
}

interface D1Binding {
  binding: string
  database_name?: string
  database_id?: string
}

export interface FoundD1 {
  /** Whether its name says klaxon, or a flag names it. */
  isKlaxons: boolean
  open(use: DatabaseUse): Promise<Database>
}

/** The wrangler config that the flags name, else the nearest one. */
export function findWranglerConfig(flags: DatabaseFlags, { cwd }: Context): string | undefined {
  if (flags.config !== undefined) {
    const path = resolve(cwd, flags.config)
    if (!existsSync(path)) throw new CommandError(`there is no file ${flags.config}`, EXIT.usage)
    return path
  }
  return foldersUp(cwd)
    .flatMap((folder) => CONFIG_FILES.map((name) => join(folder, name)))
    .find((path) => existsSync(path))
}

/** The D1 binding for klaxon in the wrangler config; undefined when the config has none. */
export async function findD1(flags: DatabaseFlags, context: Context): Promise<FoundD1 | undefined> {
  const path = findWranglerConfig(flags, context)
  // Loaded late, because wrangler takes a second to load.
  if (path === undefined || !readFileSync(path, 'utf8').includes('d1_databases')) {
    if (flags.binding !== undefined || flags.remote === true)
      throw new CommandError('there is no D1 binding in the wrangler config', EXIT.credentials)
    return undefined
  }
  const wrangler = await userWrangler(path)
  const config = wrangler.unstable_readConfig(
    { config: path, env: flags.env },
    { hideWarnings: true },
  )
  const binding = choose(config.d1_databases, flags.binding)
  if (binding === undefined) return undefined
  const isKlaxons = flags.binding !== undefined || isNamedKlaxon(binding)
  return {
    isKlaxons,
    open: (use) =>
      open(wrangler, { path, config }, { ...use, binding, remote: flags.remote === true }),
  }
}

const isNamedKlaxon = ({ binding, database_name }: D1Binding): boolean =>
  /klaxon/i.test(binding) || /klaxon/i.test(database_name ?? '')

function choose(bindings: readonly D1Binding[], name: string | undefined): D1Binding | undefined {
  if (name !== undefined) {
    const named = bindings.find(({ binding }) => binding === name)
    if (named !== undefined) return named
    throw new CommandError(`the wrangler config has no D1 binding ${name}`, EXIT.usage)
  }
  const klaxons = bindings.filter(isNamedKlaxon)
  const candidates = klaxons.length > 0 ? klaxons : bindings
  if (candidates.length <= 1) return candidates[0]
  const names = candidates.map(({ binding }) => binding).join(', ')
  throw new CommandError(`choose the D1 binding with --binding: ${names}`, EXIT.usage)
}

/** Loads the project's wrangler, whose version knows the place of its local databases. */
async function userWrangler(configPath: string): Promise<Wrangler> {
  const require = createRequire(configPath)
  let path: string
  try {
    path = require.resolve('wrangler')
  } catch {
    throw new CommandError('the D1 database needs wrangler: npm install --save-dev wrangler')
  }
  return (await import(pathToFileURL(path).href)) as Wrangler
}

/**
 * Opens the binding with a separate config, so that other bindings do not start, and a remote
 * database does not need `"remote": true` in the project's config.
 */
async function open(
  wrangler: Wrangler,
  { path, config }: { path: string; config: WranglerConfig },
  { binding, remote, creates = false }: DatabaseUse & { binding: D1Binding; remote: boolean },
): Promise<Database> {
  const where = remote ? 'remote' : 'local'
  const displayName = `D1 "${binding.database_name ?? binding.binding}" (${where})`
  if (remote && binding.database_id === undefined)
    throw new CommandError(
      `the D1 binding ${binding.binding} has no database_id, which \`npx wrangler d1 list\` shows`,
      EXIT.credentials,
    )
  const folder = await mkdtemp(join(tmpdir(), 'klaxon-d1-'))
  const configPath = join(folder, 'wrangler.json')
  const { name = 'klaxon-cli', account_id, compatibility_date = '2026-08-01' } = config
  await writeFile(
    configPath,
    JSON.stringify({
      name,
      account_id,
      compatibility_date,
      d1_databases: [{ ...binding, remote }],
    }),
  )
  const persist = { path: join(dirname(path), '.wrangler', 'state', 'v3') }
  const removeFolder = () => rm(folder, { recursive: true, force: true })
  const proxy = await wrangler
    .getPlatformProxy({ configPath, persist, remoteBindings: remote })
    .catch(async (error: unknown) => {
      await removeFolder()
      throw remote ? remoteError(error, displayName) : error
    })
  const { d1 } = await import('../../store/d1/d1.ts')
  return {
    store: d1({ database: proxy.env[binding.binding] as D1Like, migrate: creates }),
    name: displayName,
    source: `binding ${binding.binding}`,
    async close() {
      await proxy.dispose()
      await removeFolder()
    },
  }
}
