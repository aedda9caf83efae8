import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { emptySqld, type OwnSqld } from '../support/sqld.ts'
import { emptied } from '../support/store-wipe.ts'
import { actionsSuite, readsSuite } from '../suites/reads.ts'

describe('by hand', () => {
  readsSuite('memory() is read', async () => memory())
  actionsSuite('memory() is changed', async () => memory())
})

describe('in this process', () => {
  const store = libsql({ url: ':memory:' })
  beforeAll(() => migrate(store))
  readsSuite('libsql() in memory is read', () => emptied(store))
  actionsSuite('libsql() in memory is changed', () => emptied(store))
})

describe('on disk', () => {
  let folder: string
  let store: Store
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-read-'))
    store = sqlite({ path: join(folder, 'klaxon.db') })
    await migrate(store)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  readsSuite('sqlite() is read', () => emptied(store))
  actionsSuite('sqlite() is changed', () => emptied(store))
})

describe('on a server', () => {
  let server: OwnSqld
  beforeAll(async () => {
    server = await emptySqld()
    await migrate(libsql({ url: server.url }))
  })
  afterAll(() => server.stop())
  readsSuite('libsql() on sqld is read', () => emptied(libsql({ url: server.url })))
  actionsSuite('libsql() on sqld is changed', () => emptied(libsql({ url: server.url })))
})
