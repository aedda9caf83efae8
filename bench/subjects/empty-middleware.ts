import { routes } from './_app.ts'

export default routes((app) =>
  app.use(async (_c, next) => {
    await next()
  }),
)
