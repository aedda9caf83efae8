import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { root } from './_sqld.ts'

/** A message for the person at the terminal; printed without a stack. */
export class Halt extends Error {}

/** Folder of the local database, kept between starts. */
export const dataDir = resolve(root, process.env.KLAXON_DIR ?? '.klaxon')
export const sqldDir = join(dataDir, 'sqld')
/** Says where the running `npm start` listens. */
export const stateFile = join(dataDir, 'running.json')

const secretFile = join(dataDir, 'secret')

const names = [
  'LIBSQL_URL',
  'LIBSQL_AUTH_TOKEN',
  'SLACK_WEBHOOK_URL',
  'KLAXON_SECRET',
  'PORT',
] as const

/**
 * Bindings for the Worker: `.dev.vars`, and over it the environment. Empty values count as absent.
 */
export function readVars(): Record<string, string> {
  const vars: Record<string, string | undefined> = parseEnv(readIfThere(join(root, '.dev.vars')))
  for (const name of names) vars[name] = process.env[name] ?? vars[name]
  return Object.fromEntries(
    Object.entries(vars).filter((pair): pair is [string, string] => Boolean(pair[1])),
  )
}

/** The dashboard's secret, kept between starts so that a login outlives one. */
export function localSecret(): string {
  const kept = readIfThere(secretFile).trim()
  if (kept !== '') return kept
  const secret = randomBytes(16).toString('hex')
  writeFileSync(secretFile, `${secret}\n`, { mode: 0o600 })
  return secret
}

/** What the running `npm start` noted of itself, or null. */
export function readState(): { pid: number; url: string } | null {
  const text = readIfThere(stateFile)
  return text ? (JSON.parse(text) as { pid: number; url: string }) : null
}

/** A database URL fit for a terminal: no user, password or query. */
export function displayUrl(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
}

/**
 * Lines that dotenv, with the `$` expansion which wrangler applies, reads back as the very values.
 * @throws Halt when a value holds every kind of quote
 */
export function toEnvFile(vars: Record<string, string>): string {
  return Object.entries(vars)
    .map(([name, value]) => {
      const quote = ["'", '`', '"'].find((mark) => !value.includes(mark))
      if (!quote || /[\r\n]/.test(value))
        throw new Halt(`${name} cannot hold quotes of all kinds or line ends.`)
      return `${name}=${quote}${value.replaceAll('$', '\\$')}${quote}\n`
    })
    .join('')
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
