import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import type { StreamHost } from '../suites/stream.ts'

/** `fixtures/stream-server.ts` in a separate process. */
export async function streamServer(command: string, args: string[] = []): Promise<StreamHost> {
  const server = join(root, 'test/support/fixtures/stream-server.ts')
  return startHost(await freePort(), command, [...args, server])
}

/**
 * `fixtures/stream-app.ts` in workerd, without Miniflare, which hides the process id.
 */
export async function streamWorkerd(): Promise<StreamHost> {
  const folder = await mkdtemp(join(tmpdir(), 'klaxon-streams-'))
  const port = await freePort()
  await build({
    entryPoints: [join(root, 'test/support/fixtures/stream-app.ts')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    outfile: join(folder, 'app.mjs'),
    external: ['node:*', 'cloudflare:*'],
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'error',
  })
  const config = join(folder, 'config.capnp')
  await writeFile(config, configOf(port))
  const require = createRequire(join(root, 'package.json'))
  const fromWrangler = createRequire(require.resolve('wrangler/package.json'))
  const workerd = (fromWrangler('workerd') as { default: string }).default
  return startHost(port, workerd, ['serve', config], () => rm(folder, { recursive: true }))
}

function configOf(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "app.mjs", esModule = embed "app.mjs")],
    compatibilityDate = "2026-08-01"
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`
}

async function startHost(
  port: number,
  command: string,
  args: string[],
  clean: () => Promise<void> = async () => {},
): Promise<StreamHost> {
  const child = startChild(command, args, { env: { ...process.env, PORT: String(port) } })
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    await child.stop()
    await clean()
  }
  if (!(await answers(url, { timeoutMs: 20_000, alive: child.running }))) {
    await stop()
    throw new Error(`${command} did not start: ${child.words()}`)
  }
  return { url, memory: () => residentOf(child.pid!), stop }
}

/** Bytes of a process in memory, by POSIX `ps`, which counts in KB. */
async function residentOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) * 1024
}
