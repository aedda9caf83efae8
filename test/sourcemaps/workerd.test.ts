import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/_sqld.ts'
import type { Store } from '../../src/model/store.ts'
import type { Symbolicated } from '../../src/sourcemaps/frame.ts'
import { sourceMaps } from '../../src/sourcemaps/source-maps.ts'
import { type D1Like, d1 } from '../../src/store/d1/d1.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { migrate } from '../../src/store/sql/migrate.ts'
import { runCli } from '../support/cli.ts'
import { emptySqld, type OwnSqld } from '../support/sqld.ts'
import { SHOP } from './builds.ts'
import { differences } from './differences.ts'

/** The line where each route fails, read by a person. */
const FAILS = {
  '/charge': ['src/pay/gateway.ts:17', 'src/pay/charge.ts:20', 'src/routes.ts:15'],
  '/short': ['src/pay/charge.ts:8', 'src/pay/charge.ts:18', 'src/routes.ts:16'],
  '/sum': ['src/pay/charge.ts:14', 'src/pay/charge.ts:9', 'src/pay/charge.ts:18'],
  '/price': ['src/lib/totals.ts:8', 'src/lib/totals.ts:4', 'src/lib/totals.ts:4'],
  '/refund': ['src/pay/gateway.ts:29', 'src/pay/gateway.ts:23', 'src/pay/charge.ts:24'],
  '/reply': ['src/pay/gateway.ts:28', 'src/pay/gateway.ts:23', 'src/pay/charge.ts:24'],
  '/new': ['src/pay/gateway.ts:9', 'src/routes.ts:30'],
  '/late': ['src/late.ts:19', 'src/late.ts:14', 'src/late.ts:8'],
}
const RELEASE = 'c0ffee00-0000-4000-8000-000000000001'
const folder = mkdtempSync(join(tmpdir(), 'klaxon-wrangler-'))
let sqld: OwnSqld

/** The bundle of a deployment: minified by wrangler, in a folder. */
async function wranglerBuild(name: string, settings: object): Promise<string> {
  const config = join(folder, `${name}.json`)
  const worker = {
    name: 'shop',
    main: join(SHOP, 'src/worker.ts'),
    compatibility_date: '2026-08-01',
    compatibility_flags: ['nodejs_compat'],
    ...settings,
  }
  writeFileSync(config, JSON.stringify(worker))
  const bin = join(root, 'node_modules/wrangler/bin/wrangler.js')
  const dist = join(folder, name)
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' }
  const args = [bin, 'deploy', '-c', config, '--dry-run', '--minify', '--outdir', dist]
  await promisify(execFile)(process.execPath, args, { env, cwd: folder })
  return dist
}

/**
 * Adds the debug id to the script, for readers of the file and at run time, as a bundler's plugin
 * does.
 */
function addDebugId(script: string): void {
  const id = '85314830-023f-4cf1-a267-535f4e37bb17'
  const code = readFileSync(script, 'utf8')
  const snippet = `(globalThis._debugIds ??= {})[new Error().stack] = '${id}'`
  writeFileSync(script, `${code}\n${snippet}\n//# debugId=${id}\n`)
}

beforeAll(async () => {
  sqld = await emptySqld()
})
afterAll(async () => {
  await sqld.stop()
  rmSync(folder, { recursive: true })
})

describe.each([
  ['D1', 'names that wrangler keeps', {}, 'release'],
  ['libSQL', 'names that it does not keep', { keep_names: false }, 'debug id'],
] as const)('a minified Worker with %s and %s', (kind, _names, settings, matchedBy) => {
  let miniflare: Miniflare
  let store: Store
  let dist: string

  beforeAll(async () => {
    dist = await wranglerBuild(kind, settings)
    if (matchedBy === 'debug id') addDebugId(join(dist, 'worker.js'))
    const bindings = { LIBSQL_URL: sqld.url, CF_VERSION_METADATA: { id: RELEASE } }
    miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: [
          {
            type: 'ESModule',
            path: 'worker.js',
            contents: readFileSync(join(dist, 'worker.js'), 'utf8'),
          },
        ],
        compatibilityDate: '2026-08-01',
        compatibilityFlags: ['nodejs_compat'],
        cf: false,
        bindings,
        ...(kind === 'D1' ? { d1Databases: { DB: 'shop' } } : {}),
      } as never),
    )
    store =
      kind === 'D1'
        ? d1({ database: (await miniflare.getD1Database('DB')) as unknown as D1Like })
        : libsql({ url: sqld.url })
    await migrate(store)
  })
  afterAll(() => miniflare.dispose())

  /** The id of the stored failure of a route. */
  async function fail(path: string): Promise<string> {
    const response = await miniflare.dispatchFetch(`http://shop.dev${path}`)
    expect(response.status).toBe(500)
    await response.arrayBuffer()
    const id = response.headers.get('x-error-id')!
    await expect
      .poll(async () => (await store.occurrences({ id })).length, { timeout: 10_000 })
      .toBe(1)
    return id
  }

  const look = async (id: string) =>
    (await (await miniflare.dispatchFetch(`http://shop.dev/look/${id}`)).json()) as Symbolicated

  it('says that no map is uploaded, until one is', { timeout: 60_000 }, async () => {
    const id = await fail('/charge')
    expect((await look(id)).hint).toBe(`no map for release ${RELEASE}; none is uploaded`)

    const output = join(folder, 'out.ndjson')
    writeFileSync(output, JSON.stringify({ type: 'deploy', version_id: RELEASE }))
    const { code, stderr } = await runCli(
      ['sourcemaps', 'upload', dist, '--wrangler-output', output, '--root', SHOP],
      { cwd: folder, store },
    )
    expect([code, stderr]).toEqual([0, expect.stringContaining('1 new map')])
    expect((await look(id)).frames[0]).toMatchObject({ file: 'src/pay/gateway.ts', line: 17 })
  })

  it.each(Object.entries(FAILS))('shows %s at the user’s line', async (path, places) => {
    const { frames, doubtful, ...found } = await look(await fail(path))
    const own = frames.filter(({ inApp, state }) => inApp && state === 'mapped')
    expect(own.slice(0, places.length).map(({ file, line }) => `${file}:${line}`)).toEqual(places)
    expect([found.matchedBy, doubtful]).toEqual([matchedBy, false])
    const { file, line, context } = own[0]!
    const source = readFileSync(join(SHOP, file!), 'utf8').split('\n')
    expect(context!.lines).toContain(source[line! - 1])
  })

  it('shows an alert its places', async () => {
    const id = await fail('/charge')
    const [occurrence] = await store.occurrences({ id })
    const { errorStack } = await sourceMaps().map(occurrence!, store)
    expect(errorStack).toMatch(
      /^TypeError: Cannot charge -10 cents\n {4}at \w+\.capture \(src\/pay\/gateway\.ts:17:13\)\n {4}at chargeCard \(/,
    )
  })

  it('is shown by `klaxon show` at the user’s line', async () => {
    const id = await fail('/charge')
    const { code, stdout } = await runCli(['show', id], { cwd: folder, store })
    expect(code).toBe(0)
    expect(stdout).toMatch(/> \w+\.capture \(src\/pay\/gateway\.ts:17:13\)/)
    expect(stdout).toContain(
      '→   17 |       throw new TypeError(`Cannot charge ${card.cents} cents`)',
    )
  })

  it('has a map whose digest says the same of file and line, wherever it is asked', async () => {
    const map = readFileSync(join(dist, 'worker.js.map'), 'utf8')
    expect(await differences(map, 50)).toEqual([])
  })

  it('is checked by the command before and after', async () => {
    const args = ['sourcemaps', 'check', dist, '--release', RELEASE, '--root', SHOP]
    const { code, stderr } = await runCli(args, { cwd: folder, store })
    expect(code).toBe(0)
    expect(stderr).toMatch(/(\d+) of \1 frames resolve/)
  })
})
