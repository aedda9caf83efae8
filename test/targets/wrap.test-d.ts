import { Hono } from 'hono'
import { expectTypeOf } from 'vitest'
import { createKlaxon, withKlaxon } from '../../src/index.ts'
import { klaxon } from '../../src/hono/middleware.ts'

interface Env {
  LIBSQL_URL: string
}

// A function keeps its own type.
const handler = async (request: Request): Promise<Response> => new Response(request.url)
expectTypeOf(withKlaxon(handler, {})).toEqualTypeOf<typeof handler>()

// A Hono app keeps its routes, for the RPC client.
const app = new Hono<{ Bindings: Env }>().get('/x', (c) => c.json({ a: 1 }))
expectTypeOf(withKlaxon(app, (env: Env) => ({ environment: env.LIBSQL_URL }))).toEqualTypeOf<
  typeof app
>()

// A Worker export keeps its other handlers.
const worker = {
  fetch: (_request: Request, env: Env) => new Response(env.LIBSQL_URL),
  scheduled: async (_event: { cron: string }, _env: Env) => {},
}
expectTypeOf(withKlaxon(worker, {})).toEqualTypeOf<typeof worker>()
expectTypeOf(createKlaxon({}).wrap(worker)).toEqualTypeOf<typeof worker>()

// A class keeps its constructor and its methods.
class Room {
  url: string
  constructor(_ctx: object, env: Env) {
    this.url = env.LIBSQL_URL
  }
  fetch(_request: Request): Response {
    return new Response(this.url)
  }
  async price(item: string): Promise<number> {
    return item.length
  }
}
expectTypeOf(createKlaxon({}).wrap(Room)).toEqualTypeOf<typeof Room>()

// The variable is typed without a generic.
new Hono().use(klaxon({})).get('/x', (c) => {
  expectTypeOf(c.get('klaxon').id).toEqualTypeOf<string>()
  return c.text('x')
})

// @ts-expect-error an option that does not exist
withKlaxon(handler, { stroe: undefined })
// @ts-expect-error not a handler
withKlaxon(42, {})
