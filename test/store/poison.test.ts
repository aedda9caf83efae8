import { createClient } from '@libsql/client'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/core/types.ts'
import { libsql, migrate } from '../../src/store/libsql.ts'
import { withFetch } from '../_store-faults.ts'
import { aBatch, anEntry, entries } from '../_store-fixtures.ts'
import { migratedSqld } from '../_store-server.ts'

const server = migratedSqld()
let posts: number
let store: Store
beforeAll(async () => {
  // stands for whatever a database may have against a record
  await createClient({ url: server.url })
    .execute(`create trigger poison before insert on klaxon_occurrences
when new.path = '/poison' begin select raise(abort, 'no'); end`)
})
beforeEach(() => {
  posts = 0
  store = withFetch((request, init) => {
    posts++
    return fetch(request, init)
  }, server.url)
})

describe('a record that the database refuses', () => {
  test.for([0, 37, 99])(
    'at place %d of 100 is named, the 99 are written, in two more round trips',
    async (place) => {
      const batch = entries(100, (nth) => ({
        path: nth === place ? '/poison' : '/ok',
        fingerprint: `v1:${nth % 3}`,
      }))
      const { refused, claims } = await store.write(aBatch({ entries: batch }))
      expect(posts).toBe(3)
      expect(refused).toEqual([batch[place]!.occurrence.id])
      expect(new Set(claims.map(({ issue }) => issue?.fingerprint))).toEqual(
        new Set(['v1:0', 'v1:1', 'v1:2']),
      )
      expect(await store.occurrences({ limit: 200 })).toHaveLength(99)
      expect((await store.issues()).reduce((sum, { count }) => sum + count, 0)).toBe(99)
    },
  )

  test('leaves no issue of its own behind', async () => {
    await store.write(
      aBatch({ entries: [anEntry(), anEntry({ path: '/poison', fingerprint: 'v1:poison' })] }),
    )
    expect((await store.issues()).map(({ fingerprint }) => fingerprint)).toEqual(['v1:a'])
  })

  test('is refused again with its batch, which changes nothing', async () => {
    const batch = aBatch({ entries: [...entries(3), anEntry({ path: '/poison' })] })
    const first = await store.write(batch)
    const again = await store.write({ ...batch, attempt: 'again' })
    expect(again.refused).toEqual(first.refused)
    expect(again.claims).toEqual([])
    expect((await store.issues())[0]?.count).toBe(3)
  })

  test('on its own, or with nothing but its like, is a poison error', async () => {
    const poison = { path: '/poison' }
    const one = store.write(aBatch({ entries: [anEntry(poison)] }))
    await expect(one).rejects.toMatchObject({ name: 'StoreError', failure: 'poison' })
    const all = store.write(aBatch({ entries: entries(3, () => poison) }))
    await expect(all).rejects.toMatchObject({ name: 'StoreError', failure: 'poison' })
    expect(await store.issues()).toEqual([])
  })

  test('is found without channels, and in a file', async () => {
    const local = libsql({ url: ':memory:' })
    await migrate(local)
    const missing = anEntry({ path: null as unknown as string })
    const batch = aBatch({ channels: [], entries: [...entries(2), missing, ...entries(2)] })
    expect(await local.write(batch)).toEqual({ claims: [], refused: [missing.occurrence.id] })
    expect((await local.issues())[0]?.count).toBe(4)
  })
  test('is isolated again when the connection fails in between', async () => {
    const batch = aBatch({ entries: [...entries(3), anEntry({ path: '/poison' }), ...entries(3)] })
    for (const failing of [2, 3]) {
      let requests = 0
      const cut = withFetch(async (request, init) => {
        const isCut = ++requests === failing
        if (isCut && failing === 2) throw new TypeError('fetch failed')
        const response = await fetch(request, init)
        if (!isCut) return response
        // the last one arrives, its reply does not
        await response.body?.cancel()
        throw new TypeError('terminated')
      }, server.url)
      await expect(cut.write(batch)).rejects.toMatchObject({
        name: 'StoreError',
        failure: 'transient',
      })
      expect((await store.issues())[0]?.count).toBe(failing === 2 ? undefined : 6)
    }
    const { refused } = await store.write({ ...batch, attempt: 'again' })
    expect(refused).toEqual([batch.entries[3]!.occurrence.id])
    expect((await store.issues())[0]?.count).toBe(6)
  })
})
