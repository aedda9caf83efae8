import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { digest } from '../../src/sourcemaps/digest/digest.ts'
import { parseMap } from '../../src/sourcemaps/digest/raw-map.ts'
import { encodeNumber } from '../../src/sourcemaps/mappings.ts'
import {
  deleteReleaseStatements,
  remainsStatement,
  retentionStatements,
} from '../../src/store/sql/map-retention.ts'
import { type UploadFile, uploadFiles } from '../../src/sourcemaps/upload/upload.ts'
import { sqlStore } from '../../src/store/sql/sql-store.ts'
import { emptySqld, type OwnSqld } from '../support/sqld.ts'
import { d1Driver, libsqlDriver, sqliteDriver, type TestDriver } from '../sourcemaps/drivers.ts'
import { DAY_MS } from '../../src/util/time-units.ts'

const TABLES = ['maps', 'map_files', 'map_chunks', 'map_sources', 'map_uses']
let sqld: OwnSqld
let miniflare: Miniflare

beforeAll(async () => {
  sqld = await emptySqld()
  miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default {}',
      compatibilityDate: '2026-08-01',
      d1Databases: { DB: 'retention' },
    }),
  )
})

afterAll(async () => {
  await Promise.all([sqld.stop(), miniflare.dispose()])
})

/**
 * A build of one file with that many chunks and two sources, one of which all builds share.
 */
function build(name: string, chunks = 1): UploadFile {
  const map = {
    version: 3,
    sources: [`src/${name}.ts`, 'src/shared.ts'],
    sourcesContent: [`own ${name}`, 'shared'],
    names: [],
    mappings: `AAAA,${encodeNumber(1)}AAA;`.repeat(chunks),
  }
  return {
    file: 'index.js',
    bytes: 9,
    digest: digest(parseMap(JSON.stringify(map)), { segments: 2 }),
  }
}

describe.each(['node:sqlite', 'libSQL', 'D1'])('retention of source maps in %s', (name) => {
  let driver: TestDriver

  beforeAll(async () => {
    if (name === 'libSQL') driver = await libsqlDriver(sqld.url)
    else if (name === 'D1') driver = await d1Driver(await miniflare.getD1Database('DB'))
    else driver = sqliteDriver()
  })
  beforeEach(async () => {
    const tables = [...TABLES, 'issues'].map((table) => `klaxon_${table}`)
    const statements = tables.map((table) => ({ sql: `delete from ${table}`, params: [] }))
    await driver.batch(statements, 'write')
  })
  afterAll(() => driver.close())

  const uploadAt = async (release: string, days: number, file = build(release)) => {
    await uploadFiles(driver, release, [file])
    await driver.rows(
      `update klaxon_map_files set uploaded_at = uploaded_at - ? where release = ?`,
      days * DAY_MS,
      release,
    )
  }
  /** A release that has only a row. */
  const release = (name: string, days: number) => ({
    sql: `insert into klaxon_map_files (release, file, map_id, uploaded_at)
values (?, 'index.js', ?, unixepoch() * 1000 - ?)`,
    params: [name, `map of ${name}`, days * DAY_MS],
  })
  /** Ten releases that share one map. */
  const tenNewReleases = async () => {
    await uploadAt('new0', 1)
    await driver.batch(
      Array.from({ length: 9 }, (_, i) => ({
        sql: `insert into klaxon_map_files select ?, file, map_id, uploaded_at from klaxon_map_files where release = 'new0'`,
        params: [`new${i + 1}`],
      })),
      'write',
    )
  }
  const maintain = async (calls = 1) => {
    for (let i = 0; i < calls; i++) await driver.batch(retentionStatements(), 'write')
  }
  const tomorrow = () =>
    driver.rows(
      `update klaxon_map_files set uploaded_at = uploaded_at - ? where release = ' '`,
      DAY_MS + 1,
    )
  const releases = async () => {
    const rows = await driver.rows(
      `select distinct release from klaxon_map_files where release <> ' ' order by 1`,
    )
    return rows.map((row) => row['release'])
  }
  const count = async (table: string) =>
    (await driver.rows(`select count(*) as n from klaxon_${table}`))[0]!['n']
  const issueOf = (first: string, last: string) =>
    driver.rows(
      `insert into klaxon_issues (fingerprint, title, kind, status, method, first_seen, last_seen, count, created_at, first_release, last_release)
values (?, 't', 'thrown', 500, 'GET', 1, 1, 1, 1, ?, ?)`,
      first + last,
      first,
      last,
    )

  it('keeps the 10 newest releases, those of 90 days, and those of issues', async () => {
    const names = Array.from({ length: 14 }, (_, i) => `r${String(i).padStart(2, '0')}`)
    await driver.batch(
      names.map((name, i) => release(name, 200 - i)),
      'write',
    )
    await issueOf('r00', 'r13')
    await issueOf('r02', 'r03')
    await maintain()
    expect(await releases()).toEqual(names.filter((name) => name !== 'r01'))
    const young = Array.from({ length: 12 }, (_, i) => release(`s${i}`, 1))
    await driver.batch([release('young', 89), ...young], 'write')
    await tomorrow()
    await maintain()
    expect(await releases()).not.toContain('r04')
    expect(await releases()).toContain('young')
  })

  it('deletes a map with all that is its own, and nothing that others need', async () => {
    await tenNewReleases()
    await uploadAt('old', 100)
    expect([await count('maps'), await count('map_sources'), await count('map_uses')]).toEqual([
      2, 3, 4,
    ])
    await maintain()
    expect([await count('maps'), await count('map_sources'), await count('map_uses')]).toEqual([
      1, 2, 2,
    ])
    expect(await count('map_chunks')).toBe(1)
    expect(
      await driver.rows(
        `select file from klaxon_map_files where release = ' ' and file <> 'looked'`,
      ),
    ).toEqual([])
  })

  it('deletes 1,000 rows of a table at a time, and ends', async () => {
    await tenNewReleases()
    await uploadAt('old', 100, build('old', 2_500))
    await maintain()
    expect(await count('maps')).toBe(1)
    expect(await count('map_chunks')).toBe(1_501)
    await maintain(2)
    expect(await count('map_chunks')).toBe(1)
    expect(
      await driver.rows(
        `select file from klaxon_map_files where release = ' ' and file <> 'looked'`,
      ),
    ).toEqual([])
    expect(await count('map_uses')).toBe(2)
  })

  it('leaves a cut upload a day to be made whole, then deletes it', async () => {
    const file = build('cut', 2_600)
    driver.fault = { batch: driver.batches + 4, isWritten: false }
    await expect(uploadFiles(driver, 'r1', [file])).rejects.toThrow('away')
    driver.fault = undefined
    const rows = await count('map_chunks')
    expect(rows).toBeGreaterThan(1_000)
    await maintain()
    expect(await count('map_chunks')).toBe(rows)
    await tomorrow()
    await maintain(4)
    expect([
      await count('map_uses'),
      await count('map_chunks'),
      await count('map_sources'),
    ]).toEqual([0, 0, 0])
  })

  it('deletes a replaced map a day later, unless a release has it again', async () => {
    await uploadFiles(driver, 'r1', [build('a')])
    await uploadFiles(driver, 'r1', [build('b')])
    await maintain()
    expect(await count('maps')).toBe(2)
    await tomorrow()
    await uploadFiles(driver, 'r2', [build('a')])
    await maintain()
    expect(await count('maps')).toBe(2)
    await uploadFiles(driver, 'r2', [build('b')])
    await tomorrow()
    await maintain()
    expect(await count('maps')).toBe(1)
  })

  it('deletes a release at once when it is told to', async () => {
    await uploadFiles(driver, 'r1', [build('a', 1_200), { ...build('b'), file: 'b.js' }])
    await uploadFiles(driver, 'r2', [{ ...build('b'), file: 'b.js' }])
    for (let remains = 1, calls = 0; remains === 1 && calls < 9; calls++) {
      await driver.batch(deleteReleaseStatements('r1'), 'write')
      const [result] = await driver.batch([remainsStatement('r1')], 'read')
      remains = Number(result!.rows[0]!['remains'])
    }
    expect(await releases()).toEqual(['r2'])
    expect([await count('maps'), await count('map_chunks'), await count('map_files')]).toEqual([
      1, 1, 1,
    ])
  })

  it('is part of what `prune` does', async () => {
    const store = sqlStore(driver)
    const retention = { occurrencesMs: DAY_MS, occurrences: 100, issuesMs: DAY_MS }
    await tenNewReleases()
    await uploadAt('old', 100)
    await store.prune(retention, Date.now())
    expect(await releases()).not.toContain('old')
    expect(await count('maps')).toBe(1)
    const before = driver.batches
    await store.prune(retention, Date.now())
    expect(driver.batches - before).toBe(2)
  })

  it('reads little when there is nothing to do', async () => {
    await driver.batch(
      Array.from({ length: 30 }, (_, i) => release(`r${i}`, i * 9)),
      'write',
    )
    await issueOf('r29', 'r29')
    await maintain()
    await maintain()
    if (name === 'D1') expect(driver.rowsRead).toBeLessThan(50)
  })
})
