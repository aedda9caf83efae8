import { createKlaxon } from 'klaxon'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'

interface Env {
  LIBSQL_URL: string
  LIBSQL_AUTH_TOKEN?: string
  SLACK_WEBHOOK_URL?: string
}

const klaxon = createKlaxon((env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN }),
  notify: slack({ webhookUrl: env.SLACK_WEBHOOK_URL }),
  heartbeats: { 'nightly-import': { every: '1d', grace: '1h' } },
}))

interface Context {
  waitUntil(promise: Promise<unknown>): void
}

/** Yours. */
async function importOrders(_env: Env): Promise<void> {}

/** `crons = ["0 3 * * *", "0 * * * *"]`: the job, and every hour the look whether it ran. */
export default klaxon.wrap({
  fetch: () => new Response('ok'),
  async scheduled(controller: { cron: string }, env: Env, ctx: Context): Promise<void> {
    if (controller.cron !== '0 3 * * *') return klaxon.scheduled(controller, env, ctx)
    await importOrders(env)
    await klaxon.heartbeat('nightly-import', { env, ctx })
  },
})
