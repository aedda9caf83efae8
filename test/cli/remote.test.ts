import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { root } from '../../scripts/_sqld.ts'

const ACCOUNT = '00000000000000000000000000000001'
const TOKEN = 'a-token-of-the-account'

/**
 * The part of Cloudflare's API that wrangler asks before it reaches a deployed database, with the
 * refusals that the API documents: https://developers.cloudflare.com/api/
 */
function cloudflare(): Server {
  return createServer((request, response) => {
    const answer = (status: number, body: object) => {
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ errors: [], messages: [], ...body }))
      })
    }
    const refuse = (status: number, code: number, message: string) =>
      answer(status, { success: false, result: null, errors: [{ code, message }] })
    const { method, url = '', headers } = request
    const path = url.replace(`/accounts/${ACCOUNT}/workers`, '')
    if (headers.authorization !== `Bearer ${TOKEN}`) refuse(401, 10000, 'Authentication error')
    else if (path === '/subdomain/edge-preview')
      answer(200, { success: true, result: { token: 't', exchange_url: null } })
    else if (path === '/subdomain') answer(200, { success: true, result: { subdomain: 'acme' } })
    else if (method === 'POST' && path === '/scripts/shop/edge-preview')
      refuse(400, 10181, "Could not find D1 database 'no-such-database'")
    else refuse(404, 7003, `Could not route to ${url}`)
  })
}

describe('a deployed D1 database', () => {
  let folder: string
  let server: Server
  let url: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaxon-remote-'))
    server = cloudflare().listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function run(
    args: readonly string[],
    { env = {}, database }: { env?: Record<string, string>; database: object },
  ) {
    const project = await mkdtemp(join(folder, 'project-'))
    const temporary = join(project, 'tmp')
    await mkdir(temporary)
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
    await writeFile(
      join(project, 'wrangler.json'),
      JSON.stringify({
        name: 'shop',
        account_id: ACCOUNT,
        compatibility_date: '2026-08-01',
        d1_databases: [{ binding: 'KLAXON', database_name: 'klaxon', ...database }],
      }),
    )
    const { PATH = '' } = process.env
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args, '--remote'], {
      cwd: project,
      env: {
        PATH,
        HOME: folder,
        TMPDIR: temporary,
        CLOUDFLARE_API_BASE_URL: url,
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_WRITE_LOGS: 'false',
        ...env,
      },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect((await readdir(temporary)).filter((name) => name.startsWith('klaxon-d1-'))).toEqual([])
    return { code, stdout, stderr }
  }

  const database = { database_id: 'no-such-database' }

  test.each([[['dash']], [['issues', '--json']]])(
    'whose token is refused ends %j with one line that says what to do',
    async (args) => {
      expect(await run(args, { env: { CLOUDFLARE_API_TOKEN: 'wrong' }, database })).toEqual({
        code: 4,
        stdout: '',
        stderr:
          'klaxon: Cloudflare refuses the credentials for D1 "klaxon" (remote): ' +
          'Authentication error [code: 10000]. ' +
          'Check CLOUDFLARE_API_TOKEN, or run `npx wrangler login`\n',
      })
    },
    60_000,
  )

  test('that does not exist is named in one line', async () => {
    expect(await run(['dash'], { env: { CLOUDFLARE_API_TOKEN: TOKEN }, database })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'klaxon: Cloudflare refuses D1 "klaxon" (remote): ' +
        "Could not find D1 database 'no-such-database' [code: 10181]\n",
    })
  }, 60_000)

  test('without credentials says where they come from', async () => {
    expect(await run(['dash'], { database })).toEqual({
      code: 4,
      stdout: '',
      stderr:
        'klaxon: D1 "klaxon" (remote) needs credentials. ' +
        'Check CLOUDFLARE_API_TOKEN, or run `npx wrangler login`\n',
    })
  }, 60_000)

  test('needs its id in the wrangler config', async () => {
    const env = { CLOUDFLARE_API_TOKEN: TOKEN }
    expect(await run(['dash'], { env, database: {} })).toMatchObject({
      code: 4,
      stdout: '',
      stderr:
        'klaxon: the D1 binding KLAXON has no database_id, which `npx wrangler d1 list` shows\n',
    })
  }, 60_000)
})
