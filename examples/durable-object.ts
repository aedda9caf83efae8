import { DurableObject } from 'cloudflare:workers'
import { createKlaxon } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { plainRoutes, routeOf } from './_plain.ts'

interface Env {
  LIBSQL_URL: string
  LIBSQL_AUTH_TOKEN?: string
  SLACK_WEBHOOK_URL?: string
  ROOM: { getByName(name: string): { fetch(request: Request): Promise<Response> } }
}

const klaxon = createKlaxon((env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN }),
  notify: env.SLACK_WEBHOOK_URL ? slack({ webhookUrl: env.SLACK_WEBHOOK_URL }) : consoleNotifier(),
  route: routeOf,
}))

class PlainRoom extends DurableObject<Env> {
  fetch(request: Request): Promise<Response> {
    return plainRoutes(request)
  }
}

/**
 * Its `fetch` is wrapped, because it is asked for; alarms, web sockets and RPC methods stay as they
 * are.
 */
export const Room = klaxon.wrap(PlainRoom)

export default {
  fetch: (request: Request, env: Env) => env.ROOM.getByName('lobby').fetch(request),
}
