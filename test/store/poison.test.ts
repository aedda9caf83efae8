import { createClient } from '@libsql/client'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Store } from '../../src/model/store.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { withFetch } from '../support/store-faults.ts'
import { aBatch, anEntry, entries } from '../support/store-fixtures.ts'
import { migratedSqld } from '../support/store-server.ts'

const server = migratedSqld()
let posts: number
let store: Store
beforeAll(async () => {
  // Stands for any reason for which a database refuses a record.
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
      const { refused, claims } = await store.write(aBatch({ occurrences: batch }))
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
      aBatch({ occurrences: [anEntry(), anEntry({ path: '/poison', fingerprint: 'v1:poison' })] }),
    )
    expect((await store.issues()).map(({ fingerprint }) => fingerprint)).toEqual(['v1:a'])
  })

  test('is refused again with its batch, which changes nothing', async () => {
    const batch = aBatch({ occurrences: [...entries(3), anEntry({ path: '/poison' })] })
    const first = await store.write(batch)
    const again = await store.write({ ...batch, attempt: 'again' })
    expect(again.refused).toEqual(first.refused)
    expect(again.claims).toEqual([])
    expect((await store.issues())[0]?.count).toBe(3)
  })

  test('on its own is a poison error, and a batch of nothing else is refused whole', async () => {
    const poison = { path: '/poison' }
    const one = store.write(aBatch({ occurrences: [anEntry(poison)] }))
    await expect(one).rejects.toMatchObject({ name: 'StoreError', failure: 'poison' })
    const all = store.write(aBatch({ occurrences: entries(3, () => poison) }))
    await expect(all).rejects.toMatchObject({ failure: 'refused', all: true })
    expect(await store.issues()).toEqual([])
  })

  test('is found without channels, and in a file', async () => {
    const local = libsql({ url: ':memory:' })
    await migrate(local)
    const missing = anEntry({ path: null as unknown as string })
    const batch = aBatch({ channels: [], occurrences: [...entries(2), missing, ...entries(2)] })
    expect(await local.write(batch)).toEqual({ claims: [], refused: [missing.occurrence.id] })
    expect((await local.issues())[0]?.count).toBe(4)
  })
  test('is isolated again when the connection fails in between', async () => {
    const batch = aBatch({
      occurrences: [...entries(3), anEntry({ path: '/poison' }), ...entries(3)],
    })
    for (const failing of [2, 3]) {
      let requests = 0
      const cut = withFetch(async (request, init) => {
        const isCut = ++requests === failing
        if (isCut && failing === 2) throw new TypeError('fetch failed')
        const response = await fetch(request, init)
        if (!isCut) return response
        // The last call arrives, but its reply is lost.
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
    expect(refused).toEqual([batch.occurrences[3]!.occurrence.id])
    expect((await store.issues())[0]?.count).toBe(6)
  })
})
