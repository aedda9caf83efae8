import { beforeEach, describe, expect, test } from 'vitest'
import { StoreError } from '../../src/model/store-error.ts'
import type { Store } from '../../src/model/store.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { sqlite } from '../../src/store/sqlite/sqlite.ts'
import {
  driverOf,
  migrate,
  type SqlDriver,
  sqlStore,
  type SqlStoreOptions,
} from '../../src/store/sql/sql-store.ts'
import { aBatch, anEntry, entries } from '../support/store-fixtures.ts'

let driver: SqlDriver
let store: Store
let calls: number
/** A database without savepoints: only `batch`. */
beforeEach(async () => {
  driver = driverOf(sqlite({ path: ':memory:' }))!
  calls = 0
  store = sqlStore({
    name: 'mine',
    batch(statements, mode) {
      calls++
      return driver.batch(statements, mode)
    },
  })
  await migrate(store)
  calls = 0
})

describe('a record that a database without savepoints refuses', () => {
  beforeEach(async () => {
    await run(`create trigger poison before insert on klaxon_occurrences
when new.path = '/poison' begin select raise(abort, 'no'); end`)
    calls = 0
  })

  const run = (sql: string): Promise<unknown> => driver.batch([{ sql, params: [] }], 'write')

  test.for([0, 1, 37, 50, 98, 99])(
    'at place %d of 100 is named and the 99 are written, in at most 14 more round trips',
    async (place) => {
      const batch = entries(100, (nth) => ({ path: nth === place ? '/poison' : '/ok' }))
      const { refused, claims } = await store.write(aBatch({ occurrences: batch }))
      expect(refused).toEqual([batch[place]!.occurrence.id])
      expect(calls).toBeLessThanOrEqual(15)
      expect(claims.map(({ issue }) => issue?.fingerprint)).toEqual(['v1:a'])
      expect((await store.issues())[0]?.count).toBe(99)
    },
  )

  test.for([2, 3, 10])('%d times in 100 costs no more round trips', async (poisons) => {
    const every = Math.floor(100 / poisons)
    const batch = entries(100, (nth) => ({ path: nth % every === 1 ? '/poison' : '/ok' }))
    const { refused = [] } = await store.write(aBatch({ occurrences: batch }))
    expect(calls).toBeLessThanOrEqual(15)
    const ids = batch.filter(({ occurrence }) => occurrence.path === '/poison')
    expect(refused).toEqual(expect.arrayContaining(ids.map(({ occurrence }) => occurrence.id)))
    const stored = await store.occurrences({ limit: 200 })
    expect(stored.length + refused.length).toBe(100)
    const refusedIds = new Set(refused)
    expect(stored.filter(({ id }) => refusedIds.has(id))).toEqual([])
  })

  test('is all of the batch: two more round trips, then it is refused whole', async () => {
    const batch = aBatch({ occurrences: entries(100, () => ({ path: '/poison' })) })
    await expect(store.write(batch)).rejects.toMatchObject({ failure: 'refused', all: true })
    expect(calls).toBe(3)
  })

  test('leaves the search to the caller, who may stop it before each round trip', async () => {
    let left = 3
    const batch = aBatch({
      occurrences: entries(100, (nth) => ({ path: nth === 70 ? '/poison' : '/ok' })),
      beforeRoundTrip() {
        if (left-- === 0) throw new Error('the time is over')
      },
    })
    await expect(store.write(batch)).rejects.toThrow('the time is over')
    expect(calls).toBe(4)
  })
})

describe('sqlStore()', () => {
  test('gives its driver to readers, and memory() has none', async () => {
    expect(driverOf(store)).toMatchObject({ name: 'mine' })
    expect(driverOf(memory())).toBeNull()
  })

  test('splits what is more than the database takes at once', async () => {
    const lengths: number[] = []
    const small = sqlStore({
      name: 'small',
      limits: { statements: 4, parameterBytes: 2_000 },
      batch(statements, mode) {
        lengths.push(statements.length)
        for (const { params } of statements)
          for (const param of params) expect(String(param).length).toBeLessThanOrEqual(2_000)
        return driver.batch(statements, mode)
      },
    })
    await small.write(aBatch({ occurrences: entries(20) }))
    expect(Math.max(...lengths)).toBe(4)
    expect(await small.occurrences()).toHaveLength(20)
    expect((await small.issues())[0]?.count).toBe(20)
  })

  test.for([
    ['nothing', undefined],
    ['no list', {}],
    ['too few results', []],
    ['results without rows', [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]],
    ['null', [null]],
  ] as const)('takes %s of a driver for a failure that can pass', async ([, reply]) => {
    const broken = sqlStore({ name: 'broken', batch: async () => reply as never })
    for (const work of [
      broken.write(aBatch({ occurrences: [anEntry()] })),
      broken.issues(),
      migrate(broken),
    ])
      await expect(work).rejects.toMatchObject({ name: 'StoreError', failure: 'transient' })
  })

  test("asks the driver's own classify first, and lets a StoreError through", async () => {
    const failing = (error: Error, over: Partial<SqlStoreOptions> = {}): Store =>
      sqlStore({
        name: 'failing',
        batch: async () => {
          throw error
        },
        ...over,
      })
    const classify = (error: unknown): 'auth' | undefined =>
      (error as Error).message === 'who are you' ? 'auth' : undefined
    const failure = async (of: Store): Promise<unknown> =>
      of.issues().catch((error: unknown) => error)
    expect(await failure(failing(new Error('who are you'), { classify }))).toMatchObject({
      failure: 'auth',
    })
    expect(
      await failure(failing(new Error('no such table: x'), { classify, migrate: false })),
    ).toMatchObject({
      failure: 'schema',
    })
    const waits = new StoreError('transient', { code: 429, retryAfterMs: 7_000 })
    expect(await failure(failing(waits))).toBe(waits)
  })

  test.for([
    [undefined, 'batch'],
    [{ batch() {} }, 'name'],
    [{ name: '', batch() {} }, 'name'],
    [{ name: 'x' }, 'batch'],
    [{ name: 'x', batch() {}, classify: 1 }, 'classify'],
    [{ name: 'x', batch() {}, transaction: 1 }, 'transaction'],
    [{ name: 'x', batch() {}, limits: { statements: 0 } }, 'limits.statements'],
    [{ name: 'x', batch() {}, limits: { parameterBytes: '1' } }, 'limits.parameterBytes'],
    [{ name: 'x', batch() {}, secrets: [1] }, 'secrets'],
    [{ name: 'x', batch() {}, migrate: 'no' }, 'migrate'],
  ] as const)('refuses %j and names the option `%s`', ([options, name]) => {
    expect(() => sqlStore(options as never)).toThrow(
      `klaxon: option \`${name}\` of sqlStore() must `,
    )
  })
})
