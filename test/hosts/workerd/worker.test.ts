import { env, exports } from 'cloudflare:workers'
import { inject } from 'vitest'
import { libsql } from '../../../src/store/libsql/libsql-http.ts'
import { behaves } from '../../suites/behaviour.ts'

behaves('the example Worker on workerd', async () => ({
  fetch: (path, init) => exports.default.fetch(`https://example.com${path}`, init),
  store: libsql({ url: env.LIBSQL_URL }),
  slack: inject('slackUrl'),
  runtime: 'workerd',
}))
