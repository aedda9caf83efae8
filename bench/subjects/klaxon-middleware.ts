import { klaxon } from '../../src/hono/middleware.ts'
import { libsql } from '../../src/store/libsql/libsql-http.ts'
import { type Env, routes } from './_app.ts'

export default routes((app) =>
  app.use(
    klaxon((env: Env) => ({
      store: libsql({ url: env.LIBSQL_URL }),
      log: false,
      maxRowsPerMinute: false,
    })),
  ),
)
