import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { createServer } from 'node:http'
import type { KlaxonOptions } from '../../../src/config/options.ts'
import type { Fallback } from '../../../src/model/fallback.ts'
import type { QueuedOccurrence, Occurrence } from '../../../src/model/occurrence.ts'
import { createKlaxon, type Klaxon } from '../../../src/klaxon.ts'
import { slack } from '../../../src/notify/slack/slack.ts'
import { libsql } from '../../../src/store/libsql/libsql.ts'
import { keptLog, type KeptLog } from './checker.ts'
import { type Database, startDatabase } from './database.ts'
import { type SlackEnd, startSlack } from './slack.ts'

/** The handler of a request: it throws, reports or answers. */
export type Handler = (request: Request, klaxon: Klaxon) => Response

/** Everything that klaxon writes to, real. Each keeps its input. */
export interface Deployment {
  klaxon: Klaxon
  database: Database
  slack: SlackEnd
  log: KeptLog
  /** The records of the fallback, which refuses every second time. */
  handedOver: QueuedOccurrence[]
  /** Sends one request over HTTP. Returns the error id and the response. */
  ask(
    handler: Handler,
    path: string,
    headers: Record<string, string>,
  ): Promise<{ id: string; body: string }>
  /** The same, but returns only the id. */
  send(handler: Handler, path: string, headers?: Record<string, string>): Promise<string>
  /** The row of an occurrence. */
  row(id: string): Promise<Occurrence>
  /**
   * Everything that a reader of the database, the channel, the log or the fallback could see, as
   * one text each.
   */
  everything(): Promise<Record<'rows' | 'files' | 'slack' | 'log' | 'fallback', string>>
  stop(): Promise<void>
}

export async function startDeployment(options: KlaxonOptions = {}): Promise<Deployment> {
  const [database, end] = await Promise.all([startDatabase(), startSlack()])
  const log = keptLog()
  const handedOver: QueuedOccurrence[] = []
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
    // Tests look up every answer by its id, so each needs a row.
    rowsPerIssueAnHour: false,
    alerts: 'every',
    maxRowsPerMinute: false,
    fallback,
    log,
    ...options,
  })
  const reader = libsql({ url: database.url })
  const handlers: Handler[] = []
  const wrapped = klaxon.wrap((request: Request) =>
    handlers[Number(request.headers.get('x-handler'))]!(request, klaxon),
  )
  const server = createServer((incoming, outgoing) => {
    void getRequestListener(async (request) => wrapped(request))(incoming, outgoing)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function ask(
    handler: Handler,
    path: string,
    headers: Record<string, string>,
  ): Promise<{ id: string; body: string }> {
    const nth = handlers.push(handler) - 1
    const response = await fetch(`${base}${path}`, {
      headers: { ...headers, 'x-handler': `${nth}` },
    })
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
    send: async (handler, path, headers = {}) => (await ask(handler, path, headers)).id,
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
