import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { runCli } from '../support/cli.ts'
import { type Failure, SHOP } from './builds.ts'

const folder = mkdtempSync(join(tmpdir(), 'klaxon-vite-'))
const run = promisify(execFile)
const failures: Record<string, Failure> = {}

/** A build of a server: minified, with hidden maps, and with a separate chunk for a late import. */
const CONFIG = `export default {
  logLevel: 'error',
  build: { ssr: 'src/index.ts', sourcemap: 'hidden', minify: true },
  ssr: { noExternal: true },
}`

beforeAll(async () => {
  cpSync(SHOP, folder, { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const routes = join(folder, 'src/routes.ts')
  const late = readFileSync(routes, 'utf8')
    .replace("import { openLater } from './late.ts'\n", '')
    .replace('await openLater(', "await (await import('./late.ts')).openLater(")
  writeFileSync(routes, late)
  writeFileSync(join(folder, 'vite.config.mjs'), CONFIG)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  await run(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build'], {
    cwd: folder,
  })
  const code = `import app from './dist/index.js'
for (const path of ['/charge', '/late'])
  console.log(JSON.stringify([path, await (await app.request(path)).json()]))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
    cwd: folder,
  })
  for (const line of stdout.trim().split('\n')) {
    const [path, failure] = JSON.parse(line) as [string, Failure]
    failures[path] = failure
  }
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

it('chunks of Vite with hidden maps, uploaded, show the lines of the sources', async () => {
  const store = libsql({ url: `file:${join(folder, 'klaxon.db')}` })
  const klaxon = (args: string, stdin: string[] = []) =>
    runCli(args.split(' '), { cwd: folder, store, stdin })
  const uploaded = await klaxon('sourcemaps upload dist --release r1')
  expect([uploaded.code, uploaded.stderr]).toEqual([0, expect.stringMatching(/^2 files .* 2 new/)])
  expect((await klaxon('sourcemaps check dist')).stdout.match(/hidden map/g)).toHaveLength(2)
  const shown = async (path: string): Promise<string> => {
    // Like on another machine, where the script has no map beside it.
    const stack = failures[path]!.stack.replaceAll(folder, '/srv/app')
    return (await klaxon('symbolicate --release r1 --context 1', stack.split('\n'))).stdout
  }
  expect(await shown('/charge')).toMatch(/> \w+\.capture \(src\/pay\/gateway\.ts:17:\d+\)/)
  const late = await shown('/late')
  expect(failures['/late']!.stack).toMatch(/dist\/(?:assets\/)?late-[\w-]+\.js:/)
  expect(late).toMatch(/\(src\/late\.ts:19:\d+\)\n.*throw new Error\(`no door called \$\{name\}`\)/)
  expect(late).toMatch(/src\/late\.ts:14:/)
})
