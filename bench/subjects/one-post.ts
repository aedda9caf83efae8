import type { Context } from 'hono'
import { type Env, routes } from './_app.ts'

// What one writes by hand: a POST for each failure.
const app = routes()
app.onError((error, c) => {
  tell(c, { message: error.message, stack: error.stack })
  return c.text('Internal Server Error', 500)
})
app.notFound((c) => {
  tell(c, { message: 'Not Found' })
  return c.text('404 Not Found', 404)
})

function tell(c: Context, failure: object): void {
  const { SINK } = c.env as Env
  const body = JSON.stringify({ ...failure, path: c.req.path, method: c.req.method })
  c.executionCtx.waitUntil(
    fetch(SINK, { method: 'POST', body }).then((response) => response.text()),
  )
}

export default app
