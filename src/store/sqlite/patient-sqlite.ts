import type { Store } from '../../model/store.ts'
import { threadStore } from './_thread-store.ts'

const LOCK_WAIT_MS = 5_000

/**
 * The store on a SQLite file for the command line. It waits while the server writes, because a
 * command, unlike an app, makes one try.
 */
export function patientSqlite(path: string, migrate: boolean): Store {
  return threadStore({ path, lockWaitMs: LOCK_WAIT_MS }, migrate)
}
