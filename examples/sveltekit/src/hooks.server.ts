import { isHttpError, isRedirect, redirect } from '@sveltejs/kit'
import { type Handle, type HandleServerError, sequence } from '@sveltejs/kit/hooks'
import { caught, ownPage, throwing } from '../../_caught.ts'
import { setUp } from '../../_setup.ts'

const patterns = new WeakMap<Request, string | null>()

const klaxon = await setUp({
  onError: ownPage,
  route: (request) => patterns.get(request) ?? null,
})

type Work = () => Promise<Response>

const run = klaxon.wrap(async (request: Request, _env: unknown, _ctx: unknown, work: Work) => {
  try {
    return await throwing(request, work)
  } catch (error) {
    // redirect() and error() of a hook after this one are SvelteKit's to answer: what is no
    // Response passes klaxon by.
    if (isRedirect(error) || isHttpError(error)) return { passes: error }
    throw error
  }
})

/**
 * First of all hooks. `resolve` answers for what a page or an endpoint throws, and tells
 * `handleError`.
 */
const observed: Handle = async ({ event, resolve }) => {
  const { request, platform, route } = event
  patterns.set(request, route.id?.replaceAll(/\[(\w+)\]/g, ':$1') ?? null)
  // On Cloudflare its bindings and its waitUntil; elsewhere the address that the adapter vouches
  // for.
  const { env, ctx } = (platform ?? {}) as { env?: unknown; ctx?: unknown }
  const host = env ?? { remoteAddr: { hostname: event.getClientAddress() } }
  const result = await run(request, host, ctx, async () => resolve(event))
  if ('passes' in result) throw result.passes
  return result
}

const guard: Handle = ({ event, resolve }) =>
  event.url.pathname === '/account' ? redirect(303, '/page') : resolve(event)

export const handle = sequence(observed, guard)

/**
 * `kind` says who made the error: app by error(404), SvelteKit itself for no route, or no one on
 * purpose.
 */
export const handleError: HandleServerError = ({ kind, error, event }) => {
  if (kind === 'unknown') caught(klaxon, event.request, error)
}

// What SvelteKit's Node adapter emits once its server is closed.
process.once('sveltekit:shutdown', () => void klaxon.flush({ timeoutMs: 8_000 }))
