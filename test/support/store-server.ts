import { afterAll, beforeAll, beforeEach } from 'vitest'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { emptySqld } from './sqld.ts'
import { emptied } from './store-wipe.ts'

/**
 * A migrated libSQL server for the tests of one file or `describe`. It is emptied before each test.
 */
export function migratedSqld(): { readonly url: string } {
  let server: Awaited<ReturnType<typeof emptySqld>>
  beforeAll(async () => {
    server = await emptySqld()
    await migrate(libsql({ url: server.url }))
  })
  beforeEach(() => emptied(libsql({ url: server.url })))
  afterAll(() => server.stop())
  return {
    get url() {
      return server.url
    },
  }
}
