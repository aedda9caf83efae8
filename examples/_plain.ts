/** The example routes as a plain `(Request) => Response`, without a framework. */
export async function plainRoutes(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/') return new Response('klaxon example, plain')
  if (pathname === '/page') return html('<!doctype html><h1>A page</h1>')
  if (pathname === '/api/hello') return Response.json({ message: 'Hello', from: 'klaxon' })
  if (pathname === '/api/unavailable')
    return Response.json({ message: 'Back in five minutes' }, { status: 503 })
  if (pathname === '/api/boom')
    throw new Error('Payment failed', { cause: new Error('The card processor timed out') })
  if (pathname === '/api/stream') return events()
  if (pathname === '/api/orders') return order(request)
  return Response.json({ message: 'No such user' }, { status: 404 })
}

/** What a router would know: the pattern behind a path. */
export function routeOf(request: Request): string {
  return new URL(request.url).pathname.replace(/^\/api\/users\/[^/]+$/, '/api/users/:id')
}

function html(body: string): Response {
  return new Response(body, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

function events(): Response {
  return new Response('event: tick\ndata: 1\n\n', {
    headers: { 'content-type': 'text/event-stream' },
  })
}

async function order(request: Request): Promise<Response> {
  try {
    const { item } = (await request.json()) as { item: string }
    if (item) return new Response(null, { status: 201 })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return Response.json({ message: 'An order needs an item' }, { status: 400 })
}
