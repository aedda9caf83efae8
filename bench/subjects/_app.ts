import { Hono } from 'hono'
import { LARGE, SMALL } from '../_bodies.ts'

export interface Env {
  /** A server that takes any POST and keeps nothing. */
  SINK: string
  LIBSQL_URL: string
}

// Every subject is measured with a silent console: a line on stderr costs more than most of what is
// compared.
console.error = console.warn = console.log = console.info = () => {}

let thrown = 0

/** The routes that every subject wraps. `before` registers middleware. */
export function routes(before: (app: Hono<{ Bindings: Env }>) => void = () => {}) {
  const app = new Hono<{ Bindings: Env }>()
  before(app)
  const json = { 'content-type': 'application/json' }
  app.get('/small', (c) => c.body(SMALL, 200, json))
  app.get('/large', (c) => c.body(LARGE, 200, json))
  app.get('/api/small', (c) => c.body(SMALL, 200, json))
  app.get('/throws', () => {
    // One peer drops an error that equals the one before.
    throw new Error(`Order ${++thrown} has no customer`)
  })
  return app
}
