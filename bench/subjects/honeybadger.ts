import Honeybadger from '@honeybadger-io/js'
import { type Env, routes } from './_app.ts'

const app = routes()
let configured = false
app.onError((error, c) => {
  if (!configured) {
    const { SINK } = c.env as Env
    Honeybadger.configure({ apiKey: 'key', endpoint: SINK, environment: 'production' })
    configured = true
  }
  c.executionCtx.waitUntil(Honeybadger.notifyAsync(error))
  return c.text('Internal Server Error', 500)
})

export default app
