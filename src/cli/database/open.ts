import { existsSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, resolve } from 'node:path'
import type { Store } from '../../model/store.ts'
import {
  CommandError,
  type Context,
  type Database,
  type DatabaseFlags,
  type DatabaseUse,
  EXIT,
} from '../command.ts'
import { findD1 } from './d1.ts'
import { findVariable, projectFolder } from './variables.ts'

const NO_DATABASE = `no database is configured. Pass --db libsql://name-org.turso.io (or file:klaxon.db), \
or set LIBSQL_URL in the environment or in .dev.vars, or give the wrangler config a D1 binding: \
\`npx klaxon init\` does that`

/** The database file that `klaxon init` sets up, unless `KLAXON_PATH` names another. */
export const SQLITE_PATH = 'klaxon.db'

/** Whether this Node has SQLite: from 22.13 on. */
export const hasSqlite = (): boolean => isBuiltin('node:sqlite')

/**
 * The database that the flags name; else the D1 binding of the wrangler config; else `LIBSQL_URL`;
 * else the SQLite file of the project; else the server of `npm start`. A D1 binding without klaxon
 * in its name comes after `LIBSQL_URL`, because it is probably the app's.
 */
export async function openDatabase(
  flags: DatabaseFlags,
  context: Context,
  use: DatabaseUse = {},
): Promise<Database> {
  const authToken = findVariable('LIBSQL_AUTH_TOKEN', flags, context)?.value
  const open = (url: string, source: string): Promise<Database> =>
    openUrl({ url, source, authToken, cwd: context.cwd }, use)
  if (flags.db !== undefined) return open(flags.db, '--db')
  const d1 = await findD1(flags, context)
  if (d1 !== undefined && (d1.isKlaxons || flags.remote === true)) return d1.open(use)
  const url = findVariable('LIBSQL_URL', flags, context)
  if (url !== undefined) return open(url.value, `LIBSQL_URL in ${url.source}`)
  const file = sqliteFile(flags, context)
  if (file !== undefined) return open(`file:${file.path}`, file.source)
  if (d1 !== undefined) return d1.open(use)
  const running = await runningServer(context)
  if (running !== undefined) return open(running, 'npm start')
  throw new CommandError(NO_DATABASE, EXIT.credentials)
}

interface Address {
  url: string
  source: string
  authToken: string | undefined
  /** The folder of a relative path. */
  cwd: string
}

/** Opens a server or a file. */
export async function openUrl(
  { url: given, source, authToken, cwd }: Address,
  { creates = false }: DatabaseUse,
): Promise<Database> {
  const url = absolute(given, cwd)
  const path = /^file:(.*)/.exec(url)?.[1]
  if (path?.includes('?'))
    throw new CommandError(`${source}: the URL of a file takes no "?": ${path}`, EXIT.usage)
  const isMissing = path !== undefined && !existsSync(path)
  if (isMissing && !creates)
    throw new CommandError(
      `there is no database file ${path}: \`klaxon migrate\` makes it`,
      EXIT.credentials,
    )
  return {
    store: await storeAt({ url, authToken, migrate: creates }),
    name: displayUrl(given),
    source,
    isMissing,
    close: async () => {},
  }
}

/** Opens a file without a package, if the runtime has SQLite. */
async function storeAt(options: {
  url: string
  authToken: string | undefined
  migrate: boolean
}): Promise<Store> {
  const { url, migrate } = options
  if (url.startsWith('file:') && hasSqlite()) {
    const { patientSqlite } = await import('../../store/sqlite/patient-sqlite.ts')
    return patientSqlite(url.slice('file:'.length), migrate)
  }
  const { libsql } = await import('../../store/libsql/libsql.ts')
  return libsql(options)
}

/** `KLAXON_PATH`, else an existing `klaxon.db` beside the package.json. */
function sqliteFile(
  flags: DatabaseFlags,
  context: Context,
): { path: string; source: string } | undefined {
  const named = findVariable('KLAXON_PATH', flags, context)
  const folder = projectFolder(context.cwd)
  if (named !== undefined)
    return { path: resolve(folder, named.value), source: `KLAXON_PATH in ${named.source}` }
  const path = join(folder, SQLITE_PATH)
  return existsSync(path) ? { path, source: `the file ${SQLITE_PATH}` } : undefined
}

/** Resolves a relative `file:` URL against a folder. */
function absolute(url: string, cwd: string): string {
  const path = /^file:(?!\/)(.+)/.exec(url)?.[1]
  return path === undefined ? url : `file:${join(cwd, path)}`
}

/** A database URL without user, password and query, for a terminal. */
function displayUrl(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
}

/** Reads `.klaxon/running.json`, which `npm start` writes. */
async function runningServer(context: Context): Promise<string | undefined> {
  try {
    const { readFile } = await import('node:fs/promises')
    const path = join(projectFolder(context.cwd), '.klaxon', 'running.json')
    const { url } = JSON.parse(await readFile(path, 'utf8')) as { url?: unknown }
    return typeof url === 'string' ? url : undefined
  } catch {
    // `npm start` is not running.
    return undefined
  }
}
