import { createClient } from '@libsql/client/http'
import { libsql } from '../../../src/store/libsql/libsql.ts'
import { migrate } from '../../../src/store/sql/migrate.ts'
import { emptySqld } from '../sqld.ts'
import { type Proxy, startProxy } from './proxy.ts'

export interface Database {
  /** Connects to sqld without the proxy. */
  url: string
  /** Where sqld has its files. */
  dir: string
  proxy: Proxy
  sql(text: string): Promise<Record<string, unknown>[]>
  /** Ids of all rows. */
  ids(): Promise<string[]>
  /** Sum of the counts of all issues. */
  counted(): Promise<number>
  stop(): Promise<void>
}

/** A new, migrated libSQL server behind a proxy. */
export async function startDatabase({ migrated = true } = {}): Promise<Database> {
  const server = await emptySqld()
  if (migrated) await migrate(libsql({ url: server.url }))
  const proxy = await startProxy(server.url)
  const client = createClient({ url: server.url, intMode: 'number' })
  const sql = async (text: string) =>
    (await client.execute(text)).rows as unknown as Record<string, unknown>[]
  return {
    url: server.url,
    dir: server.dir,
    proxy,
    sql,
    ids: async () =>
      (await sql('select id from klaxon_occurrences')).map((row) => row['id'] as string),
    counted: async () =>
      (await sql('select coalesce(sum(count), 0) n from klaxon_issues'))[0]!['n'] as number,
    async stop() {
      client.close()
      await proxy.stop()
      await server.stop()
    },
  }
}
