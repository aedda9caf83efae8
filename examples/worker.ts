import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { routes } from './_routes.ts'

interface Env {
  LIBSQL_URL: string
  LIBSQL_AUTH_TOKEN?: string
  SLACK_WEBHOOK_URL?: string
}

const klaxon = createKlaxon((env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN }),
  notify: env.SLACK_WEBHOOK_URL ? slack({ webhookUrl: env.SLACK_WEBHOOK_URL }) : consoleNotifier(),
}))

export default Object.assign(klaxon.wrap(routes), {
  /** Retention, pending alerts and digests; see `[triggers]` in wrangler.toml. */
  scheduled: (_event: unknown, env: Env) => klaxon.maintain({ env }),
})
