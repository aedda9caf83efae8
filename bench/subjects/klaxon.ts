import { withKlaxon } from '../../src/klaxon.ts'
import { libsql } from '../../src/store/libsql/libsql-http.ts'
import { type Env, routes } from './_app.ts'

export default withKlaxon(routes(), (env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL }),
  log: false,
  // A storm of rows: above the default most occurrences are only counted, which is cheaper.
  maxRowsPerMinute: false,
}))
