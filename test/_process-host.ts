import { startChild } from '../scripts/_child.ts'
import { answers, freePort } from '../scripts/_net.ts'
import { libsql } from '../src/store/libsql.ts'
import type { Host } from './_behaviour.ts'
import { startSlackEnd } from './_slack-end.ts'
import { emptySqld } from './_sqld.ts'

/** A host in a process of its own, on a sqld and a Slack end of its own: `command` runs an example. */
export async function processHost(runtime: string, command: string, args: string[]): Promise<Host> {
  const [sqld, slack, port] = await Promise.all([emptySqld(), startSlackEnd(), freePort()])
  const child = startChild(command, args, {
    env: {
      ...process.env,
      LIBSQL_URL: sqld.url,
      SLACK_WEBHOOK_URL: `${slack.url}/hook`,
      PORT: String(port),
    },
  })
  const address = `http://127.0.0.1:${port}`
  if (!(await answers(address, { timeoutMs: 20_000, alive: child.running }))) {
    await Promise.all([child.stop(), sqld.stop(), slack.stop()])
    throw new Error(`${runtime} did not start: ${child.words()}`)
  }
  return {
    // As a browser: SvelteKit refuses a POST without an origin.
    fetch(path, init) {
      const headers = new Headers(init?.headers)
      headers.set('origin', address)
      return fetch(address + path, { ...init, headers })
    },
    store: libsql({ url: sqld.url }),
    slack: slack.url,
    runtime,
    async stop() {
      await child.stop()
      await Promise.all([sqld.stop(), slack.stop()])
    },
  }
}
