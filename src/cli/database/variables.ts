import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { CommandError, type Context, type DatabaseFlags, EXIT } from '../command.ts'

const FILES = ['.dev.vars', '.env']
const ROOT_MARKS = ['package.json', '.git']

/**
 * A variable of the environment; else of `--env-file`; else of `.dev.vars` and `.env`, from the
 * current folder up to that of the package. An empty one counts as missing.
 */
export function findVariable(
  name: string,
  flags: DatabaseFlags,
  { env, cwd }: Pick<Context, 'env' | 'cwd'>,
): { value: string; source: string } | undefined {
  const envFile = flags['env-file']
  if (envFile !== undefined) {
    const path = resolve(cwd, envFile)
    if (!existsSync(path)) throw new CommandError(`there is no file ${envFile}`, EXIT.usage)
    const value = parseEnv(readFileSync(path, 'utf8'))[name]
    return value ? { value, source: envFile } : undefined
  }
  const value = env[name]
  if (value) return { value, source: 'the environment' }
  for (const folder of foldersUp(cwd)) {
    for (const file of filesOf(flags.env)) {
      const path = join(folder, file)
      const found = existsSync(path) ? parseEnv(readFileSync(path, 'utf8'))[name] : undefined
      if (found) return { value: found, source: relative(cwd, path) }
    }
  }
  return undefined
}

/** wrangler's order: `.dev.vars.staging` before `.dev.vars`. */
function filesOf(environment: string | undefined): string[] {
  if (environment === undefined) return FILES
  return FILES.flatMap((file) => [`${file}.${environment}`, file])
}

/** The folder of the nearest package.json, else the current one. */
export function projectFolder(cwd: string): string {
  return foldersUp(cwd).find((folder) => existsSync(join(folder, 'package.json'))) ?? cwd
}

/** The current folder and those above it, up to that of the package. */
export function foldersUp(cwd: string): string[] {
  const folders: string[] = []
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder)
    const isRoot = ROOT_MARKS.some((mark) => existsSync(join(folder, mark)))
    if (isRoot || dirname(folder) === folder) return folders
  }
}
