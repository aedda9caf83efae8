import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { digest } from '../../src/sourcemaps/digest/digest.ts'
import { parseMap } from '../../src/sourcemaps/digest/raw-map.ts'
import { encodeNumber } from '../../src/sourcemaps/mappings.ts'
import { symbolicate } from '../../src/sourcemaps/symbolicate.ts'
import { type UploadFile, uploadFiles } from '../../src/sourcemaps/upload/upload.ts'
import { StoreError } from '../../src/model/store-error.ts'
import { buildShop, filesOf, type Shop } from './builds.ts'
import { sqliteDriver, type TestDriver } from './drivers.ts'
import { HOUR_MS } from '../../src/util/time-units.ts'

const DEBUG_ID = '0f46f9f02d434c048bad9c3b4e3a0a5e'
let shop: Shop
let minified: Shop
let files: UploadFile[]
let driver: TestDriver

beforeAll(async () => {
  shop = await buildShop({ keepNames: true })
  minified = await buildShop()
  files = filesOf(shop.folder)
})
beforeEach(() => {
  driver = sqliteDriver()
})
afterEach(() => driver.close())

/** One line of which every tenth column begins a segment of line 1, 2, 3 … of a source. */
function lineMap(source: string, debugId?: string) {
  const mappings = Array.from({ length: 9 }, (_, i) =>
    i === 0 ? 'AAAA' : `${encodeNumber(10)}ACA`,
  )
  const map = { version: 3, sources: [source], names: [], mappings: mappings.join(), debugId }
  return digest(parseMap(JSON.stringify(map)))
}
const upload = (release: string, file: string, source: string, debugId?: string) =>
  uploadFiles(driver, release, [{ file, bytes: 1, digest: lineMap(source, debugId) }])
const stackOf = (...places: string[]): string =>
  `Error: x\n${places.map((place) => `    at work (${place})`).join('\n')}`
const first = async (value: Parameters<typeof symbolicate>[0]) =>
  (await symbolicate(value, { maps: driver })).frames[0]!

describe('the map of a frame', () => {
  it('is found by release and the longest end of the file’s path', async () => {
    await upload('r1', 'index.js', 'src/short.ts')
    await upload('r1', 'assets/index.js', 'src/long.ts')
    await upload('r2', 'dist/assets/index.js', 'src/other.ts')
    const stack = stackOf('file:///app/dist/assets/index.js:1:11', 'index.js:1:31', 'other.js:1:1')
    const { frames } = await symbolicate({ stack, release: 'r1' }, { maps: driver })
    expect(frames.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'src/long.ts:2',
      'src/short.ts:4',
      'other.js:1',
    ])
    expect(frames.map(({ state }) => state)).toEqual(['mapped', 'mapped', 'no map'])
  })

  it('is found by debug id before release, however the id is written', async () => {
    await upload('r1', 'index.js', 'src/release.ts')
    await upload('r0', 'chunk.js', 'src/id.ts', '0F46F9F0-2D43-4C04-8BAD-9C3B4E3A0A5E')
    for (const id of [DEBUG_ID, DEBUG_ID.toUpperCase(), '0f46f9f0-2d43-4c04-8bad-9c3b4e3a0a5e']) {
      const value = { stack: stackOf('index.js:1:1'), release: 'r1', debugIds: { 'index.js': id } }
      expect(await first(value)).toMatchObject({ state: 'mapped', file: 'src/id.ts' })
    }
    const unknown = { 'index.js': DEBUG_ID.replace('0', '1') }
    const value = { stack: stackOf('index.js:1:1'), release: 'r1', debugIds: unknown }
    expect(await first(value)).toMatchObject({ state: 'mapped', file: 'src/release.ts' })
  })

  it('is guessed by time where no release is recorded', async () => {
    await upload('r1', 'index.js', 'src/one.ts')
    await upload('r2', 'index.js', 'src/two.ts')
    const now = Date.now()
    await driver.rows(
      `update klaxon_map_files set uploaded_at = ? where release = 'r1'`,
      now - 9 * HOUR_MS,
    )
    await driver.rows(`update klaxon_map_files set uploaded_at = ? where release = 'r2'`, now)
    const at = async (occurredAt: number) => {
      const { state, file } = await first({ stack: stackOf('index.js:1:1'), occurredAt })
      return `${state} ${file}`
    }
    expect(await at(now)).toBe('guessed src/two.ts')
    expect(await at(now - HOUR_MS / 2)).toBe('guessed src/two.ts')
    expect(await at(now - 2 * HOUR_MS)).toBe('guessed src/one.ts')
    expect(await at(now - 20 * HOUR_MS)).toBe('no map index.js')
  })

  it('is never guessed where a release is recorded that has none', async () => {
    await upload('r1', 'index.js', 'src/one.ts')
    const { frames, hint } = await symbolicate(
      { stack: stackOf('index.js:1:1'), release: 'r9' },
      { maps: driver },
    )
    expect(frames[0]!.state).toBe('no map')
    expect(hint).toBe('no map for release r9; 1 release has some')
  })

  it('is never an installed package’s for the sake of its name', async () => {
    await upload('r1', 'index.js', 'src/one.ts')
    const stack = stackOf('file:///app/node_modules/pay/index.js:1:1')
    expect(await first({ stack, release: 'r1' })).toMatchObject({ state: 'no map', inApp: false })
  })

  it('is asked for in two statements, whatever the number of frames', async () => {
    await uploadFiles(driver, 'r1', files)
    const before = driver.batches
    await symbolicate({ ...shop.failures['/price'], release: 'r1' }, { maps: driver })
    expect(driver.batches - before).toBe(2)
  })
})

describe('a frame', () => {
  it('left of the first segment of its line, or in a damaged row, says so', async () => {
    await upload('r1', 'index.js', 'src/one.ts')
    expect(await first({ stack: stackOf('index.js:7:1'), release: 'r1' })).toMatchObject({
      state: 'no segment',
      file: 'index.js',
      line: 7,
    })
    for (const data of [`x'00'`, `x'789c030000000001'`, `zeroblob(2000)`, `'text'`]) {
      await driver.rows(`update klaxon_map_chunks set data = ${data}`)
      const stack = stackOf('index.js:1:1')
      expect((await first({ stack, release: 'r1' })).state).toBe('no segment')
    }
  })

  it('of the runtime, of a native function, of wasm and of a source stays as it is', async () => {
    await upload('r1', 'index.js', 'src/one.ts')
    const stack = [
      'Error: x',
      '    at Array.map (<anonymous>)',
      '    at process.emit (node:events:1:2)',
      '    at add (wasm://wasm/ab:wasm-function[0]:0x1e)',
      '    at async Promise.all (index 0)',
      '    at pay (file:///app/src/pay.ts:3:4)',
      '    at page (src/routes/+page.svelte:3:4)',
      '    at see [Filtered]',
    ].join('\n')
    const { frames } = await symbolicate({ stack, release: 'r1' }, { maps: driver })
    expect(frames.map(({ state }) => state)).toEqual([
      'native',
      'runtime',
      'wasm',
      'promise',
      'source',
      'source',
      'other',
    ])
    expect(frames.map(({ raw }) => raw)).toEqual(stack.split('\n').slice(1))
    expect(frames.map(({ inApp }) => inApp)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      false,
    ])
  })

  it('of an eval has the place of the eval', async () => {
    await upload('r1', 'index.js', 'src/one.ts')
    const stack = 'E: x\n    at eval (eval at run (index.js:1:21), <anonymous>:1:8)'
    expect(await first({ stack, release: 'r1' })).toMatchObject({ file: 'src/one.ts', line: 3 })
  })

  it('of an eval in Bun stays as it is, because it looks like the bundle’s first line', async () => {
    await upload('r1', 'index.js', 'src/one.ts')
    const stack =
      'E: x\n    at named (/app/index.js:1:36)\n    at eval (unknown)\n    at run (/app/index.js:1:11)'
    const { frames } = await symbolicate({ stack, release: 'r1', runtime: 'bun' }, { maps: driver })
    expect(frames.map(({ state }) => state)).toEqual(['other', 'native', 'mapped'])
  })

  it('whose function a minifier renamed has the name by which its caller calls it', async () => {
    await uploadFiles(driver, 'r1', filesOf(minified.folder))
    const failure = minified.failures['/sum']
    const { frames } = await symbolicate({ ...failure, release: 'r1' }, { maps: driver })
    expect(failure.stack).not.toContain('validate')
    expect(frames.slice(0, 3).map((frame) => frame.function)).toEqual([
      'check',
      'validate',
      'chargeCard',
    ])
  })
})

describe('the lines around a frame', () => {
  const lines = async (context: number, redact?: (text: string) => string) => {
    await uploadFiles(driver, 'r1', files)
    const options = { maps: driver, context, ...(redact && { redact }) }
    const { frames } = await symbolicate({ ...shop.failures['/short'], release: 'r1' }, options)
    return frames.map(({ context: around }) => around)
  }

  it('are as many as asked for, of the app’s own code only', async () => {
    const around = await lines(5)
    expect(around[0]).toEqual({
      first: 6,
      lines: [
        '',
        'export function validate(card: Card): void {',
        `  if (card.number.length < 4) throw new Error('card number is too short')`,
        '  check(card)',
        '}',
      ],
    })
    expect(around.slice(3).every((one) => one === undefined)).toBe(true)
  })

  it('are none with 0, and are not read', async () => {
    expect((await lines(0)).every((one) => one === undefined)).toBe(true)
    const before = driver.batches
    const value = { ...shop.failures['/short'], release: 'r1' }
    await symbolicate(value, { maps: driver, context: 0 })
    expect(driver.batches - before).toBe(1)
  })

  it('pass the redactor as one text, and never move', async () => {
    const seen: string[] = []
    const around = await lines(3, (text) => {
      seen.push(text)
      return text.replaceAll('card', '[Filtered]').replace('check([Filtered])\n', '')
    })
    expect(seen[0]!.split('\n')).toHaveLength(3)
    expect(around[0]!.lines.join('\n')).not.toContain('card')
    expect(around[0]!.lines).toHaveLength(3)
  })
})

describe('symbolicating', () => {
  it('maps causes with the same two requests', async () => {
    await uploadFiles(driver, 'r1', files)
    const { name, message, stack } = shop.failures['/charge']
    const cause = shop.failures['/late']
    const before = driver.batches
    const { frames, causes } = await symbolicate(
      { errorName: name, errorMessage: message, errorStack: stack, causes: [cause], release: 'r1' },
      { maps: driver },
    )
    expect(driver.batches - before).toBe(2)
    expect(frames[0]!.file).toBe('src/pay/gateway.ts')
    expect(causes).toMatchObject([{ name: 'Error', message: 'no door called door' }])
    expect(causes[0]!.frames[0]).toMatchObject({ file: 'src/late.ts', line: 19 })
  })

  it('gives the raw stack when the database is away, and says why', async () => {
    const away = { batch: () => Promise.reject(new StoreError('auth')) }
    const stack = stackOf('index.js:1:1')
    const found = await symbolicate({ stack, release: 'r1' }, { maps: away })
    expect(found.frames).toMatchObject([{ state: 'no map', raw: '    at work (index.js:1:1)' }])
    expect(found.hint).toContain('credentials')
    const broken = { batch: () => Promise.reject(new TypeError('secret://token')) }
    expect((await symbolicate({ stack, release: 'r1' }, { maps: broken })).hint).toBe(
      'the source maps could not be read',
    )
  })

  it('of what has no stack gives no frames', async () => {
    expect(await symbolicate({ errorStack: null }, { maps: driver })).toEqual({
      frames: [],
      causes: [],
      matchedBy: null,
      doubtful: false,
      hint: null,
    })
  })

  it('looks at 50 frames of a stack and 100 of all', async () => {
    const stack = stackOf(...Array.from({ length: 300 }, () => 'index.js:1:1'))
    const cause = { name: 'E', message: 'x', stack }
    const { frames, causes } = await symbolicate(
      { stack, causes: [cause, cause, cause], release: 'r1' },
      { maps: driver },
    )
    expect([frames, ...causes.map((one) => one.frames)].map(({ length }) => length)).toEqual([
      50, 50, 0, 0,
    ])
  })
})
