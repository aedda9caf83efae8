import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { type D1Like, d1, migrate } from '../../src/store/d1/d1.ts'
import { strictD1 } from '../support/strict-d1.ts'
import { emptied } from '../support/store-wipe.ts'
import { actionsSuite, readsSuite } from '../suites/reads.ts'

let miniflare: Miniflare
let store: Store

beforeAll(async () => {
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      d1Databases: ['DB'],
      cf: false,
    } as never),
  )
  // With the limits of deployed D1, which Miniflare lacks.
  store = d1({ database: strictD1((await miniflare.getD1Database('DB')) as unknown as D1Like) })
  await migrate(store)
})
afterAll(() => miniflare.dispose())

readsSuite('d1() within its limits is read', () => emptied(store))
actionsSuite('d1() within its limits is changed', () => emptied(store))
