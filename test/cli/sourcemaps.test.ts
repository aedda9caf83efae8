import { cpSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { StoreError } from '../../src/model/store-error.ts'
import { driverOf, sqlStore } from '../../src/store/sql/sql-store.ts'
import { addFunction, buildShop, type Failure, type Shop, SHOP } from '../sourcemaps/builds.ts'
import { type CliWorld, runCli } from '../support/cli.ts'

let shop: Shop
let near: Shop
let folder: string
let store: Store

beforeAll(async () => {
  shop = await buildShop({ keepNames: true })
  near = await buildShop({ keepNames: true }, addFunction)
})
afterAll(() => {
  for (const { folder: built } of [shop, near]) rmSync(built, { recursive: true })
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'klaxon-cli-'))
  cpSync(shop.folder, join(folder, 'dist'), { recursive: true })
  store = libsql({ url: `file:${join(folder, 'errors.db')}` })
})
afterEach(() => rmSync(folder, { recursive: true }))

const klaxon = (args: string, world: CliWorld = {}) =>
  runCli(args.split(' '), { cwd: folder, store, ...world })
const read = async (sql: string) =>
  (await driverOf(store)!.batch([{ sql, params: [] }], 'read'))[0]!.rows
const maps = () => read('select id from klaxon_maps')

/** A row as the wrapped shop writes it. */
async function record({ name, message, stack }: Failure, release: string | null): Promise<void> {
  const columns = 'id, occurred_at, fingerprint, title, kind, status, method, path, runtime'
  await driverOf(store)!.batch(
    [
      {
        sql: `insert into klaxon_occurrences (${columns}, error_name, error_message, error_stack, release)
values (?, unixepoch() * 1000, 'v1:0', 't', 'thrown', 500, 'GET', '/', 'node', ?, ?, ?, ?)`,
        params: [crypto.randomUUID(), name, message, stack, release],
      },
    ],
    'write',
  )
}

describe('klaxon sourcemaps upload', () => {
  test('sends a build, and the same build again sends nothing', async () => {
    const first = await klaxon(`sourcemaps upload dist --release r1 --root ${SHOP}`)
    expect(first).toMatchObject({ code: 0, stdout: '' })
    expect(first.stderr).toMatch(
      /^1 file of release r1: 1 new map, \d+ rows, \d+ KB to the test database\n$/,
    )
    const again = await klaxon(`sourcemaps upload dist --release r2 --root ${SHOP}`)
    expect(again.stderr).toBe(
      '1 file of release r2: 0 new maps, 0 rows, 0 KB to the test database\n',
    )
  })

  test('makes a stack readable', async () => {
    await klaxon(`sourcemaps upload dist --release r1 --root ${SHOP}`)
    const { code, stdout, stderr } = await klaxon('symbolicate --release r1 --context 1', {
      stdin: shop.failures['/charge'].stack.split('\n'),
    })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^ {2}> \w\.capture \(src\/pay\/gateway\.ts:17:13\)$/),
      '    →   17 |       throw new TypeError(`Cannot charge ${card.cents} cents`)',
      '  > chargeCard (src/pay/charge.ts:20:18)',
    ])
    expect(stdout).toMatch(/\n {4}#?\w+ \(node_modules\/hono\//)
  })

  test('takes the release from wrangler’s output, else from KLAXON_RELEASE', async () => {
    const output = [
      { type: 'wrangler-session', version: 1 },
      { type: 'deploy', version_id: 'v-1' },
      { type: 'deploy', version_id: 'v-2', worker_name: 'shop' },
    ]
    writeFileSync(join(folder, 'out.ndjson'), output.map((line) => JSON.stringify(line)).join('\n'))
    expect((await klaxon('sourcemaps upload dist --wrangler-output out.ndjson')).code).toBe(0)
    expect((await klaxon('sourcemaps upload dist', { env: { KLAXON_RELEASE: 'v-3' } })).code).toBe(
      0,
    )
    const { stdout } = await klaxon('sourcemaps list')
    const releases = stdout.split('\n').map((line) => line.split('\t')[0])
    expect(new Set(releases)).toEqual(new Set(['', 'v-2', 'v-3']))
  })

  test.for([
    ['sourcemaps upload dist', 2, /--release.*KLAXON_RELEASE.*--wrangler-output/],
    ['sourcemaps upload dist --wrangler-output gone', 2, /there is no file gone/],
    ['sourcemaps upload dist --wrangler-output klaxon.txt', 2, /has no version_id/],
    ['sourcemaps upload gone --release r1', 2, /there is no folder gone/],
    ['sourcemaps upload --release r1', 2, /name the folder/],
    ['sourcemaps upload empty --release r1', 1, /no script in empty has a source map/],
    ['sourcemaps upload dist dist --release r1', 1, /two scripts are called index\.js/],
    ['sourcemaps', 2, /say what to do: upload, list, check, delete/],
    ['sourcemaps push', 2, /there is no "sourcemaps push"/],
    ['sourcemaps delete', 2, /--release/],
    ['sourcemaps delete --release r9', 3, /release r9 has no maps/],
  ] as const)('%s ends with %i', async ([args, code, message]) => {
    writeFileSync(join(folder, 'klaxon.txt'), 'words\n')
    cpSync(join(folder, 'dist/index.js.map'), join(folder, 'empty/some.map'))
    const ran = await klaxon(args)
    expect(ran.code).toBe(code)
    expect(ran.stderr).toMatch(message)
  })

  test('refuses a broken map by name, and sends the others', async () => {
    writeFileSync(join(folder, 'dist/broken.js'), 'x')
    writeFileSync(join(folder, 'dist/broken.js.map'), '{"version":3}')
    const { code, stderr } = await klaxon('sourcemaps upload dist --release r1')
    expect(code).toBe(5)
    expect(stderr).toContain('the map of broken.js has no list of `sources`')
    expect(await maps()).toHaveLength(1)
    rmSync(join(folder, 'dist/index.js'))
    expect((await klaxon('sourcemaps upload dist --release r2')).code).toBe(1)
  })

  test('without sources sends none of their lines', async () => {
    await klaxon(`sourcemaps upload dist --release r1 --root ${SHOP} --no-sources`)
    expect(await read('select hash from klaxon_map_sources')).toEqual([])
    const { stdout } = await klaxon('symbolicate --release r1', {
      stdin: shop.failures['/charge'].stack.split('\n'),
    })
    expect(stdout).toContain('src/pay/gateway.ts:17:13')
    expect(stdout).not.toContain('throw new TypeError')
  })

  test('with --dry-run opens no database', async () => {
    const ran = await runCli(['sourcemaps', 'upload', 'dist', '--release', 'r1', '--dry-run'], {
      cwd: folder,
    })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/^index\.js\t\d+ rows\t\d+ KB\t7 sources\n$/)
    expect(ran.stderr).toBe('1 file of release r1; nothing was sent\n')
    expect(readdirSync(folder)).not.toContain('errors.db')
  })

  test('goes to a database of its own when one is named', async () => {
    const url = 'file:maps.db'
    await klaxon(`sourcemaps upload dist --release r1 --root ${SHOP} --maps-db ${url}`)
    await klaxon('sourcemaps upload dist --release r2', { env: { KLAXON_MAPS_URL: url } })
    expect((await klaxon('sourcemaps list')).stdout).toBe('')
    expect((await klaxon(`sourcemaps list --maps-db ${url}`)).stdout.split('\n')).toHaveLength(3)
    const { stdout } = await klaxon('symbolicate --release r1', {
      stdin: shop.failures['/charge'].stack.split('\n'),
      env: { KLAXON_MAPS_URL: url },
    })
    expect(stdout).toContain('src/pay/gateway.ts:17:13')
  })

  test('in a database of its own may be missing when a failure is shown', async () => {
    await record(shop.failures['/charge'], 'r1')
    const [row] = await read('select id from klaxon_occurrences')
    const show = () =>
      klaxon(`show ${String(row!['id'])}`, { env: { KLAXON_MAPS_URL: 'file:maps.db' } })
    expect((await show()).code).toBe(0)
    expect(readdirSync(folder)).not.toContain('maps.db')
    writeFileSync(join(folder, 'maps.db'), '')
    const { code, stdout } = await show()
    expect(code).toBe(0)
    expect(stdout).toContain('a klaxon table or column is missing: run `npx klaxon migrate`')
  })

  test('to a database of its own deletes old releases there, since no app does', async () => {
    const url = `file:${join(folder, 'maps.db')}`
    const own = libsql({ url })
    for (let i = 0; i < 11; i++)
      await klaxon(`sourcemaps upload dist --release r${i} --maps-db ${url}`)
    const age = `update klaxon_map_files set uploaded_at = uploaded_at - 100 * 86400000`
    const forget = `delete from klaxon_map_files where release = ' '`
    const statements = [age, forget].map((sql) => ({ sql, params: [] }))
    await driverOf(own)!.batch(statements, 'write')
    await klaxon(`sourcemaps upload dist --release new --maps-db ${url}`)
    const { stdout } = await klaxon(`sourcemaps list --maps-db ${url}`)
    expect(stdout.trim().split('\n')).toHaveLength(10)
  })

  test('says at a terminal what it is doing', async () => {
    const { stderr } = await klaxon('sourcemaps upload dist --release r1', { answer: true })
    expect(stderr).toContain('\r\u001b[Kreading 1 of 1: index.js')
    expect(stderr).toContain('\r\u001b[Ksending 1 of 1: index.js')
    expect(stderr.split('\r\u001b[K').at(-1)).toMatch(/^1 file of release r1/)
  })

  test('tries again what may pass, and no refusal', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 })
    await klaxon('sourcemaps list')
    const real = driverOf(store)!
    const failing = (failure: 'transient' | 'auth') => {
      let calls = 0
      return sqlStore({
        name: 'test',
        batch: (statements, mode) => {
          if (calls++ === 1) throw new StoreError(failure)
          return real.batch(statements, mode)
        },
      })
    }
    expect(
      (await klaxon('sourcemaps upload dist --release r1', { store: failing('transient') })).code,
    ).toBe(0)
    expect(
      (await klaxon('sourcemaps upload dist --release r2', { store: failing('auth') })).code,
    ).toBe(4)
    vi.useRealTimers()
  })
})

describe('klaxon sourcemaps check', () => {
  test('says what would be matched, and that the last failures resolve', async () => {
    for (const failure of Object.values(shop.failures)) await record(failure, 'r1')
    const { code, stdout, stderr } = await klaxon(
      `sourcemaps check dist --release r1 --root ${SHOP}`,
    )
    expect(code).toBe(0)
    expect(stdout).toBe('index.js\tno debug id\t7 sources of yours\n')
    const [, mapped, frames] =
      /the last 8 failures of release r1: (\d+) of (\d+) frames resolve/.exec(stderr)!
    expect(Number(mapped)).toBeGreaterThan(Number(frames) - 9)
    expect(await maps()).toEqual([])
  })

  test('ends with 1 when nothing resolves', async () => {
    const { stack } = shop.failures['/charge']
    await record({ name: 'E', message: 'x', stack: stack.replaceAll('index.js', 'other.js') }, 'r1')
    const { code, stderr } = await klaxon('sourcemaps check dist --release r1')
    expect(code).toBe(1)
    expect(stderr).toContain('nothing resolves: are these the maps of what is deployed?')
  })

  test('ends with 1 when the maps are of another build', async () => {
    await record(shop.failures['/charge'], 'r1')
    rmSync(join(folder, 'dist'), { recursive: true })
    cpSync(near.folder, join(folder, 'dist'), { recursive: true })
    const { code, stderr } = await klaxon('sourcemaps check dist --release r1')
    expect(code).toBe(1)
    expect(stderr).toContain('stacks that seem to be of another build than these maps: 1')
  })

  test('is content with the files before the first failure, and without a database', async () => {
    const { code, stderr } = await klaxon('sourcemaps check dist --release r1')
    expect([code, stderr]).toEqual([
      0,
      'no failure of release r1 with a stack is stored in the test database yet\n',
    ])
    const without = await runCli(['sourcemaps', 'check', 'dist'], { cwd: folder })
    expect([without.code, without.stderr]).toEqual([
      0,
      'no database: only the files were checked\n',
    ])
  })

  test('warns of maps that wrangler would serve', async () => {
    const warning = /^dist\/index\.js\.map will be served with your assets/
    for (const [file, text] of [
      ['wrangler.toml', 'name = "shop"\n[assets]\ndirectory = "./dist"\n'],
      [
        'wrangler.jsonc',
        '{ "name": "shop", "assets": { "binding": "ASSETS", "directory": "dist" } }',
      ],
    ] as const) {
      writeFileSync(join(folder, file), text)
      expect((await klaxon('sourcemaps check dist')).stderr).toMatch(warning)
      writeFileSync(join(folder, 'dist/.assetsignore'), '_worker.js\n*.map\n')
      expect((await klaxon('sourcemaps check dist')).stderr).not.toMatch(warning)
      rmSync(join(folder, 'dist/.assetsignore'))
      rmSync(join(folder, file))
    }
  })
})

describe('klaxon sourcemaps delete', () => {
  test('asks first, then deletes what no other release needs', async () => {
    await klaxon('sourcemaps upload dist --release r1')
    const refused = await klaxon('sourcemaps delete --release r1')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('confirm with --yes')
    expect(await maps()).toHaveLength(1)
    const { code, stderr } = await klaxon('sourcemaps delete --release r1', { answer: true })
    expect(code).toBe(0)
    expect(stderr).toContain('Delete the maps of release r1 (1 file) from the test database?')
    for (const table of ['maps', 'map_files', 'map_chunks', 'map_sources', 'map_uses'])
      expect(await read(`select 1 from klaxon_${table}`)).toEqual([])
  })
})

describe('klaxon symbolicate', () => {
  test('maps by a folder, without any database', async () => {
    const { code, stdout } = await runCli(['symbolicate', '--folder', 'dist', '--own'], {
      cwd: folder,
      stdin: shop.failures['/short'].stack.split('\n').map((line) => line.trim()),
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(/> validate \(\S*pay\/charge\.ts:8:37\)/)
    expect(stdout).toMatch(/\n {4}\d library frames\n/)
  })

  test('maps by what lies beside the script on this machine, without any database', async () => {
    const stack = shop.failures['/short'].stack.replaceAll(shop.folder, join(folder, 'dist'))
    const now = new Date()
    utimesSync(join(folder, 'dist/index.js'), now, now)
    const { code, stdout } = await runCli(['symbolicate'], {
      cwd: folder,
      stdin: stack.split('\n'),
    })
    expect(code).toBe(0)
    expect(stdout).toContain("throw new Error('card number is too short')")
    const none = await runCli(['symbolicate'], { cwd: '/nowhere', stdin: stack.split('\n') })
    expect([none.code, none.stderr]).toEqual([
      3,
      'no map beside this file is on this machine, and no database is configured\n',
    ])
  })

  test('ends with 3 and says why when no frame is mapped', async () => {
    await klaxon('sourcemaps upload dist --release r1')
    const { code, stdout, stderr } = await klaxon('symbolicate --release r9', {
      stdin: ['Error: x', '    at run (index.js:1:1)'],
    })
    expect([code, stdout, stderr]).toEqual([
      3,
      '  > run (index.js:1:1)\n',
      'no map for release r9; 1 release has some\n',
    ])
  })

  test('gives JSON', async () => {
    await klaxon('sourcemaps upload dist --release r1')
    const { stdout } = await klaxon('symbolicate --release r1 --json', {
      stdin: shop.failures['/charge'].stack.split('\n'),
    })
    expect(JSON.parse(stdout)).toMatchObject({ matchedBy: 'release', doubtful: false })
  })

  test('filters keys that stand in sources', async () => {
    const source = `const password = 'hunter2'\nthrow new Error('x')\n`
    const map = {
      version: 3,
      sources: ['a.ts'],
      sourcesContent: [source],
      names: [],
      mappings: 'AACA',
    }
    writeFileSync(join(folder, 'dist/a.js'), 'x')
    writeFileSync(join(folder, 'dist/a.js.map'), JSON.stringify(map))
    const { stdout } = await klaxon('symbolicate --folder dist', { stdin: ['    at a (a.js:1:1)'] })
    expect(stdout).toContain('throw new Error')
    expect(stdout).not.toContain('hunter2')
  })

  test.for([
    ['symbolicate --context 1.5', 2],
    ['symbolicate', 2],
  ] as const)('%s without a stack ends with %i', async ([args, code]) => {
    expect((await klaxon(args)).code).toBe(code)
  })
})
