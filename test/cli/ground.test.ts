import { beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import { driverOf, migrate, sqlStore } from '../../src/store/sql/sql-store.ts'
import { runCli } from '../support/cli.ts'
import { aBatch, entries } from '../support/store-fixtures.ts'
import { DAY_MS } from '../../src/util/time-units.ts'

let store: Store
beforeEach(() => {
  store = sqlite({ path: ':memory:' })
})

describe('klaxon migrate', () => {
  test('makes the tables, says what it applied, and then has nothing to do', async () => {
    const dry = await runCli(['migrate', '--dry-run'], { store })
    expect(dry.stdout).toMatch(/^-- 0000_init\nCREATE TABLE IF NOT EXISTS/)
    expect(await runCli(['migrate'], { store })).toEqual({
      code: 0,
      stdout: '0000_init\n',
      stderr: 'Applied 1 to the test database.\n',
    })
    const again = await runCli(['migrate'], { store })
    expect(again).toMatchObject({ code: 0, stdout: '' })
    expect(again.stderr).toContain('up to date')
    expect((await runCli(['migrate', '--dry-run'], { store })).stdout).toBe('')
  })

  test('needs a store with tables', async () => {
    const { code, stderr } = await runCli(['migrate'], { store: memory() })
    expect(code).toBe(2)
    expect(stderr).toContain('klaxon/libsql')
  })
})

describe('klaxon doctor', () => {
  test('finds nothing wrong where nothing is, and leaves nothing behind', async () => {
    await migrate(store)
    const { code, stdout } = await runCli(['doctor'], { store })
    expect(code).toBe(0)
    for (const name of ['configuration', 'reach', 'tables', 'write', 'clock', 'channels'])
      expect(stdout).toMatch(new RegExp(`^ok   ${name} `, 'm'))
    const [rows] = await driverOf(store)!.batch(
      [{ sql: 'select * from klaxon_counted_ids', params: [] }],
      'read',
    )
    expect(rows!.rows).toEqual([])
  })

  test('names the fix for missing tables', async () => {
    const { code, stdout } = await runCli(['doctor'], { store })
    expect(code).toBe(1)
    expect(stdout).toMatch(/FAIL tables +0000_init to apply\n +→ npx klaxon migrate/)
  })

  test.for([
    ['SQLITE_AUTH', 'LIBSQL_AUTH_TOKEN'],
    ['ECONNREFUSED', 'check the address'],
  ] as const)('names the fix for a database that refuses with %s', async ([code, fix]) => {
    const refusing = sqlStore({
      name: 'refusing',
      batch: async () => {
        throw Object.assign(new Error('no'), { code })
      },
    })
    const { stdout } = await runCli(['doctor'], { store: refusing })
    expect(stdout).toMatch(/^FAIL reach/m)
    expect(stdout).toContain(fix)
  })

  test('finds a database that takes no rows', async () => {
    await migrate(store)
    const driver = driverOf(store)!
    const full = sqlStore({
      name: 'full',
      async batch(statements, mode) {
        if (statements.some(({ sql }) => /^insert/i.test(sql)))
          throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' })
        return driver.batch(statements, mode)
      },
    })
    expect((await runCli(['doctor'], { store: full })).stdout).toMatch(
      /FAIL write .*\n +→ use cred/,
    )
  })

  test('says what is missing without a database', async () => {
    const { code, stdout } = await runCli(['doctor'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/FAIL configuration .*npx klaxon init/)
  })

  test('names the channels of the environment', async () => {
    const env = { SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/canary' }
    const { stdout } = await runCli(['doctor'], { store, env })
    expect(stdout).toContain('SLACK_WEBHOOK_URL; npx klaxon test sends through it')
    expect(stdout).not.toContain('canary')
  })
})

describe('klaxon test', () => {
  test('says which variables name a channel, where none does', async () => {
    const { code, stderr } = await runCli(['test'])
    expect(code).toBe(4)
    expect(stderr).toContain('SLACK_WEBHOOK_URL')
  })

  test('says what failed', async () => {
    const env = { SLACK_WEBHOOK_URL: 'http://127.0.0.1:9/hook' }
    const { code, stdout } = await runCli(['test'], { env })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^failed slack/)
  })
})

describe('klaxon maintain', () => {
  beforeEach(async () => {
    const old = { occurredAt: Date.now() - 40 * DAY_MS }
    await store.write(aBatch({ now: Date.now(), channels: [], occurrences: entries(3, () => old) }))
  })
  const count = async (): Promise<number> => (await store.occurrences()).length

  test('deletes nothing where no retention is stored, and says which flags to give', async () => {
    const { code, stderr } = await runCli(['maintain'], { store })
    expect(code).toBe(3)
    expect(stderr).toMatch(/nothing was deleted.*--days/)
    expect(await count()).toBe(3)
  })

  test('uses the retention that the service has stored', async () => {
    const retention = { occurrencesMs: 60 * DAY_MS, occurrences: 100_000, issuesMs: 90 * DAY_MS }
    await store.prune(retention, Date.now())
    const kept = await runCli(['maintain'], { store })
    expect(kept).toMatchObject({ code: 0, stdout: '(no service)\t0 occurrences\t0 issues\n' })
    await store.prune({ ...retention, occurrencesMs: 30 * DAY_MS }, Date.now())
    expect((await runCli(['maintain'], { store })).code).toBe(0)
    expect(await count()).toBe(0)
  })

  test('takes flags, all of them together', async () => {
    const { code, stderr } = await runCli(['maintain', '--days', '30'], { store })
    expect(code).toBe(2)
    expect(stderr).toContain('add --rows, --issue-days, --history-days')
    const flags = ['--days', '30', '--rows', '9', '--issue-days', '90', '--history-days', '90']
    const deleted = await runCli(['maintain', ...flags], { store })
    expect(deleted).toMatchObject({ code: 0, stdout: '(no service)\t3 occurrences\t0 issues\n' })
  })

  test('asks at a terminal', async () => {
    const flags = ['--days', '30', '--rows', '9', '--issue-days', '90', '--history-days', '90']
    expect((await runCli(['maintain', ...flags], { store, answer: false })).code).toBe(130)
    expect(await count()).toBe(3)
    expect((await runCli(['maintain', ...flags, '--yes'], { store, answer: false })).code).toBe(0)
    expect(await count()).toBe(0)
  })
})
