import { Hono } from 'hono'
import { createKlaxon } from 'klaxon'
import { d1, type D1Like } from 'klaxon/d1'

// The Hono Worker that the dashboard is added to.
const klaxon = createKlaxon((env: { database: D1Like }) => ({
  store: d1({ database: env.database }),
}))

export default klaxon.wrap(new Hono().get('/', (c) => c.text('ok')))
