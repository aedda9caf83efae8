import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql, migrate } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { routes } from './_routes.ts'

const {
  LIBSQL_URL = 'file:klaxon.db',
  LIBSQL_AUTH_TOKEN,
  SLACK_WEBHOOK_URL,
  PORT = '8787',
} = process.env
const store = libsql({ url: LIBSQL_URL, authToken: LIBSQL_AUTH_TOKEN })
await migrate(store)

const notify = SLACK_WEBHOOK_URL ? slack({ webhookUrl: SLACK_WEBHOOK_URL }) : consoleNotifier()
const klaxon = createKlaxon({ store, notify })

const app = klaxon.wrap(routes)
const server = Bun.serve({ port: Number(PORT), hostname: '127.0.0.1', fetch: app.fetch })

process.once('SIGTERM', () => void stop())

async function stop() {
  await server.stop()
  await klaxon.flush({ timeoutMs: 8_000 })
  process.exit()
}
