import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MapSource } from '../../src/sourcemaps/digest/raw-map.ts'
import { readSource, sourcePaths } from '../../src/sourcemaps/digest/source-path.ts'
import { isLibrary, isLibraryFile } from '../../src/sourcemaps/library.ts'

let base: string
let root: string

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'klaxon-paths-'))
  root = join(base, 'repo/shop')
  for (const file of ['src/pay.ts', 'src/a b.ts', '../shared/util.ts', 'secret.txt']) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), `text of ${file}`)
  }
  writeFileSync(join(base, 'outside.ts'), 'outside')
  symlinkSync(join(base, 'outside.ts'), join(root, 'src/link.ts'))
})

afterAll(() => rmSync(base, { recursive: true }))

const source = (name: string | null, sourceRoot = ''): MapSource => ({
  name,
  sourceRoot,
  content: null,
  ignored: false,
})
const path = (name: string | null, sourceRoot?: string): string =>
  sourcePaths(join(root, 'dist/index.js.map'), root)(source(name, sourceRoot))

describe('the path of a source', () => {
  it.each([
    ['../src/pay.ts', '', 'src/pay.ts'],
    // wrangler: the sources are relative to the map, and `sourceRoot` is its folder once more.
    ['../src/pay.ts', 'dist', 'src/pay.ts'],
    ['pay.ts', '../src', 'src/pay.ts'],
    ['src/pay.ts', '', 'src/pay.ts'],
    ['../src/gone.ts', '', 'src/gone.ts'],
    ['../src/a%20b.ts', '', 'src/a b.ts'],
    ['../src/pay.ts?used', '', 'src/pay.ts'],
    ['..\\src\\pay.ts', '', 'src/pay.ts'],
    ['webpack://shop/./src/pay.ts', '', 'src/pay.ts'],
    ['webpack://shop/src/gone.ts?1a2b', '', 'src/gone.ts'],
    ['webpack:///./src/pay.ts', '', 'src/pay.ts'],
    ['webpack://_N_E/../shared/util.ts', '', '../shared/util.ts'],
    ['turbopack:///[project]/src/pay.ts', '', 'src/pay.ts'],
    ['../../shared/util.ts', '', '../shared/util.ts'],
    ['../../../node_modules/hono/dist/hono.js', '', 'node_modules/hono/dist/hono.js'],
    [
      '../node_modules/.pnpm/hono@4.1.0/node_modules/hono/dist/hono.js',
      '',
      'node_modules/hono/dist/hono.js',
    ],
    ['webpack://shop/node_modules/hono/hono.js', '', 'node_modules/hono/hono.js'],
    ['node:internal', '', 'node:internal'],
    ['https://esm.sh/hono', '', 'https://esm.sh/hono'],
    ['\0vite/preload-helper.js', '', '\0vite/preload-helper.js'],
    [null, '', ''],
  ])('%j with the root %j is %j', (name, sourceRoot, expected) => {
    expect(path(name, sourceRoot)).toBe(expected)
  })

  it('is never absolute', () => {
    expect(path(`file://${root}/src/pay.ts`)).toBe('src/pay.ts')
    expect(path(join(root, 'src/pay.ts'))).toBe('src/pay.ts')
    expect(path('file:///Users/alice/work/secret-customer/src/pay.ts')).toBe('src/pay.ts')
    expect(path('/home/alice/src/pay.ts')).toBe('src/pay.ts')
    expect(path('C:\\Users\\alice\\app\\src\\pay.ts')).toBe('src/pay.ts')
    expect(path('file://server/share/app/src/pay.ts')).not.toMatch(/^\/|server/)
  })
})

describe('the text of a source that a map has no text of', () => {
  const text = (name: string): string | null =>
    readSource(source(name), join(root, 'dist/index.js.map'), root)

  it('is read from the project', () => {
    expect(text('../src/pay.ts')).toBe('text of src/pay.ts')
  })

  it('is never read from outside of it, nor of a file that is no source', () => {
    expect(text('../../shared/util.ts')).toBeNull()
    expect(text('../src/link.ts')).toBeNull()
    expect(text('../secret.txt')).toBeNull()
    expect(text('../src')).toBeNull()
    expect(text('/etc/passwd')).toBeNull()
    expect(text('../src/gone.ts')).toBeNull()
  })
})

describe('a source', () => {
  it.each([
    'node_modules/hono/hono.js',
    'packages/a/node_modules/b/index.js',
    '.yarn/cache/x.js',
    '.wrangler/tmp/bundle-3UsSwg/middleware-loader.entry.ts',
    'node:fs',
    'cloudflare:sockets',
    'wrangler-modules-watch:wrangler:modules-watch',
    'https://esm.sh/hono',
    '\0rolldown/runtime.js',
    'webpack/runtime/chunk loading',
    'webpack/startup',
    'vite/preload-helper.js',
    'external node-commonjs "fs"',
    'external "node:fs"',
    'ignored|/app/node_modules|x',
    'src sync ^\\.\\/.*$',
    'node-modules-polyfills:buffer',
    '[turbopack]/runtime/base.ts',
  ])('at %j is a library’s', (file) => expect(isLibrary(file)).toBe(true))

  it.each([
    'src/a.ts',
    '../shared/util.ts',
    'my_node_modules/a.ts',
    'webpack/plugin.ts',
    'external/api.ts',
    'src/external thing.ts',
    'src/sync.ts',
    'src/webpack/runtime/a.ts',
  ])('at %j is the app’s own', (file) => expect(isLibrary(file)).toBe(false))

  it('in a frame that no map knows is the app’s own unless its path says otherwise', () => {
    expect(isLibraryFile('https://shop.dev/assets/a.js')).toBe(false)
    expect(isLibraryFile('worker.js')).toBe(false)
    expect(isLibraryFile('C:\\app\\node_modules\\a\\b.js')).toBe(true)
    expect(isLibraryFile('npm:hono@4/hono.js')).toBe(true)
  })
})
