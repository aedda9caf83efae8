import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { answers, freePort, isListening } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'

/** ms after which a test hangs: longer than the wait for the example, whose output then shows. */
const LONG_MS = 180_000

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'klaxon-start-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

interface Start {
  port: number
  address: string
  child: ChildProcess
  output: () => string
  /** Resolves with the exit code. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

/** Runs the script of `npm start`, on a separate folder and port. */
async function start(
  vars: Record<string, string> = {},
  command: [string, ...string[]] = [process.execPath, 'scripts/start.ts'],
): Promise<Start> {
  const port = Number(vars.PORT ?? (await freePort()))
  // Empty values override the developer's .dev.vars.
  const own = {
    LIBSQL_URL: '',
    LIBSQL_AUTH_TOKEN: '',
    SLACK_WEBHOOK_URL: '',
    KLAXON_SECRET: '',
    NO_COLOR: '1',
  }
  const env = { ...process.env, ...own, KLAXON_DIR: dir, PORT: String(port), ...vars }
  const child = spawn(command[0], command.slice(1), { cwd: root, env })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  onTestFinished(() => void child.kill('SIGTERM'))
  return {
    port,
    address: `http://127.0.0.1:${port}`,
    child,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      const exit = once(child, 'exit')
      child.kill(signal)
      return (await exit)[0] as number | null
    },
  }
}

async function ready(...args: Parameters<typeof start>): Promise<Start> {
  const started = await start(...args)
  const alive = () => started.child.exitCode === null
  const up = await answers(started.address, { timeoutMs: 60_000, alive })
  expect(up, started.output()).toBe(true)
  await expect.poll(started.output).toContain('npm run db:show')
  return started
}

async function exitCode({ child }: Start): Promise<number | null> {
  if (child.exitCode === null) await once(child, 'exit')
  return child.exitCode
}

async function databaseUrl(): Promise<string> {
  const note = JSON.parse(await readFile(join(dir, 'running.json'), 'utf8')) as { url: string }
  return note.url
}

/**
 * Processes with this test's folder in their environment. Works on Linux; elsewhere it returns
 * none.
 */
async function leftovers(): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
      return environ.includes(`KLAXON_DIR=${dir}`) ? pid : null
    }),
  )
  return found.filter((pid) => pid !== null)
}

describe.skipIf(process.platform === 'win32')('npm start', () => {
  it(
    'serves the example, stores what fails, keeps it, and leaves nothing running',
    async () => {
      const first = await ready()
      const hello = await fetch(`${first.address}/api/hello`)
      expect(await hello.json()).toEqual({
        success: true,
        result: { from: 'klaxon' },
        message: 'Hello',
      })
      const boom = await fetch(`${first.address}/api/boom`)
      expect(boom.status).toBe(500)
      expect(await boom.text()).not.toContain('Payment failed')
      const id = boom.headers.get('x-error-id')!
      await fetch(`${first.address}/api/boom`)

      const url = await databaseUrl()
      const rows = () => libsql({ url }).occurrences()
      await expect.poll(rows, { timeout: 10_000 }).toHaveLength(2)
      expect((await rows()).map((row) => row.id)).toContain(id)
      await expect.poll(first.output).toContain('Payment failed')

      // The guide ends with the address and the secret of the dashboard, and its page shows the
      // failure.
      const [, pages = '', secret = ''] = /Dashboard +(\S+); log in with (\S+)/.exec(
        first.output(),
      )!
      const entry = await fetch(`${pages}/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: first.address },
        body: new URLSearchParams({ secret, name: 'ada' }),
      })
      const headers = { cookie: entry.headers.get('set-cookie')!.split(';')[0]! }
      expect(await (await fetch(`${pages}/issues`, { headers })).text()).toContain('Payment failed')
      // The alert is printed after the response, when its occurrence is stored.
      await expect.poll(first.output, { timeout: 10_000 }).toContain(`${pages}/i/`)

      expect(await first.stop('SIGTERM')).toBe(0)
      expect(await leftovers()).toEqual([])
      expect(await isListening(first.port)).toBe(false)

      const second = await ready()
      expect(await libsql({ url: await databaseUrl() }).occurrences()).toHaveLength(2)
      expect(await second.stop('SIGINT')).toBe(0)
      expect(await leftovers()).toEqual([])
      expect(await readdir(dir)).not.toContainEqual(expect.stringMatching(/\.env$/))
    },
    LONG_MS,
  )

  it(
    'stops when the shell between npm and it is stopped',
    async () => {
      const script = `"${process.execPath}" scripts/run.mjs start.ts; true`
      const started = await ready({}, ['sh', '-c', script])
      await started.stop('SIGTERM')
      await expect.poll(leftovers, { timeout: 10_000 }).toEqual([])
      await expect.poll(() => isListening(started.port), { timeout: 10_000 }).toBe(false)
    },
    LONG_MS,
  )

  it(
    'serves a file: database with the Node example',
    async () => {
      const started = await ready({ LIBSQL_URL: `file:${join(dir, 'own.db')}` })
      expect((await fetch(`${started.address}/api/users/42`)).status).toBe(404)
      await expect
        .poll(() => libsql({ url: `file:${join(dir, 'own.db')}` }).occurrences(), {
          timeout: 10_000,
        })
        .toHaveLength(1)
      expect(await started.stop()).toBe(0)
      expect(await leftovers()).toEqual([])
    },
    LONG_MS,
  )

  it('says how to mend a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const started = await start({ PORT: String(port) })
    expect(await exitCode(started)).toBe(1)
    expect(started.output().trim()).toBe(
      `Port ${port} is in use: stop what listens there, or choose another with PORT=${port + 1} npm start.`,
    )
  })

  it(
    'says how to mend a database that does not answer, without its credentials',
    async () => {
      const port = await freePort()
      const started = await start({
        LIBSQL_URL: `http://127.0.0.1:${port}`,
        LIBSQL_AUTH_TOKEN: 'hush-hush',
      })
      expect(await exitCode(started)).toBe(1)
      expect(started.output().trim()).toBe(
        `The database at http://127.0.0.1:${port} does not answer: check LIBSQL_URL and that it runs.`,
      )
      expect(await leftovers()).toEqual([])
    },
    LONG_MS,
  )

  it(
    'says how to mend a second start on the same folder',
    async () => {
      const first = await ready()
      const second = await start()
      expect(await exitCode(second)).toBe(1)
      expect(second.output()).toContain('is in use by another npm start: stop it with Ctrl-C')
      expect(await first.stop()).toBe(0)
    },
    LONG_MS,
  )
})
