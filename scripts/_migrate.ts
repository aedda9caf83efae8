import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { root } from './_sqld.ts'

/** Applies the SQL files of drizzle/ that a database has not seen yet; says how many. */
export async function applyMigrations(url: string, authToken?: string): Promise<number> {
  const client = createClient({ url, ...(authToken ? { authToken } : {}) })
  let applied = 0
  try {
    await client.execute('create table if not exists __files (name text primary key)')
    const names = (await readdir(join(root, 'drizzle'))).filter((name) => name.endsWith('.sql'))
    for (const name of names.toSorted()) {
      const seen = await client.execute({
        sql: 'select 1 from __files where name = ?',
        args: [name],
      })
      if (seen.rows.length > 0) continue
      await client.executeMultiple(await readFile(join(root, 'drizzle', name), 'utf8'))
      await client.execute({ sql: 'insert into __files values (?)', args: [name] })
      applied++
    }
    return applied
  } finally {
    client.close()
  }
}
