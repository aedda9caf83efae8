import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { driverOf } from '../../../src/store/sql/sql-store.ts'
import { libsql } from '../../../src/store/libsql/libsql-http.ts'
import { aBatch, entries } from '../../support/store-fixtures.ts'
import { storeSuite } from '../../suites/store.ts'
import { emptied } from '../../support/store-wipe.ts'

const store = libsql({ url: env.LIBSQL_URL })

storeSuite('libsql() on sqld, from workerd', () => emptied(store))

describe('a record that the database refuses', () => {
  const run = async (text: string): Promise<unknown> =>
    driverOf(store)!.batch([{ sql: text, params: [] }], 'write')
  beforeAll(async () => {
    await emptied(store)
    await run(`create trigger workers_poison before insert on klaxon_occurrences
when new.path = '/poison' begin select raise(abort, 'no'); end`)
  })
  afterAll(() => run('drop trigger workers_poison'))

  test('is named and the other 99 are written, from workerd', async () => {
    const batch = entries(100, (nth) => ({ path: nth === 50 ? '/poison' : '/ok' }))
    const { refused, claims } = await store.write(aBatch({ occurrences: batch }))
    expect(refused).toEqual([batch[50]!.occurrence.id])
    expect(claims).toHaveLength(1)
    expect((await store.issues())[0]?.count).toBe(99)
  })
})
