import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { dashboard } from 'klaxon/dashboard'
import { libsql, migrate } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { routes } from './_routes.ts'

const {
  LIBSQL_URL = 'file:klaxon.db',
  LIBSQL_AUTH_TOKEN,
  SLACK_WEBHOOK_URL,
  KLAXON_SECRET,
  DASHBOARD_URL,
  PORT = '8787',
} = process.env

const store = libsql({ url: LIBSQL_URL, authToken: LIBSQL_AUTH_TOKEN })
await migrate(store)

const klaxon = createKlaxon({
  store,
  notify: SLACK_WEBHOOK_URL ? slack({ webhookUrl: SLACK_WEBHOOK_URL }) : consoleNotifier(),
  dashboard: DASHBOARD_URL,
})

const pages = new Hono().route('/', routes)
if (KLAXON_SECRET)
  pages.route('/klaxon', dashboard({ store, klaxon, auth: { secret: KLAXON_SECRET } }))

const app = klaxon.wrap(pages)
const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })

process.once('SIGTERM', stop).once('SIGINT', stop)

function stop() {
  server.close(() => void klaxon.flush({ timeoutMs: 8_000 }))
}
