import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { load } from './_load.ts'

const run = promisify(execFile)

/** wrk, where it is installed, takes a fifth of the CPU of a client in JavaScript. */
const hasWrk = spawnSync('wrk', ['-v']).error === undefined

/** Sends at least the given number of requests. Returns the number that it sent. */
export async function loadWith(
  port: number,
  path: string,
  { connections, requests }: { connections: number; requests: number },
): Promise<number> {
  if (!hasWrk) return (await load(port, path, { connections, requests })).requests
  const args = ['-t1', `-c${connections}`, '-d1s', `http://127.0.0.1:${port}${path}`]
  let sent = 0
  while (sent < requests) {
    const { stdout } = await run('wrk', args)
    sent += Number(/(\d+) requests in/.exec(stdout)![1])
  }
  return sent
}
