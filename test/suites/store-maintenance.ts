import { beforeEach, describe, expect, test } from 'vitest'
import type { Retention, Store } from '../src/core/types.ts'
import {
  aBatch,
  aMergedEntry,
  anEntry,
  DAY,
  entries,
  HOUR,
  MINUTE,
  NOON,
} from './_store-fixtures.ts'

const retention: Retention = { occurrencesMs: 30 * DAY, occurrences: 10_000, issuesMs: 90 * DAY }

/** Retention, an issue's state, and the reading that everything else builds on. */
export function upkeep(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  const pruneAll = async (
    over: Partial<Retention> = {},
    now = NOON,
  ): Promise<{ occurrences: number; issues: number }> => {
    const sum = { occurrences: 0, issues: 0 }
    for (let more = true; more;) {
      const result = await store.prune({ ...retention, ...over }, now)
      sum.occurrences += result.occurrences
      sum.issues += result.issues
      more = result.more
    }
    return sum
  }

  describe('retention', () => {
    test('rows that are too old go, their issue keeps its count', async () => {
      const old = entries(5, () => ({ occurredAt: NOON - 30 * DAY - 1 }))
      await store.write(aBatch({ entries: [...old, anEntry({ occurredAt: NOON - 30 * DAY })] }))
      expect(await pruneAll()).toEqual({ occurrences: 5, issues: 0 })
      expect(await store.occurrences()).toHaveLength(1)
      expect((await store.issues())[0]?.count).toBe(6)
    })

    test('rows over the number go, oldest first, in chunks', async () => {
      const many = entries(2_500, (nth) => ({ occurredAt: NOON + nth }))
      for (let at = 0; at < many.length; at += 500) {
        await store.write(aBatch({ channels: [], entries: many.slice(at, at + 500) }))
      }
      const first = await store.prune({ ...retention, occurrences: 100 }, NOON)
      const oldest = (await store.occurrences({ limit: 2_500 })).at(-1)
      expect(oldest?.id).toBe(many[first.occurrences]?.occurrence.id)
      const rest = await pruneAll({ occurrences: 100 })
      expect(first.occurrences + rest.occurrences).toBe(2_400)
      const left = await store.occurrences({ limit: 200 })
      expect(left.map(({ id }) => id)).toEqual(
        many
          .slice(2_400)
          .map(({ occurrence }) => occurrence.id)
          .toReversed(),
      )
      expect((await store.issues())[0]?.count).toBe(2_500)
    })

    test('a batch that comes again after its rows went for the number does not count again', async () => {
      const batch = aBatch({ entries: [...entries(5), aMergedEntry(3)] })
      await store.write(batch)
      expect(await pruneAll({ occurrences: 0 })).toEqual({ occurrences: 5, issues: 0 })
      await store.write({ ...batch, attempt: 'again', now: NOON + 10 * MINUTE })
      expect((await store.issues())[0]?.count).toBe(8)
      expect(await store.occurrences()).toEqual([])
    })

    test('quiet issues go; ignored and muted ones stay', async () => {
      const names = ['quiet', 'ignored', 'muted', 'recent', 'was muted']
      await store.write(
        aBatch({
          now: NOON - 91 * DAY,
          entries: names.map((name) =>
            anEntry({
              fingerprint: name,
              occurredAt: name === 'recent' ? NOON - 89 * DAY : NOON - 91 * DAY,
            }),
          ),
        }),
      )
      await store.setIssue('ignored', { state: 'ignored' }, NOON)
      await store.setIssue('muted', { mutedUntil: NOON + HOUR }, NOON)
      await store.setIssue('was muted', { mutedUntil: NOON - HOUR }, NOON)
      expect(await pruneAll()).toEqual({ occurrences: 5, issues: 2 })
      expect((await store.issues()).map(({ fingerprint }) => fingerprint).toSorted()).toEqual([
        'ignored',
        'muted',
        'recent',
      ])
      // the alerts that waited for them are gone too
      expect((await store.write(aBatch({ now: NOON }))).claims).toEqual([])
    })

    test('an empty store has nothing to prune', async () => {
      expect(await store.prune(retention, NOON)).toEqual({ occurrences: 0, issues: 0, more: false })
    })
  })

  describe('what a channel keeps about an issue', () => {
    test('is its own, is replaced, and goes with the issue', async () => {
      await store.write(aBatch({ entries: [anEntry({ occurredAt: NOON })] }))
      expect(await store.recall!('slack', 'v1:a')).toBeNull()
      await store.remember!('slack', 'v1:a', 'first')
      await store.remember!('slack', 'v1:a', "C1 '2.0'; drop table klaxon_issues")
      await store.remember!('slack', 'v1:gone', 'of an issue that is no more')
      expect(await store.recall!('slack', 'v1:a')).toBe("C1 '2.0'; drop table klaxon_issues")
      expect(await store.recall!('discord', 'v1:a')).toBeNull()
      await pruneAll()
      expect(await store.recall!('slack', 'v1:a')).not.toBeNull()
      expect(await store.recall!('slack', 'v1:gone')).toBeNull()
    })
  })

  describe('issues and occurrences', () => {
    test('come newest first, filtered and limited', async () => {
      await store.write(
        aBatch({
          entries: entries(60, (nth) => ({ fingerprint: `v1:${nth % 3}`, occurredAt: NOON + nth })),
        }),
      )
      expect(await store.occurrences()).toHaveLength(50)
      const two = await store.occurrences({ fingerprint: 'v1:1', limit: 2 })
      expect(two.map(({ occurredAt }) => occurredAt)).toEqual([NOON + 58, NOON + 55])
      expect(await store.occurrences({ id: two[1]!.id })).toEqual([two[1]])
      expect(await store.occurrences({ id: two[1]!.id, fingerprint: 'v1:0' })).toEqual([])
      expect((await store.issues({ limit: 2 })).map(({ fingerprint }) => fingerprint)).toEqual([
        'v1:2',
        'v1:1',
      ])
    })

    test('an issue is resolved, ignored, opened and muted', async () => {
      await store.write(aBatch({ entries: [anEntry()] }))
      const state = async (): Promise<unknown> => {
        const { state, resolvedAt, mutedUntil } = (await store.issues())[0]!
        return [state, resolvedAt, mutedUntil]
      }
      expect(await store.setIssue('v1:a', { state: 'resolved' }, NOON)).toBe(true)
      expect(await state()).toEqual(['resolved', NOON, null])
      expect(await store.setIssue('v1:a', { state: 'open', mutedUntil: NOON + HOUR }, NOON)).toBe(
        true,
      )
      expect(await state()).toEqual(['open', null, NOON + HOUR])
      expect(await store.setIssue('v1:a', { mutedUntil: null }, NOON)).toBe(true)
      expect(await store.setIssue('v1:a', { state: 'ignored' }, NOON)).toBe(true)
      expect(await state()).toEqual(['ignored', null, null])
      expect(await store.issues({ state: 'open' })).toEqual([])
      expect(await store.setIssue('v1:a', {}, NOON)).toBe(true)
      expect(await store.setIssue('v1:none', { state: 'resolved' }, NOON)).toBe(false)
    })
  })
}
