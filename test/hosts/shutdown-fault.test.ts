import { afterAll, beforeAll, expect, test } from 'vitest'
import { startChild } from '../../scripts/_child.ts'
import { answers, freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'
import { recordsIn } from '../../src/cli/record-lines.ts'
import { account, idsOf } from '../support/rig/checker.ts'
import { type Database, startDatabase } from '../support/rig/database.ts'
import type { Fault } from '../support/rig/proxy.ts'
import { picker } from '../support/rig/seeded.ts'
import { inParallel } from '../support/rig/workerd.ts'

let database: Database

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())

test.skipIf(process.platform === 'win32').each([
  ['Node', () => process.execPath, ['examples/node.ts']],
  ['Deno', denoBinary, ['run', '-A', 'examples/deno.ts']],
  ['Bun', bunBinary, ['examples/bun.ts']],
])(
  'SIGTERM in the middle of a storm loses nothing on %s',
  async (_name, command, args) => {
    await database.sql('delete from klaxon_occurrences')
    const port = await freePort()
    const child = startChild(command(), args, {
      cwd: root,
      keep: 8_000_000,
      env: {
        ...process.env,
        LIBSQL_URL: database.proxy.url,
        PORT: String(port),
        SLACK_WEBHOOK_URL: '',
      },
    })
    try {
      const address = `http://127.0.0.1:${port}`
      expect(
        await answers(address, { timeoutMs: 20_000, alive: child.running }),
        child.words(),
      ).toBe(true)
      const ids: string[] = []
      // The database is slow and cuts a third of the calls, so the records in memory at the signal
      // need retries. A batch that is cut four times goes to the log.
      database.proxy.fault = picker<Fault>(15, [[0.3, 'cut']], { delayMs: 200 })
      await inParallel(400, 40, async () => {
        const response = await fetch(`${address}/api/boom`).catch(() => null)
        const id = response?.headers.get('x-error-id')
        await response?.text()
        if (typeof id !== 'string') return
        // Sends one signal, because a second one ends the process at once, and answers without an
        // id still come.
        if (ids.push(id) === 200) process.kill(child.pid!, 'SIGTERM')
      })
      await child.ended
      expect(ids.length).toBeGreaterThanOrEqual(200)
      const store = await database.ids()
      expect(store.length).toBeGreaterThan(0)
      const logged = (): string[] =>
        child
          .words()
          .split('\n')
          .flatMap((line) => idsOf(recordsIn(line, { keys: [], unsigned: true }).records))
      // The last lines of the process may still be in the pipe.
      await expect.poll(() => account(ids, { store, log: logged() }).lost).toEqual([])
    } finally {
      database.proxy.fault = () => 'pass'
      await child.stop()
    }
  },
  40_000,
)
