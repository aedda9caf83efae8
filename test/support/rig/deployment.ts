import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import type { KlaxonOptions } from '../../src/core/options.ts'
import type { Entry, Fallback, Occurrence } from '../../src/core/types.ts'
import { createKlaxon, type Klaxon } from '../../src/klaxon.ts'
import { slack } from '../../src/notify/slack.ts'
import { libsql } from '../../src/store/libsql.ts'
import { keptLog, type KeptLog } from './checker.ts'
import { type Database, startDatabase } from './database.ts'
import { type SlackEnd, startSlack } from './slack.ts'

/** What a request does once it is there: throws, reports, answers. */
export type Deed = (request: Request, klaxon: Klaxon) => Response

/** All that klaxon writes to, real, with everything kept that reaches it. */
export interface House {
  klaxon: Klaxon
  database: Database
  slack: SlackEnd
  log: KeptLog
  /** What the fallback took; it refuses every second time. */
  handedOver: Entry[]
  /** One request over HTTP; the occurrence's id, and what the client got. */
  ask(
    deed: Deed,
    path: string,
    headers: Record<string, string>,
  ): Promise<{ id: string; body: string }>
  /** The same, only the id. */
  send(deed: Deed, path: string, headers?: Record<string, string>): Promise<string>
  /** The row of an occurrence. */
  row(id: string): Promise<Occurrence>
  /** Everything that a reader of the database, the channel, the log or the fallback could see, as one text each. */
  everything(): Promise<Record<'rows' | 'files' | 'slack' | 'log' | 'fallback', string>>
  stop(): Promise<void>
}

export async function openHouse(options: KlaxonOptions = {}): Promise<House> {
  const [database, end] = await Promise.all([startDatabase(), startSlack()])
  const log = keptLog()
  const handedOver: Entry[] = []
  let asked = 0
  const fallback: Fallback = {
    name: 'kept',
    async put(entries) {
      if (asked++ % 2 === 0) throw new Error('refused')
      handedOver.push(...entries)
    },
  }
  const klaxon = createKlaxon({
    store: libsql({ url: database.proxy.url }),
    notify: slack({ webhookUrl: end.webhookUrl }),
    alerts: 'every',
    maxRowsPerMinute: false,
    fallback,
    log,
    ...options,
  })
  const reader = libsql({ url: database.url })
  const deeds: Deed[] = []
  const wrapped = klaxon.wrap((request: Request) =>
    deeds[Number(request.headers.get('x-deed'))]!(request, klaxon),
  )
  const server = createServer((incoming, outgoing) => {
    void getRequestListener(async (request) => wrapped(request))(incoming, outgoing)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function ask(
    deed: Deed,
    path: string,
    headers: Record<string, string>,
  ): Promise<{ id: string; body: string }> {
    const nth = deeds.push(deed) - 1
    const response = await fetch(`${base}${path}`, { headers: { ...headers, 'x-deed': `${nth}` } })
    const body = await response.text()
    const id = response.headers.get('x-error-id')
    if (id === null) throw new Error(`nothing was recorded at ${path}`)
    while (klaxon.stats().inFlight > 200) await klaxon.flush()
    return { id, body }
  }

  return {
    klaxon,
    database,
    slack: end,
    log,
    handedOver,
    ask,
    send: async (deed, path, headers = {}) => (await ask(deed, path, headers)).id,
    async row(id) {
      const [found] = await reader.occurrences({ id })
      if (found === undefined) throw new Error(`no row ${id}`)
      return found
    },
    async everything() {
      const tables = await database.sql("select name from sqlite_master where type = 'table'")
      const rows: unknown[] = []
      for (const { name } of tables)
        rows.push(await database.sql(`select * from "${name as string}"`))
      return {
        rows: JSON.stringify(rows),
        files: await filesOf(database.dir),
        slack: JSON.stringify(end.taken),
        log: JSON.stringify(log.lines()),
        fallback: JSON.stringify(handedOver),
      }
    },
    async stop() {
      server.closeAllConnections()
      await Promise.all([
        new Promise((resolve) => server.close(resolve)),
        database.stop(),
        end.stop(),
      ])
    },
  }
}

/** The bytes of a database and of its write-ahead log. */
async function filesOf(dir: string): Promise<string> {
  const texts: string[] = []
  for (const file of await readdir(dir, { recursive: true, withFileTypes: true }))
    if (file.isFile()) texts.push(await readFile(join(file.parentPath, file.name), 'latin1'))
  return texts.join('\n')
}
