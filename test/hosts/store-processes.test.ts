import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { migratedSqld } from '../support/store-server.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../support/fixtures/store-writer.ts', import.meta.url))

/** Four processes, 25 batches of 5 each, of one issue. */
async function writeFromProcesses(url: string): Promise<void> {
  const writers = ['a', 'b', 'c', 'd'].map((name) =>
    run(process.execPath, [script, url, name, '25']),
  )
  const claims = (await Promise.all(writers)).map(({ stdout }) => Number(stdout))
  const store = libsql({ url })
  expect(await store.occurrences({ limit: 1_000 })).toHaveLength(500)
  expect((await store.issues())[0]?.count).toBe(500)
  expect(claims.reduce((sum, count) => sum + count)).toBe(1)
}

describe('writers in processes of their own lose nothing and claim one alert', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-processes-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('on one file', { timeout: 60_000 }, async () => {
    const url = `file:${join(folder, 'klaxon.db')}`
    await migrate(libsql({ url }))
    await writeFromProcesses(url)
  })

  describe('with a server', () => {
    const server = migratedSqld()
    test('on one server', { timeout: 60_000 }, () => writeFromProcesses(server.url))
  })
})
