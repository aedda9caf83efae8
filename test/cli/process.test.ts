import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { createReader } from '../../src/read/reader.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { driverOf } from '../../src/store/sql/sql-store.ts'
import { seeded } from '../read/_seed.ts'
import { emptySqld, type OwnSqld } from '../support/sqld.ts'
import { anOccurrence } from '../support/store-fixtures.ts'
import { HOUR_MS } from '../../src/util/time-units.ts'

const MAIN = join(root, 'src/cli/main.ts')
const FINGERPRINT = `v1:${'c'.repeat(32)}`

/** An hour ago, so that relative times are the same whenever this runs. */
const occurrences = [
  anOccurrence({
    fingerprint: FINGERPRINT,
    title: 'Error: \x1b[31mred',
    occurredAt: Date.now() - HOUR_MS,
    environment: 'production',
  }),
]

let folder: string
let server: OwnSqld
let file: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'klaxon-cli-'))
  server = await emptySqld()
  file = `file:${join(folder, 'errors.db')}`
  for (const url of [server.url, file]) {
    const store = libsql({ url })
    await migrate(store)
    await seeded(store, occurrences)
  }
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

interface Ran {
  code: number
  stdout: string
  stderr: string
}

/** Runs `klaxon <args>` as a separate process, outside this checkout. */
function klaxon(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = folder,
): Promise<Ran> {
  const { PATH = '' } = process.env
  return new Promise((done) => {
    const options = { cwd, env: { PATH, NO_COLOR: '1', ...env }, maxBuffer: 64_000_000 }
    execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) =>
      done({
        code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
        stdout,
        stderr,
      }),
    )
  })
}

/** The same on a terminal of 100 columns. */
function onTerminal(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const quoted = [process.execPath, MAIN, ...args].map((arg) => `'${arg}'`).join(' ')
  const { PATH = '' } = process.env
  return new Promise((done) => {
    const command = `stty cols 100; ${quoted}`
    const options = { cwd: folder, env: { PATH, TERM: 'xterm', ...env } }
    execFile('script', ['-qec', command, '/dev/null'], options, (error, stdout, stderr) =>
      done({
        code: typeof error?.code === 'number' ? error.code : 0,
        stdout: stdout.replaceAll('\r\n', '\n'),
        stderr,
      }),
    )
  })
}

describe('klaxon as a process', () => {
  it('prints the same from a server and a file, in a pipe', async () => {
    const lines = await Promise.all(
      [server.url, file].map(async (db) => (await klaxon(['issues', '--db', db])).stdout),
    )
    expect(lines[0]).toBe(lines[1])
    expect(lines[0]!.split('\t')).toMatchObject({
      0: FINGERPRINT,
      1: 'open',
      2: '500',
      10: 'Error: \\u001b[31mred\n',
    })
  })

  it('colours and aligns on a terminal, and not with NO_COLOR', async () => {
    const coloured = await onTerminal(['issues'], { LIBSQL_URL: file })
    expect(coloured.stdout).toContain('\x1b[36mcccccccccc\x1b[39m')
    expect(coloured.stdout).toContain('Error: \\u001b[31mred')
    const { stdout } = await onTerminal(['issues'], { LIBSQL_URL: file, NO_COLOR: '1' })
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      'ISSUE       STATUS  COUNT  24H  FIRST  LAST  TITLE',
      'cccccccccc    !500      1    1     1h    1h  Error: \\u001b[31mred  new',
      '',
    ])
  })

  it('shows an issue, an occurrence, releases, alerts and health on a terminal and in a pipe', async () => {
    const words = [
      ['issue', 'cccc'],
      ['show', occurrences[0]!.id],
      ['releases'],
      ['alerts'],
      ['health'],
    ]
    const quoted = [process.execPath, MAIN].map((arg) => `'${arg}'`).join(' ')
    const all = words.map((args) => `${quoted} ${args.join(' ')}`).join('; ')
    const { PATH = '' } = process.env
    const env = { PATH, LIBSQL_URL: file, TERM: 'xterm' }
    const output = async (command: string, ...args: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env })
      return stdout
        .replaceAll('\r\n', '\n')
        .replaceAll(folder, '<folder>')
        .replaceAll(occurrences[0]!.id, '<id>')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
        .replaceAll(/\p{Cc}\[(\d+)m/gu, (_whole, code: string) => `{${code}}`)
    }
    const [terminal, pipe] = await Promise.all([
      output('script', '-qec', `stty cols 100; ${all}`, '/dev/null'),
      output('sh', '-c', all),
    ])
    expect(terminal).toMatchSnapshot('terminal')
    expect(pipe).toMatchSnapshot('pipe')
    expect(pipe).not.toContain('{')
  }, 40_000)

  it('asks on a terminal before it changes anything', async () => {
    const child = spawn(
      'script',
      ['-qec', `'${process.execPath}' '${MAIN}' resolve cccc`, '/dev/null'],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', LIBSQL_URL: file, TERM: 'xterm', USER: 'ada' },
      },
    )
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      const isAsked = output.includes('[y/N]')
      output += chunk.toString()
      // Once: what comes later is the echo, and the program may be gone.
      if (!isAsked && output.includes('[y/N]')) child.stdin.write('n\r')
    })
    await new Promise((done) => child.once('close', done))
    expect(output).toContain('Resolve 1 issue in file:')
    expect(output).toContain('Nothing was changed')
    const { issue } = (await createReader(libsql({ url: file })).issue(FINGERPRINT))!
    expect(issue.state).toBe('open')
  })

  it.each([
    [0, ['issues']],
    [1, ['issues', '--db', 'http://127.0.0.1:1']],
    [2, ['issues', 'colour:red']],
    [3, ['show', '019a0000-0000-7000-8000-0000000000ff']],
    [5, ['comment', FINGERPRINT, 'ffff', '--comment', 'x']],
    [10, ['issues', '--exit-code']],
  ])('ends with %i', async (code, args) => {
    const ran = await klaxon(args, { LIBSQL_URL: file })
    expect(ran.code, ran.stderr).toBe(code)
  })

  it('ends with 4 without a database, and 130 when it is interrupted', async () => {
    expect((await klaxon(['issues'])).code).toBe(4)
    const child = spawn(process.execPath, [MAIN, 'tail'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', LIBSQL_URL: file },
    })
    child.stderr.once('data', () => child.kill('SIGINT'))
    expect(await new Promise((done) => child.once('close', done))).toBe(130)
  })

  it('takes a pipe that closes for the end', async () => {
    const command = `'${process.execPath}' '${MAIN}' export | head -c 1; echo " \${PIPESTATUS[0]}"`
    const { PATH = '' } = process.env
    const stdout = await new Promise<string>((done) =>
      execFile(
        'bash',
        ['-c', command],
        { cwd: folder, env: { PATH, LIBSQL_URL: file } },
        (_error, out) => done(out),
      ),
    )
    expect(stdout).toBe('{ 0\n')
  })
})

describe('a database that does not answer as it should', () => {
  const oneSentence = ({ stdout, stderr }: Ran): string => {
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n').length, stderr).toBe(1)
    expect(stderr).not.toMatch(/ at |secret-token|select /)
    return stderr
  }

  it('is said in one sentence: away', async () => {
    const ran = await klaxon(['issues', '--db', 'http://127.0.0.1:1'])
    expect(oneSentence(ran)).toContain('the database did not answer as it should')
  })

  it('is said in one sentence: a wrong token', async () => {
    const refusing = createServer((_request, response) => response.writeHead(401).end('{}'))
    await new Promise<void>((done) => refusing.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
    const ran = await klaxon(['issues'], { LIBSQL_URL: url, LIBSQL_AUTH_TOKEN: 'secret-token' })
    refusing.close()
    expect(ran.code).toBe(4)
    expect(oneSentence(ran)).toContain('refuses the credentials')
  })

  it('is said in one sentence: tables that are too old, and too new', async () => {
    const old = `file:${join(folder, 'old.db')}`
    const run = (sql: string) =>
      driverOf(libsql({ url: old, migrate: false }))!.batch([{ sql, params: [] }], 'write')
    await migrate(libsql({ url: old }))
    await run('alter table klaxon_issues drop column resolved_in')
    expect(oneSentence(await klaxon(['issues', '--db', old]))).toContain(
      'are missing or old: run `klaxon migrate`',
    )
    await run('insert into klaxon_migrations (hash, created_at) values (1, 9999999999999)')
    expect(oneSentence(await klaxon(['issues', '--db', old]))).toContain(
      'are of a newer klaxon: npm install klaxon@latest',
    )
  })
})

describe('klaxon on a local D1 database', () => {
  it('reads and changes what the Worker wrote', async () => {
    const project = join(folder, 'worker')
    await mkdir(project)
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
    await writeFile(join(project, 'package.json'), '{"type":"module"}')
    await writeFile(
      join(project, 'wrangler.json'),
      JSON.stringify({
        name: 'w',
        compatibility_date: '2026-08-01',
        d1_databases: [{ binding: 'KLAXON', database_name: 'klaxon', database_id: 'klaxon' }],
      }),
    )
    const run = (...args: string[]) => klaxon(args, { HOME: folder }, project)
    expect((await run('migrate')).code).toBe(0)
    const { code, stdout, stderr } = await run('issues')
    expect([code, stdout], stderr).toEqual([0, ''])
    expect(stderr).toContain('No issue matches is:open')
    expect((await run('resolve', 'abcd')).code).toBe(3)
  }, 180_000)
})
