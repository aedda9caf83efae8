import { createClient } from '@libsql/client/http'

const TABLES = ['occurrences', 'issues', 'tallies', 'alerts', 'channels']

/** Empties the klaxon tables of a libSQL server. */
export async function wipe(url: string): Promise<void> {
  await createClient({ url, concurrency: -1 }).batch(
    TABLES.map((table) => `delete from klaxon_${table}`),
    'write',
  )
}
