import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { routeOf } from '../../_plain.ts'

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

const handle = klaxon.wrap((_request: Request, _env: Env, context: EventContext<Env>) =>
  context.next(),
)

/** Around every function of the folder, and the static files. */
export const onRequest: PagesFunction<Env> = (context) =>
  handle(context.request, context.env, context)
