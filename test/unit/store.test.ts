import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { libsql, migrate } from '../../src/store/libsql.ts'
import { memory } from '../../src/store/memory.ts'
import { emptySqld } from '../_sqld.ts'
import { storeSuite } from '../_store-suite.ts'
import { wipe } from '../_store-wipe.ts'

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
  let server: Awaited<ReturnType<typeof emptySqld>>
  beforeAll(async () => {
    server = await emptySqld()
    await migrate(libsql({ url: server.url }))
  })
  afterAll(() => server.stop())

  storeSuite('libsql() on sqld, from Node', {
    async open() {
      await wipe(server.url)
      return libsql({ url: server.url })
    },
  })
})
