import { createKlaxon } from 'klaxon'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'

const { LIBSQL_URL = 'file:klaxon.db', LIBSQL_AUTH_TOKEN, SLACK_WEBHOOK_URL } = process.env

const patterns = new WeakMap<Request, string>()

export const klaxon = createKlaxon({
  store: libsql({ url: LIBSQL_URL, authToken: LIBSQL_AUTH_TOKEN }),
  ...(SLACK_WEBHOOK_URL && { notify: slack({ webhookUrl: SLACK_WEBHOOK_URL }) }),
  route: (request) => patterns.get(request) ?? null,
})

type Handler<Context> = (request: Request, context: Context) => Response | Promise<Response>

const run = klaxon.wrap(
  async (_request: Request, _env: unknown, _ctx: unknown, answer: () => Promise<Response>) => {
    try {
      return await answer()
    } catch (error) {
      // redirect() and notFound() are Next's to answer: what is no Response passes klaxon by.
      if (isNext(error)) return { passes: error }
      throw error
    }
  },
)

/**
 * A route handler, observed: `export const GET = route('/api/users/:id', handler)`. Pass `{ waitUntil: after }` of next/server as
 * the third argument of `run` where the host freezes a process between requests.
 */
export function route<Context>(pattern: string, handler: Handler<Context>) {
  return async (request: Request, context: Context): Promise<Response> => {
    patterns.set(request, pattern)
    const answer = async () => handler(request, context)
    const result = await run(request, undefined, undefined, answer)
    if ('passes' in result) throw result.passes
    return result
  }
}

/** What Next throws to itself carries such a digest: NEXT_REDIRECT;…, NEXT_HTTP_ERROR_FALLBACK;404. */
function isNext(error: unknown): boolean {
  const { digest } = (error ?? {}) as { digest?: unknown }
  return typeof digest === 'string' && digest.startsWith('NEXT_')
}
