import { createKlaxon } from 'klaxon'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'
import { unstable_rethrow } from 'next/navigation'

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
      // What is Next's to answer passes klaxon by, as everything does that is no Response.
      if (isNext(error)) return { passes: error }
      throw error
    }
  },
)

/**
 * A route handler, observed: `export const GET = route('/api/users/:id', handler)`. Pass `{
 * waitUntil: after }` of next/server as the third argument of `run` where the host freezes a
 * process between requests.
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

/**
 * Redirects, notFound() and what Next throws to itself while it renders: Next says which these are.
 */
function isNext(error: unknown): boolean {
  try {
    unstable_rethrow(error)
    return false
  } catch {
    // It throws what is Next's, and nothing else.
    return true
  }
}
