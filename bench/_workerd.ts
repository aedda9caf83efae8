import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { type Child, startChild } from '../scripts/_child.ts'
import { answers, freePort } from '../scripts/_net.ts'
import { root } from '../scripts/_sqld.ts'
import { temp } from './_bundle.ts'

process.setMaxListeners(50)
const require = createRequire(join(root, 'package.json'))
const binary = (
  createRequire(require.resolve('wrangler/package.json'))('workerd') as { default: string }
).default

export interface Workerd extends Child {
  url: string
  port: number
}

let configs = 0

/** Starts workerd with one bundled Worker and waits until it answers `/ready`. */
export async function startWorkerd(
  bundlePath: string,
  bindings: Record<string, string> = {},
): Promise<Workerd> {
  const port = await freePort()
  const config = join(temp, `config-${++configs}.capnp`)
  writeFileSync(config, configOf(basename(bundlePath), port, bindings))
  const child = startChild(binary, ['serve', config], { env: { PATH: process.env.PATH } })
  const url = `http://127.0.0.1:${port}`
  if (await answers(`${url}/ready`, { timeoutMs: 30_000, alive: child.running }))
    return { ...child, url, port }
  await child.stop()
  throw new Error(`workerd did not start: ${child.words() || 'no output'}`)
}

function configOf(module: string, port: number, bindings: Record<string, string>): string {
  const texts = Object.entries(bindings).map(
    ([name, value]) => `(name = "${name}", text = "${value}")`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "${module}", esModule = embed "${module}")],
      compatibilityDate = "2026-08-01",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [${texts.join(', ')}],
      globalOutbound = "outbound"
    )),
    (name = "outbound", network = (allow = ["private", "public"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
`
}

/** CPU of a process and its threads so far, in µs. Linux only. */
export function cpuOf(pid: number): number {
  let nanos = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanos / 1000
}

/** Sets the process's high-water mark of memory back to what it has now. Linux only. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Resident bytes: now and at most since `resetPeak`. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}
