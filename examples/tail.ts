import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'

interface Env {
  LIBSQL_URL: string
  LIBSQL_AUTH_TOKEN?: string
  SLACK_WEBHOOK_URL?: string
}

const klaxon = createKlaxon((env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN }),
  notify: env.SLACK_WEBHOOK_URL ? slack({ webhookUrl: env.SLACK_WEBHOOK_URL }) : consoleNotifier(),
}))

/**
 * A Worker of its own: the one that is watched names it under `tail_consumers` in its
 * wrangler.toml.
 */
export default { tail: klaxon.tail }
