import type { Client, InStatement } from '@libsql/client/http'
import { and, desc, eq, type SQL } from 'drizzle-orm'
import type { LibSQLDatabase } from 'drizzle-orm/libsql'
import { drizzle } from 'drizzle-orm/libsql/http'
import type { Store } from '../core/types.ts'
import { claimStatements, settleStatements } from './_claim-sql.ts'
import { toStoreError } from './_classify.ts'
import { ISSUE_COLUMNS } from './_columns.ts'
import { decodeClaims } from './_decode.ts'
import { encodeBatch } from './_encode.ts'
import { PRUNE_CHUNK } from './_limits.ts'
import { pruneStatements, setIssueStatements } from './_maintain-sql.ts'
import { writeStatements } from './_write-sql.ts'
import { issues, occurrences } from './schema.ts'

type Row = Record<string, unknown>

/** A Store on a libSQL client, made by `connect` when it is first needed: nothing may happen at module scope in workerd. */
export function createLibsqlStore(
  connect: () => Client | Promise<Client>,
  secrets: readonly string[],
): LibsqlStore {
  const database = lazyDatabase(connect)

  /** Runs `queries` in one transaction and one round trip; everything that leaves is a StoreError. */
  async function run<T>(work: (db: LibSQLDatabase) => Promise<T>): Promise<T> {
    try {
      return await work(await database())
    } catch (error) {
      throw toStoreError(error)
    }
  }

  const batch = (reads: readonly SQL[], writes: readonly SQL[]): Promise<unknown[]> =>
    run((db) => {
      const queries = [
        ...writes.map((query) => db.run(query)),
        ...reads.map((query) => db.all(query)),
      ]
      return queries.length === 0 ? Promise.resolve([]) : db.batch(queries as never)
    })

  return {
    name: 'libsql',
    secrets,
    [DATABASE]: database,

    async write(input) {
      const writes =
        input.entries.length === 0 ? [] : writeStatements(input, encodeBatch(input.entries))
      if (input.channels.length === 0) {
        await batch([], writes)
        return { claims: [] }
      }
      const { lease, claimed, digested } = claimStatements(input)
      const results = await batch([claimed, digested], [...writes, ...lease])
      const [alerts, digests] = results.slice(-2) as [Row[], Row[]]
      return { claims: decodeClaims(alerts, digests, input.attempt) }
    },

    async settle(settlements, now) {
      if (settlements.length > 0) await batch([], settleStatements(settlements, now))
    },

    async prune(retention, now) {
      const results = await batch([], pruneStatements(retention, now))
      const deleted = results.map((result) => (result as { rowsAffected: number }).rowsAffected)
      const [tallied = 0, tooMany = 0, tooOld = 0, tooQuiet = 0, ...rest] = deleted
      return {
        occurrences: tooMany + tooOld,
        issues: tooQuiet,
        more: [tallied, tooMany, tooOld, tooQuiet, ...rest].some((rows) => rows >= PRUNE_CHUNK),
      }
    },

    async setIssue(fingerprint, change, now) {
      const [result] = await batch([], setIssueStatements(fingerprint, change, now))
      return (result as { rowsAffected: number }).rowsAffected > 0
    },

    issues: ({ state, limit = 50 } = {}) =>
      run((db) =>
        db
          .select(issueSelection)
          .from(issues)
          .where(state === undefined ? undefined : eq(issues.state, state))
          .orderBy(desc(issues.lastSeen), desc(issues.fingerprint))
          .limit(limit),
      ),

    occurrences: ({ fingerprint, id, limit = 50 } = {}) =>
      run((db) =>
        db
          .select()
          .from(occurrences)
          .where(
            and(
              fingerprint === undefined ? undefined : eq(occurrences.fingerprint, fingerprint),
              id === undefined ? undefined : eq(occurrences.id, id),
            ),
          )
          .orderBy(desc(occurrences.occurredAt), desc(occurrences.id))
          .limit(limit),
      ),
  }
}

/** A Store that `migrate` can reach the database of. */
export interface LibsqlStore extends Store {
  readonly [DATABASE]: () => LibSQLDatabase | Promise<LibSQLDatabase>
}

export function isLibsqlStore(store: Store): store is LibsqlStore {
  return DATABASE in store
}

/** Not `Symbol()`: two installed copies of klaxon must agree on it. */
export const DATABASE = Symbol.for('klaxon.database')

const issueSelection = Object.fromEntries(
  Object.keys(ISSUE_COLUMNS).map((key) => [key, issues[key as keyof typeof ISSUE_COLUMNS]]),
) as Pick<typeof issues, keyof typeof ISSUE_COLUMNS>

/**
 * One client for all requests: with its queue switched off, it holds nothing that belongs to one of them. A promise is
 * shared only where `connect` returns one, which is never in workerd: there a request cannot await another's.
 */
function lazyDatabase(
  connect: () => Client | Promise<Client>,
): () => LibSQLDatabase | Promise<LibSQLDatabase> {
  let database: LibSQLDatabase | Promise<LibSQLDatabase> | undefined
  const open = (client: Client): LibSQLDatabase =>
    (database = drizzle({ client: immediate(client) }))
  return () => {
    if (database !== undefined) return database
    const client = connect()
    if (!(client instanceof Promise)) return open(client)
    database = client.then(open, (error: unknown) => {
      database = undefined
      throw error
    })
    return database
  }
}

/**
 * Drizzle opens batches as deferred transactions, which fail at once when another writer came between their first read
 * and their first write; an immediate one waits for its turn.
 */
function immediate(client: Client): Client {
  const batch = client.batch.bind(client)
  client.batch = (statements: (InStatement | [string, never?])[]) =>
    batch(statements as never, 'write')
  return client
}
