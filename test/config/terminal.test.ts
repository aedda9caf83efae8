import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { startChild } from '../../scripts/_child.ts'
import { freePort } from '../../scripts/_net.ts'
import { root } from '../../scripts/_sqld.ts'
import { createKlaxon, withKlaxon } from '../../src/index.ts'

const run = promisify(execFile)
const folder = join(root, 'test/support/fixtures/terminal')
const app = join(folder, 'app.mjs')
const id = expect.stringMatching(/^ {2}id [\da-f-]{36}$/)

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test.skipIf(process.platform === 'win32')(
  'on a terminal a failure is a block with the line of the user',
  async () => {
    const command = `'${process.execPath}' '${app}'`
    const { stdout } = await run('script', ['-qec', command, '/dev/null'])
    const at = (place: string) =>
      expect.stringMatching(new RegExp(`^ {2}at .*app\\.mjs:${place}\\)?$`))
    expect(stdout.trimEnd().split('\r\n')).toEqual([
      'klaxon: 500 GET /api/pay',
      '  TypeError: Payment failed',
      at('5:9'),
      '  caused by Error: the bank is closed \\u001b[31m',
      id,
      'klaxon: 500 GET /json',
      expect.stringMatching(/^ {2}SyntaxError: /),
      at('10:54'),
      id,
    ])
  },
)

test('elsewhere it is one line of JSON', async () => {
  const { stderr } = await run(process.execPath, [app])
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  expect(lines).toMatchObject([{ klaxon: 'occurrence', path: '/api/pay' }, { path: '/json' }])
})

test('a log of the app gets JSON, also where the console is a terminal', async () => {
  vi.stubGlobal('process', { ...process, stderr: { isTTY: true } })
  const log = { error: vi.fn(), warn: vi.fn() }
  const console_ = vi.spyOn(console, 'error').mockReturnValue()
  for (const options of [{ log }, {}]) {
    const klaxon = createKlaxon(options)
    const handler = klaxon.wrap((_request: Request) => new Response(null, { status: 404 }))
    await Promise.resolve(handler(new Request('http://x/')))
    await klaxon.flush()
  }
  expect(JSON.parse(log.error.mock.lastCall![0] as string)).toMatchObject({ status: 404 })
  expect(console_.mock.lastCall![0]).toMatch(/^klaxon: 404 GET .*\n {2}404 GET .*\n {2}id /)
})

test('a warning is a sentence on a terminal', async () => {
  vi.stubGlobal('process', { ...process, stderr: { isTTY: true } })
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  const { slack } = await import('../../src/notify/slack/slack.ts')
  withKlaxon(() => new Response(), { notify: slack({ webhookUrl: '' }) })
  expect(warn.mock.calls).toEqual([
    ['klaxon: channel slack is left out: its option `webhookUrl` is empty'],
  ])
})

test('wrangler dev shows the block, and under it the redacted error in the lines of the source', async () => {
  const port = await freePort()
  const child = startChild(
    process.execPath,
    [
      join(root, 'node_modules/wrangler/bin/wrangler.js'),
      ...['dev', join(folder, 'worker.ts'), '--ip', '127.0.0.1', '--port', String(port)],
      ...['--compatibility-date', '2026-08-01', '--inspector-port', '0'],
      '--show-interactive-dev-session=false',
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        NO_COLOR: '1',
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_WRITE_LOGS: 'false',
      },
    },
  )
  onTestFinished(() => child.stop())
  const ask = () =>
    fetch(`http://127.0.0.1:${port}/api/pay`).then(
      ({ status }) => status,
      () => 0,
    )
  await expect.poll(ask, { timeout: 30_000 }).toBe(500)
  await expect.poll(child.words, { timeout: 10_000 }).toContain('pay.ts:2:9')
  const words = child.words()
  expect(words).toContain('klaxon: 500 GET /api/pay')
  expect(words).toMatch(
    /^ +id [\da-f-]{36}\s+Error \[TypeError\]: Payment failed with \[Filtered\]\n +at pay /m,
  )
  expect(words).not.toContain('sk_live')
  // The frames below the wrapper belong to the platform.
  expect(words).not.toContain('middleware-loader')
}, 60_000)
