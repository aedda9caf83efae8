import { Hono } from 'hono'
import { createKlaxon } from 'klaxon'
import { d1, type D1Like } from 'klaxon/d1'
import { dashboard } from 'klaxon/dashboard'

interface Env {
  database: D1Like
  secret: string
}

// The same Worker with the dashboard. The difference is the size of the dashboard.
const klaxon = createKlaxon((env: Env) => ({ store: d1({ database: env.database }) }))
const app = new Hono().get('/', (c) => c.text('ok'))
app.route(
  '/klaxon',
  dashboard((env: Env) => ({
    store: d1({ database: env.database }),
    auth: { secret: env.secret },
  })),
)

export default klaxon.wrap(app)
