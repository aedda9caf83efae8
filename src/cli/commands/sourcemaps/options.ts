import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SqlBatch } from '../../../sourcemaps/reader.ts'
import { driverOf } from '../../../store/sql/_connection.ts'
import {
  CommandError,
  type Context,
  DATABASE_OPTIONS,
  type Database,
  type DatabaseFlags,
  type DatabaseUse,
  EXIT,
} from '../../command.ts'
import { findVariable } from '../../database/variables.ts'

export const MAPS_OPTIONS = { ...DATABASE_OPTIONS, 'maps-db': { type: 'string' } } as const

export const RELEASE_OPTIONS = {
  release: { type: 'string' },
  'wrangler-output': { type: 'string' },
} as const

export interface MapsFlags extends DatabaseFlags {
  'maps-db'?: string | undefined
}

export interface ReleaseFlags {
  release?: string | undefined
  'wrangler-output'?: string | undefined
}

/** Characters of a release that klaxon records. */
const MAX_RELEASE_LENGTH = 512

/** Whether the maps have a separate database. */
export function haveOwnDatabase(flags: MapsFlags, context: Context): boolean {
  return (
    flags['maps-db'] !== undefined || findVariable('KLAXON_MAPS_URL', flags, context) !== undefined
  )
}

/**
 * Opens the maps' database: a separate one if the flags or a variable name it, else klaxon's.
 */
export async function openMaps(
  flags: MapsFlags,
  context: Context,
  use: DatabaseUse = {},
): Promise<Database> {
  const url = flags['maps-db'] ?? findVariable('KLAXON_MAPS_URL', flags, context)?.value
  if (url === undefined) return context.openDatabase(flags, use)
  const { openUrl } = await import('../../database/open.ts')
  const authToken = findVariable('KLAXON_MAPS_AUTH_TOKEN', flags, context)?.value
  const source = '--maps-db or KLAXON_MAPS_URL'
  return openUrl({ url, source, authToken, cwd: context.cwd }, use)
}

/**
 * Opens a database; null when none is configured and the flags name none. Maps may be in a folder.
 */
export async function unlessMissing(
  flags: MapsFlags,
  open: () => Promise<Database>,
): Promise<Database | null> {
  try {
    return await open()
  } catch (error) {
    const named = [flags.db, flags.remote, flags.binding, flags['maps-db']]
    const isMissing = error instanceof CommandError && error.exitCode === EXIT.credentials
    if (!isMissing || named.some((flag) => flag !== undefined)) throw error
    return null
  }
}

/** Runs statements on the maps' database. */
export function batchOf({ store, name }: Database): SqlBatch {
  const driver = driverOf(store)
  if (driver === null) throw new CommandError(`${name} keeps no source maps`)
  return driver
}

/** The release that klaxon records for this build; undefined when nothing names one. */
export function findRelease(
  flags: ReleaseFlags & DatabaseFlags,
  context: Context,
): string | undefined {
  if (flags.release !== undefined) return checkRelease(flags.release)
  const output = flags['wrangler-output']
  if (output !== undefined) return wranglerVersion(resolve(context.cwd, output), output)
  const variable = findVariable('KLAXON_RELEASE', flags, context)?.value
  return variable === undefined ? undefined : checkRelease(variable)
}

/** The release of this build. @throws CommandError that tells where a release comes from */
export function requireRelease(flags: ReleaseFlags & DatabaseFlags, context: Context): string {
  const release = findRelease(flags, context)
  if (release !== undefined) return release
  throw new CommandError(
    `which release is this? klaxon records the option \`release\`, else CF_VERSION_METADATA.id. \
Give the same with --release or KLAXON_RELEASE; for wrangler, set WRANGLER_OUTPUT_FILE_PATH when you \
deploy and pass that file with --wrangler-output`,
    EXIT.usage,
  )
}

function checkRelease(text: string): string {
  const release = text.trim()
  if (release === '') throw new CommandError('the release is empty', EXIT.usage)
  if (release.length > MAX_RELEASE_LENGTH || /\p{Cc}/u.test(release))
    throw new CommandError(
      'that is no release: it is too long or has control characters',
      EXIT.usage,
    )
  return release
}

/** The last deployment or version upload of the file that `WRANGLER_OUTPUT_FILE_PATH` names. */
function wranglerVersion(path: string, name: string): string {
  if (!existsSync(path)) throw new CommandError(`there is no file ${name}`, EXIT.usage)
  const versions = readFileSync(path, 'utf8').split('\n').flatMap(versionOf)
  const last = versions.at(-1)
  if (last !== undefined) return checkRelease(last)
  throw new CommandError(`${name} has no version_id: is it of \`wrangler deploy\`?`, EXIT.usage)
}

function versionOf(line: string): string[] {
  if (line.trim() === '') return []
  try {
    const { type, version_id: id } = JSON.parse(line) as { type?: unknown; version_id?: unknown }
    return (type === 'deploy' || type === 'version-upload') && typeof id === 'string' ? [id] : []
  } catch {
    // The line is cut.
    return []
  }
}
