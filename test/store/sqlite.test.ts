import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type Child, startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import type { Store } from '../../src/model/store.ts'
import { migrate, sqlite } from '../../src/store/sqlite/sqlite.ts'
import { storeSuite } from '../suites/store.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'
import { remoteStore } from '../support/store-remote.ts'
import { emptied } from '../support/store-wipe.ts'

describe('on a file, with node:sqlite', () => {
  let folder: string
  let store: Store
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-sqlite-'))
    store = sqlite({ path: join(folder, 'klaxon.db') })
    await migrate(store)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  storeSuite('sqlite() on a file', () => emptied(store))
})

describe.each([
  ['Deno', denoBinary, ['run', '-A']],
  ['Bun', bunBinary, []],
])('on a file, with %s', (runtime, binary, args) => {
  let folder: string
  let child: Child
  let store: ReturnType<typeof remoteStore>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-sqlite-'))
    const port = await freePort()
    child = startChild(binary(), [...args, 'test/support/fixtures/sqlite-process.ts'], {
      cwd: root,
      env: { ...process.env, PORT: String(port), SQLITE_PATH: join(folder, 'klaxon.db') },
    })
    const url = `http://127.0.0.1:${port}`
    if (!(await answers(url, { timeoutMs: 50_000, alive: child.running })))
      throw new Error(child.words())
    store = remoteStore(url)
    await store.migrate()
  })
  afterAll(async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  })
  storeSuite(`sqlite() with ${runtime}`, async () => {
    await store.empty()
    return store
  })
})
