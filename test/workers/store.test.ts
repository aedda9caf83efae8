import { env } from 'cloudflare:workers'
import { libsql } from '../../src/store/libsql-http.ts'
import { storeSuite } from '../_store-suite.ts'
import { emptied } from '../_store-wipe.ts'

storeSuite('libsql() on sqld, from workerd', () => emptied(libsql({ url: env.LIBSQL_URL })))
