import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { symbolicate } from '../../src/sourcemaps/symbolicate.ts'
import { type UploadFile, uploadFiles } from '../../src/sourcemaps/upload/upload.ts'
import { emptySqld, type OwnSqld } from '../support/sqld.ts'
import { buildShop, filesOf, type Shop } from './builds.ts'
import { d1Driver, libsqlDriver, sqliteDriver, type TestDriver } from './drivers.ts'

const TABLES = ['maps', 'map_files', 'map_chunks', 'map_sources', 'map_uses']
let shop: Shop
let changed: Shop
let sqld: OwnSqld
let miniflare: Miniflare

beforeAll(async () => {
  shop = await buildShop({ keepNames: true })
  changed = await buildShop({ keepNames: true }, (path, text) =>
    path.endsWith('charge.ts') ? `export const added = 'a new line'\n${text}` : text,
  )
  sqld = await emptySqld()
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default {}',
      compatibilityDate: '2026-08-01',
      d1Databases: { DB: 'maps' },
    }),
  )
})

afterAll(async () => {
  await Promise.all([sqld.stop(), miniflare.dispose()])
})

/** The rows of maps in the database, without times. */
async function contents(driver: TestDriver): Promise<Record<string, string[]>> {
  const columns: Record<string, string> = {
    maps: 'id, debug_id, file, bytes',
    map_files: 'release, file, map_id',
    map_chunks: 'map_id, line, col, hex(data) as data',
    map_sources: 'hash, hex(data) as data',
    map_uses: 'map_id, hash',
  }
  const tables = TABLES.map(async (table) => {
    const rows = await driver.rows(`select ${columns[table]} from klaxon_${table}`)
    return [table, rows.map((row) => JSON.stringify(row)).toSorted()] as const
  })
  return Object.fromEntries(await Promise.all(tables))
}

async function clear(driver: TestDriver): Promise<void> {
  const statements = TABLES.map((table) => ({ sql: `delete from klaxon_${table}`, params: [] }))
  await driver.batch(statements, 'write')
}

const mapped = async (driver: TestDriver, release: string, of = shop) => {
  const failure = of.failures['/charge']
  const { frames } = await symbolicate({ ...failure, release }, { maps: driver })
  return `${frames[1]!.state} ${frames[1]!.file}:${frames[1]!.line}`
}

describe.each(['node:sqlite', 'libSQL', 'D1'])('an upload to %s', (name) => {
  let driver: TestDriver
  let files: UploadFile[]

  beforeAll(async () => {
    files = filesOf(shop.folder)
    if (name === 'libSQL') driver = await libsqlDriver(sqld.url)
    else if (name === 'D1') driver = await d1Driver(await miniflare.getD1Database('DB'))
    else driver = sqliteDriver()
  })
  beforeEach(async () => {
    driver.fault = undefined
    await clear(driver)
  })
  afterAll(() => driver.close())

  it('lets every frame be found in its source', async () => {
    await uploadFiles(driver, 'r1', files)
    const failure = shop.failures['/charge']
    const { frames, matchedBy, doubtful, hint } = await symbolicate(
      { ...failure, release: 'r1' },
      { maps: driver, context: 3 },
    )
    expect({ matchedBy, doubtful, hint }).toEqual({
      matchedBy: 'release',
      doubtful: false,
      hint: null,
    })
    expect(frames.slice(0, 4)).toMatchObject([
      {
        state: 'mapped',
        file: 'src/pay/gateway.ts',
        line: 17,
        column: 13,
        inApp: true,
        context: {
          first: 16,
          lines: [
            '      // the line that fails',
            '      throw new TypeError(`Cannot charge ${card.cents} cents`)',
            '    }',
          ],
        },
      },
      { function: 'chargeCard', file: 'src/pay/charge.ts', line: 20, column: 18 },
      { file: 'src/routes.ts', line: 15, column: 37 },
      { file: 'node_modules/hono/dist/hono-base.js', inApp: false, column: null },
    ])
  })

  it('writes the same build once, whatever its releases', async () => {
    const first = await uploadFiles(driver, 'r1', files)
    const again = await uploadFiles(driver, 'r1', files)
    const other = await uploadFiles(driver, 'r2', files)
    expect(first.maps).toBe(1)
    expect([again.maps, again.rows, other.maps, other.rows]).toEqual([0, 0, 0, 0])
    expect(await mapped(driver, 'r2')).toBe('mapped src/pay/charge.ts:20')
  })

  it('of the next build writes only the sources that changed', async () => {
    await uploadFiles(driver, 'r1', files)
    const before = await driver.rows('select hash from klaxon_map_sources')
    await uploadFiles(driver, 'r2', filesOf(changed.folder))
    const after = await driver.rows('select hash from klaxon_map_sources')
    expect(after.length).toBe(before.length + 1)
    expect(await mapped(driver, 'r1')).toBe('mapped src/pay/charge.ts:20')
    expect(await mapped(driver, 'r2', changed)).toBe('mapped src/pay/charge.ts:21')
  })

  it('of another build for the same release takes its place', async () => {
    await uploadFiles(driver, 'r1', files)
    await uploadFiles(driver, 'r1', filesOf(changed.folder))
    expect(await mapped(driver, 'r1', changed)).toBe('mapped src/pay/charge.ts:21')
  })

  it('that was cut anywhere is not seen, and is made whole by the next', async () => {
    const start = driver.batches
    await uploadFiles(driver, 'r1', files)
    const batches = driver.batches - start
    const whole = await contents(driver)
    for (let cut = 0; cut < batches; cut++) {
      for (const isWritten of [false, true]) {
        await clear(driver)
        driver.fault = { batch: driver.batches + cut, isWritten }
        await expect(uploadFiles(driver, 'r1', files)).rejects.toThrow(/database|reply/)
        driver.fault = undefined
        const state = await mapped(driver, 'r1')
        if (state.startsWith('mapped')) expect(await contents(driver)).toEqual(whole)
        else expect(state).toMatch(/^no map/)
        await uploadFiles(driver, 'r1', files)
        expect(await contents(driver)).toEqual(whole)
      }
    }
  })

  it('beside another of the same build, or of another, leaves both whole', async () => {
    const others = filesOf(changed.folder)
    await Promise.all([
      uploadFiles(driver, 'r1', files),
      uploadFiles(driver, 'r1', files),
      uploadFiles(driver, 'r2', others),
    ])
    expect(await mapped(driver, 'r1')).toBe('mapped src/pay/charge.ts:20')
    expect(await mapped(driver, 'r2', changed)).toBe('mapped src/pay/charge.ts:21')
    const marks = await driver.rows(`select * from klaxon_map_files where release = ' '`)
    expect(marks).toEqual([])
  })

  it('of two builds at once for one release leaves one of them, whole', async () => {
    await Promise.all([
      uploadFiles(driver, 'r1', files),
      uploadFiles(driver, 'r1', filesOf(changed.folder)),
    ])
    const [row] = await driver.rows(
      `select f.map_id as id, count(c.line) as chunks from klaxon_map_files f
join klaxon_map_chunks c on c.map_id = f.map_id where f.release = 'r1'`,
    )
    const winner = [files, filesOf(changed.folder)]
      .flat()
      .find(({ digest }) => digest.id === row!['id'])
    expect(row!['chunks']).toBe(winner!.digest.chunks.length)
  })

  it('without texts of sources has places and no lines', async () => {
    await uploadFiles(driver, 'r1', filesOf(shop.folder, undefined, false))
    const { frames } = await symbolicate(
      { ...shop.failures['/charge'], release: 'r1' },
      { maps: driver },
    )
    expect(frames[0]).toMatchObject({ file: 'src/pay/gateway.ts', line: 17 })
    expect(frames[0]).not.toHaveProperty('context')
    expect(await driver.rows('select 1 from klaxon_map_sources')).toEqual([])
  })
})
