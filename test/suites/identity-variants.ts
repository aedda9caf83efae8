import { Hono } from 'hono'
import { klaxon } from '../../src/hono/middleware.ts'
import { createKlaxon } from '../../src/klaxon.ts'

export type Fetch = (request: Request, env?: any, ctx?: any) => Response | Promise<Response>

/** An app with klaxon around it. `app` adds its routes to the given app, or to a new one. */
type Variant = (app: (first?: Hono) => Hono) => Fetch

const instance = () => createKlaxon({ log: false })

export const variants: Record<string, Variant> = {
  wrapped: (app) => instance().wrap(app()).fetch,
  middleware: (app) => app(new Hono().use(klaxon(instance()))).fetch,
  both: (app) => {
    const both = instance()
    return both.wrap(app(new Hono().use(klaxon(both)))).fetch
  },
}
