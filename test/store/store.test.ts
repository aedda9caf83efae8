import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { migratedSqld } from '../support/store-server.ts'
import { storeSuite } from '../suites/store.ts'
import { emptied } from '../support/store-wipe.ts'

storeSuite('memory()', async () => memory())

describe('in this process', () => {
  const store = libsql({ url: ':memory:' })
  beforeAll(() => migrate(store))
  storeSuite('libsql() in memory', () => emptied(store))
})

describe('on disk', () => {
  let folder: string
  let store: Store
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-store-'))
    store = libsql({ url: `file:${join(folder, 'klaxon.db')}` })
    await migrate(store)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  storeSuite('libsql() on a file', () => emptied(store))
})

describe('on a server', () => {
  const server = migratedSqld()
  storeSuite('libsql() on sqld, from Node', async () => libsql({ url: server.url }))
})
