import { createKlaxon, type Klaxon, type KlaxonOptions } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql, migrate } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'

const { LIBSQL_URL = 'file:klaxon.db', LIBSQL_AUTH_TOKEN, SLACK_WEBHOOK_URL } = process.env

/** Where the examples listen. */
export const address = { port: Number(process.env.PORT ?? 8787), hostname: '127.0.0.1' }

/**
 * The set-up that node.ts, deno.ts and bun.ts spell out, for the examples whose subject is a
 * framework.
 */
export async function setUp(options: KlaxonOptions = {}): Promise<Klaxon> {
  const store = libsql({ url: LIBSQL_URL, authToken: LIBSQL_AUTH_TOKEN })
  await migrate(store)
  const notify = SLACK_WEBHOOK_URL ? slack({ webhookUrl: SLACK_WEBHOOK_URL }) : consoleNotifier()
  return createKlaxon({ store, notify, ...options })
}

/** On SIGTERM the server ends first, then what is still in memory is written. */
export function onStop(klaxon: Klaxon, close: () => Promise<unknown>): void {
  process.once('SIGTERM', () => void stop())

  async function stop() {
    await close()
    await klaxon.flush({ timeoutMs: 8_000 })
    process.exit()
  }
}
