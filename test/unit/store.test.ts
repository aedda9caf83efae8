import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { libsql, migrate } from '../../src/store/libsql.ts'
import { memory } from '../../src/store/memory.ts'
import { migratedSqld } from '../_store-server.ts'
import { storeSuite } from '../_store-suite.ts'

storeSuite('memory()', { open: async () => memory() })

storeSuite('libsql() in memory', {
  async open() {
    const store = libsql({ url: ':memory:' })
    await migrate(store)
    return store
  },
})

describe('on disk', () => {
  let folder: string
  let files = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-store-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  storeSuite('libsql() on a file', {
    async open() {
      const store = libsql({ url: `file:${join(folder, `${++files}.db`)}` })
      await migrate(store)
      return store
    },
  })
})

describe('on a server', () => {
  const server = migratedSqld()
  storeSuite('libsql() on sqld, from Node', { open: async () => libsql({ url: server.url }) })
})
