import type { MiddlewareHandler } from 'astro'
import { createKlaxon } from 'klaxon'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'

const { LIBSQL_URL = 'file:klaxon.db', LIBSQL_AUTH_TOKEN, SLACK_WEBHOOK_URL } = process.env

const patterns = new WeakMap<Request, string>()
const pages = new WeakMap<Request, Response>()

const klaxon = createKlaxon({
  store: libsql({ url: LIBSQL_URL, authToken: LIBSQL_AUTH_TOKEN }),
  ...(SLACK_WEBHOOK_URL && { notify: slack({ webhookUrl: SLACK_WEBHOOK_URL }) }),
  route: (request) => patterns.get(request) ?? null,
  onError: (_error, { request }) => pages.get(request),
})

type Answer = () => Promise<Response>

const run = klaxon.wrap((_request: Request, _env: unknown, _ctx: unknown, answer: Answer) =>
  answer(),
)

/** First of all middleware: what a page, an endpoint or a later one throws comes through `next`. */
export const onRequest: MiddlewareHandler = async (context, next) => {
  const { request, url, routePattern, isPrerendered } = context
  if (isPrerendered) return next()
  if (routePattern !== '/404') patterns.set(request, routePattern.replaceAll(/\[(\w+)\]/g, ':$1'))
  const answer: Answer = async () => {
    try {
      return await next()
    } catch (error) {
      // Off the API the client gets src/pages/500.astro.
      if (!url.pathname.startsWith('/api/')) pages.set(request, await next('/500'))
      throw error
    }
  }
  const host = { remoteAddr: { hostname: context.clientAddress } }
  return run(request, host, undefined, answer)
}

process.once('SIGTERM', () => void klaxon.flush({ timeoutMs: 8_000 }).finally(() => process.exit()))
