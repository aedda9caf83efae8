import { serve } from '@hono/node-server'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import { migrate, sqlite } from '../../src/store/sqlite/sqlite.ts'
import { aBatch, entries } from '../support/store-fixtures.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klaxon-lock-'))
  path = join(folder, 'klaxon.db')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a lock of another process fails a write at once, and the next one passes', async () => {
  const store = sqlite({ path })
  await migrate(store)
  const other = new DatabaseSync(path)
  other.exec('begin immediate')
  const batch = aBatch({ occurrences: entries(1) })
  await expect(store.write(batch)).rejects.toMatchObject({
    failure: 'transient',
    code: 'SQLITE_BUSY',
  })
  expect(await store.occurrences()).toEqual([])
  other.exec('rollback')
  await store.write(batch)
  expect(await store.occurrences()).toHaveLength(1)
  other.close()
})

/** A process that takes the lock of the file, and releases it on request. */
async function lockedByAnother(file: string): Promise<() => Promise<void>> {
  const code = `const { DatabaseSync } = require('node:sqlite')
new DatabaseSync(process.argv[1]).exec('begin immediate')
process.stdout.write('locked')
process.stdin.resume().once('end', () => process.exit())`
  const child = spawn(process.execPath, ['-e', code, file], { stdio: ['pipe', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill())
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    await once(child, 'exit')
  }
}

test('no request waits for the lock of another process, and all are stored when it lets go', async () => {
  const store = sqlite({ path })
  await migrate(store)
  const letGo = await lockedByAnother(path)
  const klaxon = createKlaxon({ store, log: false })
  const app = klaxon.wrap((_request: Request) => new Response('no', { status: 500 }))
  const server = serve({ fetch: app, port: 0, hostname: '127.0.0.1' })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let answered = 0
  for (let round = 0; round < 10; round++) {
    // Between rounds the outbox tried to write and was refused.
    const wave = Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${port}/boom`))
    for (const response of await Promise.all(wave)) if (response.status === 500) answered++
    await setTimeout(20)
  }
  expect(answered).toBe(200)
  expect(await store.occurrences()).toEqual([])
  await letGo()
  await klaxon.flush()
  expect(await store.occurrences({ limit: 500 })).toHaveLength(200)
  expect(klaxon.stats()).toMatchObject({ captured: 200, stored: 200, logged: 0 })
})

test('the event loop turns while the database works for long', async () => {
  const store = sqlite({ path })
  await migrate(store)
  const { driverOf } = await import('../../src/store/sql/sql-store.ts')
  let turns = 0
  const timer = setInterval(() => turns++, 5)
  await driverOf(store)!.batch(
    [
      {
        sql: `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select sum(i) s from n`,
        params: [],
      },
    ],
    'read',
  )
  clearInterval(timer)
  expect(turns).toBeGreaterThan(5)
})
