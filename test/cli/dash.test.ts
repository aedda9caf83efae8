import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { runCli } from '../support/cli.ts'

describe('klaxon dash', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-dash-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** The packed program, because Node cannot run the TSX of the pages. */
  function run(args: readonly string[], cwd: string): ChildProcess {
    const { PATH = '' } = process.env
    const env = { PATH, HOME: folder, USER: 'ada', WRANGLER_SEND_METRICS: 'false' }
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], { cwd, env })
    // A test that fails leaves nothing running.
    onTestFinished(() => void child.kill('SIGINT'))
    return child
  }

  /** Makes the tables, and starts the dashboard. */
  async function start(args: readonly string[], cwd = folder): Promise<ChildProcess> {
    await once(run(['migrate', ...args], cwd), 'close')
    return run(['dash', ...args], cwd)
  }

  async function visit(child: ChildProcess): Promise<void> {
    let words = ''
    child.stderr!.on('data', (chunk: Buffer) => (words += chunk.toString()))
    const closed = once(child, 'close')
    const [chunk] = (await Promise.race([once(child.stdout!, 'data'), closed])) as [Buffer]
    const link = String(chunk).trim()
    expect(link, words).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\da-f]{8}\/in\/[\w-]{32}$/)
    expect((await fetch(new URL('/', link))).status).toBe(401)
    const entry = await fetch(link, { redirect: 'manual' })
    const headers = { cookie: entry.headers.get('set-cookie')!.split(';')[0]! }
    const page = await fetch(new URL(entry.headers.get('location')!, link), { headers })
    const html = await page.text()
    expect([page.status, html]).toEqual([200, expect.stringContaining('>ada<')])
    const sheet = /href="([^"]+\.css)"/.exec(html)![1]!
    expect((await fetch(new URL(sheet, link), { headers })).status).toBe(200)
    expect((await fetch(link)).status).toBe(401)
    child.kill('SIGINT')
    expect(await closed).toEqual([130, null])
    await expect(fetch(link)).rejects.toThrow('fetch failed')
  }

  test('shows a SQLite file', async () => {
    await visit(await start(['--db', `file:${join(folder, 'klaxon.db')}`]))
  }, 30_000)

  test('shows a libSQL server', async () => {
    await visit(await start(['--db', inject('sqldUrl')]))
  }, 30_000)

  test('shows a local D1 database', async () => {
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
    await visit(await start([], project))
  }, 60_000)

  test('opens a browser only when it is asked to', async () => {
    for (const [args, count] of [
      [['dash'], 0],
      [['dash', '--open'], 1],
    ] as const) {
      const programs: string[] = []
      const interruption = new AbortController()
      // The command starts the browser directly after it prints the link.
      const onStdout = () => void setTimeout(() => interruption.abort())
      const { signal } = interruption
      const { code } = await runCli(args, { store: memory(), programs, signal, onStdout })
      expect(code).toBe(130)
      expect(programs).toHaveLength(count)
    }
  })

  test('lets nobody change anything with --read-only, and the visitor without it', async () => {
    const statuses: number[] = []
    for (const flags of [['--read-only'], []]) {
      const interruption = new AbortController()
      const onStdout = async (text: string): Promise<void> => {
        const link = text.trim()
        const entry = await fetch(link, { redirect: 'manual' })
        const response = await fetch(new URL('../issues', link), {
          method: 'POST',
          redirect: 'manual',
          headers: {
            cookie: entry.headers.get('set-cookie')!.split(';')[0]!,
            'sec-fetch-site': 'same-origin',
          },
          body: new URLSearchParams({ action: 'resolve', fp: 'v1:a' }),
        })
        statuses.push(response.status)
        interruption.abort()
      }
      await runCli(['dash', ...flags], {
        store: memory(),
        signal: interruption.signal,
        onStdout: (text) => void onStdout(text),
      })
    }
    expect(statuses).toEqual([403, 303])
  })

  test('names the option and the fix for a port that it cannot have', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const run = (...args: string[]) => runCli(['dash', ...args], { store: memory() })
    expect(await run('--port', String(port))).toMatchObject({
      code: 2,
      stderr: `klaxon: port ${port} is in use: choose another with --port\n`,
    })
    taken.close()
    for (const wrong of ['x', '65536', '1.5'])
      expect(await run('--port', wrong)).toMatchObject({
        code: 2,
        stderr: 'klaxon: --port must be a number up to 65535\n',
      })
  })
})
