import { captureException, withSentry } from '@sentry/cloudflare'
import { type Env, routes } from './_app.ts'

const app = routes()
app.onError((error, c) => {
  captureException(error)
  return c.text('Internal Server Error', 500)
})

export default withSentry(
  ({ SINK }: Env) => ({ dsn: `${SINK.replace('://', '://key@')}/1` }),
  app as never,
)
