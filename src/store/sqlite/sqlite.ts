import type { Store } from '../../model/store.ts'
import { badOption } from '../sql/bad-option.ts'
import { threadStore } from './_thread-store.ts'

export { migrate } from '../sql/migrate.ts'

/** Options of `sqlite()`. */
export interface SqliteOptions {
  /**
   * The database file, created when it is missing; `:memory:` for a database that ends with the
   * process.
   */
  path: string
  /**
   * Creates the tables when the first one is missing.
   * @default true
   */
  migrate?: boolean
}

/**
 * Makes a store on a SQLite file, with the runtime's built-in SQLite: `node:sqlite` on Node (>=
 * 22.13) and Deno, `bun:sqlite` on Bun. It works in a worker thread. It does not wait for another
 * process's lock; klaxon tries again instead.
 * @example
 * sqlite({ path: 'klaxon.db' })
 * @throws KlaxonError for an option that cannot work
 */
export function sqlite(options: SqliteOptions): Store {
  const { path, migrate } = check(options)
  return threadStore({ path, lockWaitMs: 0 }, migrate)
}

function check(options: SqliteOptions): SqliteOptions {
  if (typeof options?.path !== 'string' || options.path === '' || /^file:/i.test(options.path))
    throw badOption('sqlite', 'path', 'be the path of a file such as "klaxon.db", or ":memory:"')
  if (options.migrate !== undefined && typeof options.migrate !== 'boolean')
    throw badOption('sqlite', 'migrate', 'be true or false, or left out')
  return options
}
