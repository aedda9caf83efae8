import type { Miniflare } from 'miniflare'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { d1, type D1Like } from '../../src/store/d1/d1.ts'
import { storeSuite } from '../suites/store.ts'
import { aBatch, anEntry, entries } from '../support/store-fixtures.ts'
import { type RemoteStore, remoteStore } from '../support/store-remote.ts'
import { shape, strictD1 } from '../support/strict-d1.ts'
import { startWorkers } from '../support/workerd.ts'

let workers: Miniflare
let store: RemoteStore
beforeAll(async () => {
  workers = await startWorkers({
    entry: 'test/support/fixtures/d1-worker.ts',
    d1Databases: ['DB'],
  })
  store = remoteStore(String(await workers.ready))
  await store.migrate()
})
afterAll(() => workers?.dispose())

describe('on the D1 of workerd, with the limits of deployed D1', () => {
  storeSuite('d1()', async () => {
    await store.empty()
    return store
  })
})

describe('a record that D1 refuses', () => {
  beforeEach(async () => {
    await store.empty()
    await store.sql(`create trigger poison before insert on klaxon_occurrences
when new.path = '/poison' begin select raise(abort, 'no'); end`)
  })
  afterEach(() => store.sql('drop trigger poison'))

  test('is named and the other 99 are written', async () => {
    const batch = entries(100, (nth) => ({ path: nth === 37 ? '/poison' : '/ok' }))
    const { refused, claims } = await store.write(aBatch({ occurrences: batch }))
    expect(refused).toEqual([batch[37]!.occurrence.id])
    expect(claims.map(({ issue }) => issue?.fingerprint)).toEqual(['v1:a'])
    expect((await store.issues())[0]?.count).toBe(99)
  })

  test('is told from a batch that is refused whole', async () => {
    const batch = aBatch({ occurrences: entries(10, () => ({ path: '/poison' })) })
    await expect(store.write(batch)).rejects.toMatchObject({ failure: 'refused' })
  })
})

describe('a batch', () => {
  beforeEach(() => store.empty())

  test('of more bytes than a parameter of D1 takes is written in parts, with all its claims', async () => {
    const large = entries(100, (nth) => ({
      errorStack: '가'.repeat(9_000),
      fingerprint: `v1:${nth % 3}`,
    }))
    const { claims } = await store.write(aBatch({ occurrences: large }))
    expect(claims).toHaveLength(3)
    expect(await store.occurrences({ limit: 200 })).toHaveLength(100)
  })

  test('says how many rows it read and wrote', async () => {
    await store.write(aBatch({ occurrences: [anEntry()] }))
    const [result] = await store.sql('select * from klaxon_occurrences')
    expect(result).toMatchObject({ rowsRead: 1, rowsWritten: 0 })
  })
})

test.for([
  ['no options', undefined],
  ['no database', {}],
  ['a binding that is no D1', { database: { get() {} } }],
] as const)('%s is refused with the option and the fix', ([, options]) => {
  expect(() => d1(options as never)).toThrow(
    /klaxon: option `database` of d1\(\) must .*env\.KLAXON_DB/,
  )
})

/** A D1 that accepts everything. */
const taking: D1Like = {
  prepare: () => ({ bind: () => ({}) as never }),
  batch: async () => [],
}

describe('the strict D1 of these tests', () => {
  test.for([
    ['select 1 union all select 2 union select 3', { terms: 3, args: 0 }],
    ['select f(1, g(2, 3), 4) from (select 1 union select 2)', { terms: 2, args: 3 }],
    ["select * from t where a in (1, 2, 3) and b = 'x, (y'", { terms: 1, args: 0 }],
  ] as const)('reads %s', ([sql, expected]) => {
    expect(shape(sql)).toEqual(expected)
  })

  test('refuses more than D1 takes', async () => {
    const strict = strictD1(taking)
    const refused = (sql: string, ...values: unknown[]): Promise<unknown> =>
      strict.batch([values.length > 0 ? strict.prepare(sql).bind(...values) : strict.prepare(sql)])
    await expect(refused(`select ${'1,'.repeat(60_000)}1`)).rejects.toThrow('too long')
    await expect(
      refused(`select ${Array(101).fill('?').join()}`, ...Array<number>(101).fill(1)),
    ).rejects.toThrow('variables')
    await expect(refused(Array(6).fill('select 1').join(' union '))).rejects.toThrow('terms')
    await expect(refused(`select max(${Array(33).fill(1).join()})`)).rejects.toThrow('arguments')
    await expect(refused('select 1 where ? like ?', 'x', `%${'x'.repeat(50)}`)).rejects.toThrow(
      'LIKE',
    )
    await expect(refused('select ?', 'x'.repeat(2_000_001))).rejects.toThrow('too big')
    await expect(strict.batch(Array(51).fill(strict.prepare('select 1')))).rejects.toThrow(
      'queries',
    )
  })
})
