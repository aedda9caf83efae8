import { inject } from 'vitest'
import { Hono } from 'hono'
import { routes } from '../../examples/_routes.ts'
import { klaxon } from '../../src/hono/middleware.ts'
import { createKlaxon, type Klaxon } from '../../src/klaxon.ts'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { slack } from '../../src/notify/slack/slack.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import { behaves, type Host } from '../suites/behaviour.ts'
import { plainRoutes, routeOf } from '../../examples/_plain.ts'
import { startSlackEnd } from '../support/slack-server.ts'

type Fetch = (request: Request) => Response | Promise<Response>

/**
 * A host in this process. `make` puts klaxon around the routes. The name of the host keeps its
 * alerts apart.
 */
async function host(
  url: string,
  make: (instance: Klaxon) => Fetch,
  options: KlaxonOptions = {},
): Promise<Host> {
  const store = libsql({ url })
  await migrate(store)
  const end = await startSlackEnd()
  const instance = createKlaxon({
    store,
    notify: slack({ name: make.name, webhookUrl: `${end.url}/hook` }),
    log: false,
    environment: make.name,
    ...options,
  })
  const fetch = make(instance)
  return {
    fetch: async (path, init) => fetch(new Request(`http://localhost${path}`, init)),
    store,
    slack: end.url,
    runtime: 'node',
    async stop() {
      await instance.flush()
      await end.stop()
    },
  }
}

const app = () => new Hono().route('/', routes)

behaves('a Hono app wrapped, Node, sqld', () =>
  host(inject('sqldUrl'), function wrapped(instance) {
    return instance.wrap(app()).fetch
  }),
)

behaves('a Hono app with the middleware, Node, sqld', () =>
  host(inject('sqldUrl'), function middleware(instance) {
    return new Hono().use(klaxon(instance)).route('/', routes).fetch
  }),
)

behaves('a Hono app with the middleware inside a wrapped export, Node, a database in memory', () =>
  host(':memory:', function both(instance) {
    return instance.wrap(new Hono().use(klaxon(instance)).route('/', routes)).fetch
  }),
)

behaves('a plain handler, Node, sqld', () =>
  host(
    inject('sqldUrl'),
    function plain(instance) {
      return instance.wrap(plainRoutes)
    },
    { route: routeOf },
  ),
)
