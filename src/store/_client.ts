import type { Client, InStatement, ResultSet, Row } from '@libsql/client/http'
import type { SQL } from 'drizzle-orm/sql'
import { toStoreError } from './_classify.ts'

/** Runs Drizzle's SQL on a libSQL client. Each call is one round trip, and throws nothing but StoreError. */
export interface Connection {
  /** One transaction: all or nothing. */
  transact: (queries: readonly SQL[]) => Promise<ResultSet[]>
  read: (query: SQL) => Promise<Row[]>
  /** For what needs more than one round trip. */
  use: <T>(work: (client: Client) => Promise<T>) => Promise<T>
}

/**
 * One client for all requests, made when it is first needed: at module scope workerd allows next to nothing. With its
 * queue switched off, a client holds nothing that belongs to one request.
 */
export function lazyConnection(connect: () => Client | Promise<Client>): Connection {
  let client: Client | Promise<Client> | undefined

  // A promise is shared only where `connect` returns one, which is never in workerd: there a request cannot await
  // another's.
  function open(): Client | Promise<Client> {
    if (client !== undefined) return client
    const made = connect()
    client = made
    if (made instanceof Promise) made.catch(() => (client = undefined))
    return made
  }

  async function use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      return await work(await open())
    } catch (error) {
      throw toStoreError(error)
    }
  }

  return {
    use,
    // `write` begins the transaction as immediate: a deferred one, the default, fails at once when another writer came
    // between its first read and its first write
    transact: (queries) => use((client) => client.batch(queries.map(statement), 'write')),
    read: (query) => use(async (client) => (await client.execute(statement(query))).rows),
  }
}

/**
 * Drizzle's `sql` needs no dialect but these few words, and its libSQL driver adds nothing to them but 13 KB (gzip) of
 * a Worker, and errors whose message holds every parameter.
 */
const dialect = {
  escapeName: (name: string): string => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (): string => '?',
  escapeString: (text: string): string => `'${text.replaceAll("'", "''")}'`,
} as unknown as Parameters<SQL['toQuery']>[0]

export function statement(query: SQL): Extract<InStatement, object> {
  const { sql, params } = query.toQuery(dialect)
  return { sql, args: params as never }
}
