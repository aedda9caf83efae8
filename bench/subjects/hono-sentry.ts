import { sentry } from '@hono/sentry'
import { type Env, routes } from './_app.ts'

export default routes((app) => app.use((c, next) => sentry({ dsn: dsn(c.env) })(c as never, next)))

function dsn({ SINK }: Env): string {
  return `${SINK.replace('://', '://key@')}/1`
}
