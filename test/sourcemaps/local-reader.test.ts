import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localReader } from '../../src/sourcemaps/digest/local-reader.ts'
import type { Place, SourceMapReader } from '../../src/sourcemaps/reader.ts'
import { symbolicate } from '../../src/sourcemaps/symbolicate.ts'
import { bunBinary, denoBinary } from '../support/binaries.ts'
import { buildShop, type Failure, type Shop, SHOP } from './builds.ts'

let shop: Shop
let root: string

beforeAll(async () => {
  shop = await buildShop()
  root = join(shop.folder, '..')
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'src/plain.ts'), 'one\ntwo\nthree\n')
})
afterAll(() => rmSync(root, { recursive: true }))

/** The functions of klaxon that call a handler: all whose names begin with `klaxon`. */
async function klaxonFunctions(): Promise<string[]> {
  const folder = fileURLToPath(new URL('../../src', import.meta.url))
  const names = new Set<string>()
  for (const file of await readdir(folder, { recursive: true })) {
    if (!file.endsWith('.ts')) continue
    const text = await readFile(join(folder, file), 'utf8')
    for (const [, name] of text.matchAll(/(?:function|const) (klaxon[A-Z]\w*)/g)) names.add(name!)
  }
  return [...names]
}

describe('without an upload', () => {
  it('the map beside a script of this machine is used', async () => {
    const { frames, matchedBy } = await symbolicate(shop.failures['/short'], {
      maps: localReader(root, null),
      context: 1,
    })
    expect(matchedBy).toBe('local file')
    expect(frames[0]).toMatchObject({
      state: 'mapped',
      function: 'validate',
      line: 8,
      context: {
        lines: [`  if (card.number.length < 4) throw new Error('card number is too short')`],
      },
    })
    // The length of the shown path depends on the folder of the checkout.
    expect(frames[0]!.file).toMatch(/(?:^|\/)pay\/charge\.ts$/)
  })

  it('a script that was built anew since the failure has no answer', async () => {
    const built = new Date(Date.now() + 60_000)
    const script = join(root, 'again.js')
    writeFileSync(script, 'x\n//# sourceMappingURL=again.js.map')
    writeFileSync(
      `${script}.map`,
      '{"version":3,"sources":["src/plain.ts"],"names":[],"mappings":"AAAA"}',
    )
    const value = { stack: `Error: x\n    at run (${script}:1:1)` }
    const state = async () =>
      (await symbolicate(value, { maps: localReader(root, null) })).frames[0]!.state
    expect(await state()).toBe('mapped')
    utimesSync(script, built, built)
    expect(await state()).toBe('no map')
  })

  it('a source that the runtime names shows its lines', async () => {
    const stack = `Error: x\n    at run (${pathToFileURL(join(root, 'src/plain.ts')).href}:2:1)`
    const { frames } = await symbolicate({ stack }, { maps: localReader(root, null), context: 3 })
    expect(frames[0]).toMatchObject({
      state: 'source',
      file: 'src/plain.ts',
      context: { first: 1, lines: ['one', 'two', 'three'] },
    })
  })

  it('klaxon’s own files and functions are a library’s wherever they lie', async () => {
    const own = new URL('../../src/capture/answer.ts', import.meta.url)
    const app = pathToFileURL(join(root, 'src/plain.ts')).href
    const names = await klaxonFunctions()
    expect(names).toContain('klaxonFetch')
    const stack = [
      'Error: x',
      `    at klaxonic (${app}:1:1)`,
      `    at klaxonTarget (${app}:1:1)`,
      `    at afterThrow (${own.href}:1:1)`,
      ...names.map((name) => `    at Object.${name} (${app}:2:1)`),
      ...names.map((name) => `    at async ${name}2 (file:///elsewhere/dist/x.js:1:1)`),
    ].join('\n')
    const inApp = async (folder: string) =>
      (await symbolicate({ stack }, { maps: localReader(folder, null) })).frames.map(
        (frame) => frame.inApp,
      )
    const library = [...names, ...names].map(() => false)
    expect(await inApp(root)).toEqual([true, true, true, ...library])
    const checkout = fileURLToPath(new URL('../..', import.meta.url))
    expect(await inApp(checkout)).toEqual([true, true, false, ...library])
  })

  it('no file outside the project is opened for a frame', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'klaxon-outside-'))
    writeFileSync(join(outside, 'a.ts'), 'secret')
    writeFileSync(join(outside, 'a.js'), 'secret')
    writeFileSync(
      join(outside, 'a.js.map'),
      '{"version":3,"sources":["a.ts"],"sourcesContent":["secret"],"names":[],"mappings":"AAAA"}',
    )
    const places = [
      join(outside, 'a.js'),
      join(outside, 'a.ts'),
      `${root}/../${outside.split('/').at(-1)}/a.js`,
      '\\\\server\\share\\a.js',
      '//server/share/a.js',
      'file://server/share/a.js',
    ]
    const stack = `E: x\n${places.map((file) => `    at run (${file}:1:1)`).join('\n')}`
    const { frames } = await symbolicate({ stack }, { maps: localReader(root, null) })
    expect(frames).toHaveLength(places.length)
    for (const frame of frames) {
      expect(['no map', 'source']).toContain(frame.state)
      expect(frame).not.toHaveProperty('context')
    }
    rmSync(outside, { recursive: true })
  })

  it('what is not on this machine is asked of the database', async () => {
    const asked: Place[][] = []
    const next: SourceMapReader = {
      chunks: async (places) => {
        asked.push([...places])
        return places.map(() => null)
      },
      sources: async () => new Map(),
      releases: async () => 3,
    }
    const { hint } = await symbolicate(
      { stack: 'E: x\n    at run (worker.js:1:1)', release: 'r1' },
      { maps: localReader(SHOP, next) },
    )
    expect(asked).toMatchObject([[{ file: 'worker.js', line: 0, column: 0, release: 'r1' }]])
    expect(hint).toBe('no map for release r1; 3 releases have some')
  })

  /** The failure of a route of the shop, as a runtime prints it. */
  async function failureIn(runtime: 'deno' | 'bun', app: string): Promise<Failure> {
    const script = join(root, `${runtime}.mjs`)
    const code = `import app from ${JSON.stringify(pathToFileURL(app).href)}
console.log(JSON.stringify(await (await app.request('/charge')).json()))`
    writeFileSync(script, code)
    const imports = join(root, 'imports.json')
    writeFileSync(imports, JSON.stringify({ imports: { hono: import.meta.resolve('hono') } }))
    const [binary, args] =
      runtime === 'deno'
        ? [denoBinary(), ['run', '-A', '--import-map', imports, script]]
        : [bunBinary(), [script]]
    const { stdout } = await promisify(execFile)(binary, args, { cwd: SHOP })
    return JSON.parse(stdout) as Failure
  }

  it.each(['deno', 'bun'] as const)(
    'what %s runs from its sources shows its lines',
    async (runtime) => {
      const failure = await failureIn(runtime, join(SHOP, 'src/index.ts'))
      const { frames, matchedBy } = await symbolicate(
        { ...failure, runtime },
        { maps: localReader(SHOP, null), context: 1 },
      )
      expect(matchedBy).toBe('local file')
      expect(frames[0]).toMatchObject({
        state: 'source',
        file: 'src/pay/gateway.ts',
        line: 17,
        inApp: true,
        context: { lines: ['      throw new TypeError(`Cannot charge ${card.cents} cents`)'] },
      })
    },
  )

  it.each(['deno', 'bun'] as const)('a bundle that %s runs shows its lines', async (runtime) => {
    const failure = await failureIn(runtime, join(shop.folder, 'index.js'))
    const { frames, doubtful } = await symbolicate(
      { ...failure, runtime },
      { maps: localReader(root, null), context: 1 },
    )
    expect(doubtful).toBe(false)
    expect(`${frames[0]!.file}:${frames[0]!.line}`).toMatch(/pay\/gateway\.ts:17$/)
  })
})
