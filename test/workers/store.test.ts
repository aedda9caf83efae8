import { env } from 'cloudflare:workers'
import { libsql } from '../../src/store/libsql-http.ts'
import { storeSuite } from '../_store-suite.ts'
import { wipe } from '../_store-wipe.ts'

storeSuite('libsql() on sqld, from workerd', {
  async open() {
    await wipe(env.LIBSQL_URL)
    return libsql({ url: env.LIBSQL_URL })
  },
})
