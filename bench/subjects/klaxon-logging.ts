import { withKlaxon } from '../../src/klaxon.ts'
import { libsql } from '../../src/store/libsql/libsql-http.ts'
import { type Env, routes } from './_app.ts'

// The default: one line on the console for each throw. The console itself goes nowhere here.
export default withKlaxon(routes(), (env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL }),
  maxRowsPerMinute: false,
}))
