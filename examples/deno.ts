import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql, migrate } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { routes } from './_routes.ts'

const env = (name: string) => Deno.env.get(name)
const store = libsql({
  url: env('LIBSQL_URL') ?? 'file:klaxon.db',
  authToken: env('LIBSQL_AUTH_TOKEN'),
})
await migrate(store)

const webhookUrl = env('SLACK_WEBHOOK_URL')
const klaxon = createKlaxon({
  store,
  notify: webhookUrl ? slack({ webhookUrl }) : consoleNotifier(),
})

const port = Number(env('PORT') ?? 8787)
const server = Deno.serve({ port, hostname: '127.0.0.1' }, klaxon.wrap(routes).fetch)

Deno.addSignalListener('SIGTERM', () => void stop())

async function stop() {
  await server.shutdown()
  await klaxon.flush({ timeoutMs: 8_000 })
  Deno.exit()
}
