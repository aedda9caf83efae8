import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { digest } from '../../src/sourcemaps/digest/digest.ts'
import { memoryReader } from '../../src/sourcemaps/digest/memory-reader.ts'
import { parseMap } from '../../src/sourcemaps/digest/raw-map.ts'
import { sourcePaths } from '../../src/sourcemaps/digest/source-path.ts'
import { symbolicate } from '../../src/sourcemaps/symbolicate.ts'
import { type UploadFile, uploadFiles } from '../../src/sourcemaps/upload/upload.ts'
import { buildShop } from './builds.ts'
import { differences } from './differences.ts'
import { sqliteDriver } from './drivers.ts'

const MAPS = fileURLToPath(new URL('../support/fixtures/maps', import.meta.url))
const TOOLS = ['rollup', 'webpack', 'rspack', 'vite', 'bun']

const read = (file: string): string => readFileSync(file, 'utf8')
const fixtures = TOOLS.flatMap((tool) =>
  readdirSync(join(MAPS, tool)).map((file) => [`${tool}/${file}`, read(join(MAPS, tool, file))]),
) as [string, string][]

describe('file and line of every position are the map’s own', () => {
  it.each(fixtures)('in %s', async (_name, text) => {
    expect(await differences(text)).toEqual([])
  })

  it.each([{ minify: true }, { minify: false }, { minify: true, keepNames: true }])(
    'in a bundle of esbuild with %j',
    async (options) => {
      const { folder } = await buildShop(options)
      expect(await differences(read(join(folder, 'index.js.map')))).toEqual([])
    },
  )
})

/**
 * The places where the app fails: in its code, in a library that it calls, and in a chunk that is
 * loaded late.
 */
const STACKS: Record<string, Record<'price' | 'label' | 'late', string[]>> = {
  rollup: {
    price: ['index.js:1:150', 'index.js:1:178'],
    label: ['index.js:1:260', 'r (index.js:1:310)'],
    late: ['late.js:1:86', 'o (late.js:1:143)'],
  },
  webpack: {
    price: ['index.js:1:277', 'index.js:1:305'],
    label: ['index.js:1:387', 'c (index.js:1:437)'],
    late: ['late.js:1:174', 'r (late.js:1:231)'],
  },
  rspack: {
    price: ['index.js:1:156', 'index.js:1:185'],
    label: ['a (index.js:1:263)'],
    late: ['late.js:1:185', 'openLater (late.js:1:239)'],
  },
  vite: {
    price: ['r (index.js:16:15)', 'index.js:13:28'],
    label: ['t (index.js:8:26)', 'a (index.js:24:9)'],
    late: ['t (late.js:6:27)', 'e (late.js:3:34)'],
  },
  bun: {
    price: ['c (index.js:1:240)', 'index.js:1:189'],
    label: ['i (index.js:1:105)', 's (index.js:1:337)'],
    late: ['r (late-yy1qrbyg.js:1:99)', 'e (late-yy1qrbyg.js:1:52)'],
  },
}
const PLACES = {
  price: ['src/totals.js:6', 'src/totals.js:2'],
  label: ['node_modules/left-pad-lite/index.js:12', 'src/index.js:9'],
  late: ['src/late.js:9', 'src/late.js:4'],
}
/**
 * Its minifier inlines functions, and its map places the call at the end of the inlined code.
 */
const PLACES_OF_RSPACK = {
  price: ['src/totals.js:6', 'src/totals.js:8'],
  label: ['node_modules/left-pad-lite/index.js:12'],
  late: ['src/late.js:9', 'src/late.js:11'],
}

function filesOfTool(tool: string): UploadFile[] {
  return readdirSync(join(MAPS, tool)).map((file) => {
    const mapFile = join('/shop/out', tool, file)
    const made = digest(parseMap(read(join(MAPS, tool, file))), {
      path: sourcePaths(mapFile, '/shop'),
    })
    return { file: file.replace(/\.map$/, ''), bytes: 1, digest: made }
  })
}

const stackOf = (frames: readonly string[]): string => {
  const lines = frames.map(
    (frame) => `    at ${frame.replace(/[\w-]+\.js:/, 'file:///srv/app/$&')}`,
  )
  return ['Error: x', ...lines].join('\n')
}

describe.each(TOOLS)('a stack of a build by %s', (tool) => {
  const driver = sqliteDriver()
  const files = filesOfTool(tool)
  beforeAll(() => uploadFiles(driver, 'r1', files))

  it.each(['price', 'label', 'late'] as const)('is read where %s fails', async (failure) => {
    const stack = stackOf(STACKS[tool]![failure])
    const { frames, doubtful } = await symbolicate({ stack, release: 'r1' }, { maps: driver })
    const places = (tool === 'rspack' ? PLACES_OF_RSPACK : PLACES)[failure]
    expect(frames.map(({ file, line }) => `${file}:${line}`)).toEqual(places)
    expect(doubtful).toBe(false)
    expect(frames[0]!.inApp).toBe(failure !== 'label')
  })

  it('knows the app’s own sources from the bundler’s and the library’s', () => {
    const own = files.flatMap(({ digest: { sources } }) => sources.filter(({ inApp }) => inApp))
    expect(new Set(own.map(({ path }) => path))).toEqual(
      new Set(['src/index.js', 'src/totals.js', 'src/late.js']),
    )
  })
})

describe.each(['rollup', 'vite', 'bun'])('a stack of a build by %s', (tool) => {
  it('is found by debug id alone', async () => {
    const driver = sqliteDriver()
    const files = filesOfTool(tool)
    await uploadFiles(driver, 'r1', files)
    const ids = files.map(({ file, digest: { debugId } }) => [`file:///srv/app/${file}`, debugId])
    const value = { stack: stackOf(STACKS[tool]!.late), debugIds: Object.fromEntries(ids) as never }
    const { frames, matchedBy } = await symbolicate(value, { maps: driver })
    expect(matchedBy).toBe('debug id')
    expect(`${frames[0]!.file}:${frames[0]!.line}`).toBe(PLACES.late[0])
  })
})

it('maps in memory and in a database give the same frames', async () => {
  const made = digest(parseMap(read(join(MAPS, 'rollup/index.js.map'))))
  const driver = sqliteDriver()
  await uploadFiles(driver, 'r1', [{ file: 'index.js', bytes: 1, digest: made }])
  const stack = 'Error: x\n    at index.js:1:150\n    at index.js:1:310'
  const stored = await symbolicate({ stack, release: 'r1' }, { maps: driver })
  const maps = memoryReader([{ file: 'index.js', digest: () => made }])
  expect((await symbolicate({ stack }, { maps })).frames).toEqual(stored.frames)
})
