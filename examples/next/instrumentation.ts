import type { Instrumentation } from 'next'

/**
 * Pages and server components: Next answers for them, this hook is told. Route handlers are
 * observed by `route`.
 */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || context.routeType === 'route') return
  const { klaxon } = await import('./klaxon')
  const { path, method } = request
  const url = new URL(path, 'http://localhost')
  klaxon.report(error, { request: new Request(url, { method }) })
}
