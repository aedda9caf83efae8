import { WorkerEntrypoint } from 'cloudflare:workers'
import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { plainRoutes, routeOf } from './_plain.ts'

interface Env {
  LIBSQL_URL: string
  LIBSQL_AUTH_TOKEN?: string
  SLACK_WEBHOOK_URL?: string
}

const klaxon = createKlaxon((env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN }),
  notify: env.SLACK_WEBHOOK_URL ? slack({ webhookUrl: env.SLACK_WEBHOOK_URL }) : consoleNotifier(),
  route: routeOf,
}))

class Shop extends WorkerEntrypoint<Env> {
  fetch(request: Request): Promise<Response> {
    return plainRoutes(request)
  }

  /** Retention, pending alerts and digests. */
  async scheduled(): Promise<void> {
    await klaxon.maintain({ env: this.env })
  }

  /** What other Workers call over a service binding stays as it is. */
  price(): number {
    return 7
  }
}

export default klaxon.wrap(Shop)
