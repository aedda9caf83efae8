import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { npm } from '../support/npm.ts'

const run = promisify(execFile)
const tsc = join(root, 'node_modules/typescript/bin/tsc')
let temp: string
let app: string

function node(code: string, ...flags: string[]) {
  return run(process.execPath, [...flags, '--input-type=module', '-e', code], { cwd: app })
}

function compile(file: string, ...flags: string[]) {
  const options = [
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--lib',
    'es2023,dom',
    '--types',
    '',
  ]
  return run(process.execPath, [tsc, ...options, ...flags, file], { cwd: app }).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout)
    },
  )
}

beforeAll(async () => {
  temp = await mkdtemp(join(tmpdir(), 'klaxon-package-'))
  app = join(temp, 'app')
  await mkdir(app)
  await npm(['pack', '--ignore-scripts', '--pack-destination', temp], root)
  const tarball = (await readdir(temp)).find((name) => name.endsWith('.tgz'))
  await writeFile(join(app, 'package.json'), '{ "private": true, "type": "module" }')
  await npm(['install', '--offline', '--no-audit', '--no-fund', join(temp, tarball!)], app)
}, 180_000)

afterAll(() => rm(temp, { recursive: true, force: true }))

const channels = ['console', 'slack', 'discord', 'email', 'fcm', 'teams', 'telegram', 'webhook']
const alone = ['memory', 'envelope', ...channels]

describe('the packed package, alone in a project', () => {
  it('holds the compiled files, the migrations and the papers, and nothing else', async () => {
    const names = await readdir(join(app, 'node_modules/klaxon'))
    expect(names.toSorted()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'drizzle', 'package.json'].toSorted(),
    )
  })

  it('brings no other package', async () => {
    const names = await readdir(join(app, 'node_modules'))
    expect(names.filter((name) => !name.startsWith('.'))).toEqual(['klaxon'])
  })

  it('sets itself up with the libraries that it brings along', async () => {
    await writeFile(join(app, 'index.js'), 'export default { fetch: () => new Response() }\n')
    await writeFile(join(app, 'wrangler.jsonc'), '{ "name": "app", "main": "index.js" } // mine\n')
    const main = join(app, 'node_modules/klaxon/dist/cli/main.js')
    const { stdout } = await run(process.execPath, [main, 'init', '--dry-run'], { cwd: app })
    expect(stdout).toContain('klaxon.wrap(')
    expect(stdout).toContain('KLAXON_DB')
  })

  it.each(['klaxon', ...alone.map((name) => `klaxon/${name}`)])(
    'imports %s without hono, drizzle-orm or @libsql/client',
    async (name) => {
      await node(`await import('${name}')`)
    },
  )

  it('has types that stand alone', async () => {
    await writeFile(join(app, 'core.ts'), core)
    await compile('core.ts', '--module', 'nodenext', '--skipLibCheck', 'false')
  }, 30_000)
})

describe('the packed package beside its peers', () => {
  beforeAll(async () => {
    await mkdir(join(app, 'node_modules/@libsql'))
    for (const peer of ['hono', 'drizzle-orm', '@libsql/client']) {
      await symlink(join(root, 'node_modules', peer), join(app, 'node_modules', peer), 'junction')
    }
    await writeFile(join(app, 'core.ts'), core)
    await writeFile(join(app, 'all.ts'), `${core}\n${peers}`)
  })

  it.each(['klaxon/hono', 'klaxon/libsql', 'klaxon/schema'])('imports %s', async (name) => {
    await node(`await import('${name}')`)
  })

  it('gives workerd a libSQL store that needs no file system', async () => {
    const { stdout } = await node(
      `console.log(import.meta.resolve('klaxon/libsql'))`,
      '-C',
      'workerd',
    )
    expect(stdout).toContain('dist/store/libsql/libsql-http.js')
  })

  it.each([
    ['nodenext', ['--module', 'nodenext']],
    ['bundler', ['--module', 'preserve', '--moduleResolution', 'bundler']],
  ])(
    'resolves every import with types under moduleResolution %s',
    async (_name, flags) => {
      await compile('all.ts', ...flags, '--skipLibCheck')
    },
    30_000,
  )
})

const core = `
import { createKlaxon, KlaxonError, withKlaxon, type Klaxon, type KlaxonOptions, type Notifier, type Store } from 'klaxon'
import { consoleNotifier } from 'klaxon/console'
import { discord } from 'klaxon/discord'
import { email } from 'klaxon/email'
import { fcm } from 'klaxon/fcm'
import { teams } from 'klaxon/teams'
import { telegram } from 'klaxon/telegram'
import { webhook } from 'klaxon/webhook'
import { EnvelopeError, isEnvelope, unwrap, type Envelope } from 'klaxon/envelope'
import { memory } from 'klaxon/memory'
import { slack } from 'klaxon/slack'

const store: Store = memory()
const notify: Notifier[] = [consoleNotifier(), slack({ webhookUrl: 'https://hooks.slack.com/services/a/b/c' })]
const options: KlaxonOptions = { store, notify }
export const klaxon: Klaxon = createKlaxon(options)
export const wrapped: (request: Request) => Promise<Response> | Response = withKlaxon(
  (request: Request) => new Response(request.url),
  options,
)
export const worker = withKlaxon({ fetch: (_request: Request, env: { a: string }) => new Response(env.a) }, () => options)
export const channels = [discord, email, fcm, teams, telegram, webhook]
export const envelope: Envelope<{ id: number }> = { success: true, result: { id: 1 }, message: null }
export const unwrapped: Promise<{ id: number }> = unwrap<{ id: number }>(new Response())
export const errors = [KlaxonError, EnvelopeError, isEnvelope]
`

const peers = `
import { Hono } from 'hono'
import { klaxon as middleware } from 'klaxon/hono'
import { libsql, migrate } from 'klaxon/libsql'
import { issues, occurrences } from 'klaxon/schema'

export const app = new Hono()
app.use(middleware({ store: libsql({ url: 'file:klaxon.db' }) }))
app.use(middleware(klaxon))
app.get('/', (c) => c.text(String(c.get('klaxon').id)))
export const migrated: Promise<unknown> = migrate(libsql({ url: 'https://a.turso.io', authToken: 'b' }))
export const tables = [issues, occurrences]
`
