import { type Env, routes } from './_app.ts'

// What one writes by hand: a POST for each error.
const app = routes()
app.onError((error, c) => {
  const { SINK } = c.env as Env
  const body = JSON.stringify({
    message: error.message,
    stack: error.stack,
    path: c.req.path,
    method: c.req.method,
  })
  c.executionCtx.waitUntil(
    fetch(SINK, { method: 'POST', body }).then((response) => response.text()),
  )
  return c.text('Internal Server Error', 500)
})

export default app
