import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../scripts/_net.ts'
import { startSqld } from '../scripts/_sqld.ts'
import { libsql } from '../src/store/libsql/libsql.ts'
import { migrate } from '../src/store/sql/migrate.ts'
import { bundle, temp } from './_bundle.ts'
import { start } from './_child.ts'
import { load } from './_load.ts'
import { interleave, type Rounds } from './_stats.ts'
import { type Server, startPeer } from './_hosts.ts'
import { cpuOf, startWorkerd } from './_workerd.ts'

const SUBJECTS: Record<string, string> = {
  bare: 'bare',
  'bare, second copy': 'bare',
  klaxon: 'klaxon',
  'klaxon middleware': 'klaxon-middleware',
  'one POST by hand': 'one-post',
  honeybadger: 'honeybadger',
  '@hono/sentry': 'hono-sentry',
  evlog: 'evlog',
  '@sentry/cloudflare': 'sentry',
}

const CASES: Record<string, string> = {
  '200 small': '/small',
  'no route (404)': '/nowhere',
  throw: '/throws',
}
const CONNECTIONS = 16

/** Where the subjects run; each in a process of its own. */
export const PEER_HOSTS = { workerd: startWorkerd, '@hono/node-server': startPeer } as const
export type PeerHost = keyof typeof PEER_HOSTS

export interface Workers {
  perSecond: Map<string, Rounds>
  /** CPU of the server in µs a request, background work included. */
  cpu: Map<string, Rounds>
}

/** An empty database with klaxon's tables, on a server of its own. */
async function database(): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(temp, 'sqld-'))
  const server = await startSqld({ dir, port: await freePort() })
  await migrate(libsql({ url: server.url }))
  return server
}

/** Every subject in a process of its own, in turn under load over HTTP; the rest idles. */
export async function measureWorkers(host: PeerHost, quick: boolean): Promise<Workers> {
  const [rounds, ms] = quick ? [2, 700] : [5, 1_500]
  const cases = Object.entries(CASES).filter(([name]) => !quick || name === 'throw')
  const sqld = await database()
  const sink = await start<object, AddressInfo>('sink', [])
  const env = {
    SINK: `http://127.0.0.1:${(await sink.ask({})).port}`,
    LIBSQL_URL: sqld.url,
  }
  const servers = new Map<string, Server>()
  for (const [name, file] of Object.entries(SUBJECTS)) {
    servers.set(name, await PEER_HOSTS[host](await bundle(`subjects/${file}.ts`), env))
  }
  const perSecond = new Map<string, Rounds>()
  const cpu = new Map<string, Rounds>()
  for (const [name, path] of cases) {
    for (const { port } of servers.values())
      await load(port, path, { connections: CONNECTIONS, ms: 300 })
    const cpuRounds: Rounds = new Map([...servers.keys()].map((subject) => [subject, []]))
    const speeds = await interleave([...servers.keys()], rounds, async (subject) => {
      const { pid, port } = servers.get(subject)!
      const before = cpuOf(pid!)
      const { requests, seconds } = await load(port, path, { connections: CONNECTIONS, ms })
      // What was captured last is stored after the last response.
      await new Promise((resolve) => setTimeout(resolve, 200))
      cpuRounds.get(subject)!.push((cpuOf(pid!) - before) / requests)
      return requests / seconds
    })
    perSecond.set(name, speeds)
    cpu.set(name, cpuRounds)
  }
  for (const server of servers.values()) await server.stop()
  sink.stop()
  await sqld.stop()
  return { perSecond, cpu }
}

export interface Burst {
  roundTrips: number
  rows: number
}

/**
 * Requests to the database for 1,000 errors in one burst, 50 at a time, counted by a proxy before a
 * real sqld.
 */
export async function measureBurst(): Promise<Burst> {
  const sqld = await database()
  let roundTrips = 0
  const proxy = createServer((request, response) => {
    roundTrips++
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.once('end', () => {
      void fetch(sqld.url + request.url!, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.concat(chunks),
      }).then(async (reply) => {
        response.writeHead(reply.status, { 'content-type': 'application/json' })
        response.end(Buffer.from(await reply.arrayBuffer()))
      })
    })
  })
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const server = await startWorkerd(await bundle('subjects/klaxon.ts'), {
    SINK: url,
    LIBSQL_URL: url,
  })
  // The request that asked whether workerd is up was a 404.
  await new Promise((resolve) => setTimeout(resolve, 500))
  const before = (await libsql({ url: sqld.url }).occurrences({ limit: 10_000 })).length
  roundTrips = 0
  await load(server.port, '/throws', { connections: 50, requests: 1_000 })
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const rows = (await libsql({ url: sqld.url }).occurrences({ limit: 10_000 })).length - before
  await server.stop()
  proxy.close()
  await sqld.stop()
  return { roundTrips, rows }
}
