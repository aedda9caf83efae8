import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { migrate, sqlite } from '../../src/store/sqlite/sqlite.ts'
import { runCli } from '../support/cli.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klaxon-database-'))
  await writeFile(join(folder, 'package.json'), '{}')
  await mkdir(join(folder, 'src'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const configuration = async (env: Record<string, string> = {}) =>
  (await runCli(['doctor'], { cwd: join(folder, 'src'), env })).stdout.split('\n')[0]!

test('the file klaxon.db beside the package.json is the database, from any folder of the project', async () => {
  expect(await configuration()).toContain('no database is configured')
  await migrate(sqlite({ path: join(folder, 'klaxon.db') }))
  expect(await configuration()).toBe(
    `ok   configuration  file:${join(folder, 'klaxon.db')}, from the file klaxon.db`,
  )
})

test('KLAXON_PATH names another file, as the module that init writes reads it', async () => {
  await migrate(sqlite({ path: join(folder, 'klaxon.db') }))
  await writeFile(join(folder, '.env'), 'KLAXON_PATH=data/errors.db\n')
  await mkdir(join(folder, 'data'))
  await migrate(sqlite({ path: join(folder, 'data/errors.db') }))
  expect(await configuration()).toBe(
    `ok   configuration  file:${join(folder, 'data/errors.db')}, from KLAXON_PATH in ../.env`,
  )
})

test('LIBSQL_URL goes before the file', async () => {
  await migrate(sqlite({ path: join(folder, 'klaxon.db') }))
  expect(await configuration({ LIBSQL_URL: 'http://127.0.0.1:1' })).toBe(
    'ok   configuration  http://127.0.0.1:1, from LIBSQL_URL in the environment',
  )
})

test('a command waits for the server that writes to the file', async () => {
  const path = join(folder, 'klaxon.db')
  await migrate(sqlite({ path }))
  const server = new DatabaseSync(path)
  server.exec('begin immediate')
  const command = runCli(['doctor'], { cwd: folder })
  await setTimeout(300)
  server.exec('commit')
  server.close()
  expect((await command).stdout).toContain('ok   write')
})

describe('a database file that is not there', () => {
  const made = async () => (await readdir(folder)).filter((name) => name.includes('.db'))

  test.for([
    'issues',
    'resolve abcd',
    'show abcd',
    'export',
    'health',
    'mcp',
    'dash',
    'sourcemaps list',
    'sourcemaps delete --release r1',
    'symbolicate',
  ])('is not made by %s, which names it', async (line) => {
    const args = [...line.split(' '), '--db', 'file:none.db']
    expect(await runCli(args, { cwd: folder, stdin: ['at x'] })).toEqual({
      code: 4,
      stdout: '',
      stderr: `klaxon: there is no database file ${join(folder, 'none.db')}: \`klaxon migrate\` makes it\n`,
    })
    expect(await made()).toEqual([])
  })

  test('is made by migrate, and by no dry run', async () => {
    const run = (...args: string[]) => runCli([...args, '--db', 'file:none.db'], { cwd: folder })
    const dry = await run('migrate', '--dry-run')
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/create table/i) as string })
    expect(await made()).toEqual([])
    expect(await run('migrate')).toMatchObject({
      stdout: '0000_init\n',
      stderr: 'Applied 1 to file:none.db.\n',
    })
    expect((await run('issues')).code).toBe(0)
  })

  test('has no query in its URL', async () => {
    const ran = await runCli(['migrate', '--db', 'file:x.db?mode=ro'], { cwd: folder })
    expect(ran).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('takes no "?"') as string,
    })
    expect(await made()).toEqual([])
  })
})

test('a command that reads makes no tables', async () => {
  const run = (...args: string[]) => runCli(args, { cwd: folder })
  await writeFile(join(folder, 'klaxon.db'), '')
  expect(await run('issues')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('are missing or old: run `klaxon migrate`') as string,
  })
  expect((await run('sourcemaps', 'list')).stderr).toContain('run `npx klaxon migrate`')
  expect((await run('migrate')).stdout).toBe('0000_init\n')
})
