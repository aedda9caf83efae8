import { type Child, startChild } from '../scripts/_child.ts'
import { answers, freePort } from '../scripts/_net.ts'
import { bunBinary, denoBinary } from '../test/support/binaries.ts'
import { bundle } from './_bundle.ts'
import { startWorkerd } from './_workerd.ts'

export interface Server extends Child {
  port: number
}

type Start = (bundlePath: string, variables?: Record<string, string>) => Promise<Server>

/** The servers that people run, each with the Hono app of hosts/_app.ts around one subject. */
export const HOSTS: Record<string, { file: string; start: Start }> = {
  '@hono/node-server': { file: 'node-server', start: program(process.execPath) },
  srvx: { file: 'srvx', start: program(process.execPath) },
  'srvx, FastResponse': { file: 'srvx-fast', start: program(process.execPath) },
  workerd: { file: 'workerd', start: startWorkerd },
  'Deno.serve': { file: 'deno', start: program(denoBinary(), 'run', '-A') },
  'Bun.serve': { file: 'bun', start: program(bunBinary()) },
}

export type Host = keyof typeof HOSTS

export async function startHost(host: Host, subject: string): Promise<Server> {
  const { file, start } = HOSTS[host]!
  return start(await bundle(`hosts/${file}.ts`, subject))
}

/** A Worker of subjects/ under @hono/node-server. */
export async function startPeer(worker: string, bindings: Record<string, string>): Promise<Server> {
  const path = await bundle('hosts/peer.ts')
  return program(process.execPath)(path, { ...bindings, WORKER: worker })
}

function program(command: string, ...args: readonly string[]): Start {
  return async (path, variables) => {
    const port = await freePort()
    const { PATH, HOME } = process.env
    const env = { PATH, HOME, PORT: String(port), ...variables }
    const child = startChild(command, [...args, path], { env })
    const isUp = await answers(`http://127.0.0.1:${port}/outside/200`, {
      timeoutMs: 30_000,
      alive: child.running,
    })
    if (isUp) return { ...child, port }
    await child.stop()
    throw new Error(`${command} did not start: ${child.words() || 'no output'}`)
  }
}
