import { startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import type { Host } from '../suites/behaviour.ts'
import { startSlackEnd } from './slack-server.ts'
import { emptySqld } from './sqld.ts'

/**
 * A host in a separate process, with a new migrated sqld and a server in Slack's place. `command`
 * runs an example.
 */
export async function processHost(
  runtime: string,
  command: string,
  args: string[],
  cwd = root,
): Promise<Host> {
  const [sqld, slack, port] = await Promise.all([emptySqld(), startSlackEnd(), freePort()])
  const store = libsql({ url: sqld.url })
  await migrate(store)
  const child = startChild(command, args, {
    cwd,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
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
    // Sends an origin, as browsers do, because SvelteKit refuses a POST without one.
    fetch(path, init) {
      const headers = new Headers(init?.headers)
      headers.set('origin', address)
      return fetch(address + path, { ...init, headers })
    },
    store,
    slack: slack.url,
    runtime,
    async stop() {
      await child.stop()
      await Promise.all([sqld.stop(), slack.stop()])
    },
  }
}
