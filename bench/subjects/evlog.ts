import { initLogger } from 'evlog'
import { evlog } from 'evlog/hono'
import { type Env, routes } from './_app.ts'

initLogger({ silent: true, pretty: false })

export default routes((app) =>
  app.use((c, next) => {
    const { SINK } = c.env as Env
    // Errors only, as every other subject: sending each request would cost a POST each.
    const drain = async ({ event }: { event: { level: string } }): Promise<void> => {
      if (event.level !== 'error') return
      const response = await fetch(SINK, { method: 'POST', body: JSON.stringify(event) })
      await response.text()
    }
    return evlog({ drain })(c as never, next)
  }),
)
