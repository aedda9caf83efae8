import { Hono } from 'hono'
import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { dashboard } from 'klaxon/dashboard'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { routes } from './_routes.ts'

interface Env {
  LIBSQL_URL: string
  LIBSQL_AUTH_TOKEN?: string
  SLACK_WEBHOOK_URL?: string
  /** At least 32 characters. Without it there is no dashboard. */
  KLAXON_SECRET?: string
  /** Where the dashboard is, for the links in alerts. */
  DASHBOARD_URL?: string
}

const storeOf = (env: Env) => libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN })

const klaxon = createKlaxon((env: Env) => ({
  store: storeOf(env),
  notify: env.SLACK_WEBHOOK_URL ? slack({ webhookUrl: env.SLACK_WEBHOOK_URL }) : consoleNotifier(),
  dashboard: env.DASHBOARD_URL,
}))

const app = new Hono().route('/', routes)
app.route(
  '/klaxon',
  dashboard((env: Env) => ({
    store: storeOf(env),
    klaxon,
    auth: env.KLAXON_SECRET === undefined ? undefined : { secret: env.KLAXON_SECRET },
  })),
)

export default Object.assign(klaxon.wrap(app), {
  /** Retention, pending alerts and digests; see `[triggers]` in wrangler.toml. */
  scheduled: (_event: unknown, env: Env) => klaxon.maintain({ env }),
})
