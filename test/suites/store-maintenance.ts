import { beforeEach, describe, expect, test } from 'vitest'
import type { Retention, Store } from '../../src/model/store.ts'
import { aBatch, aMergedEntry, anEntry, entries, NOON } from '../support/store-fixtures.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

const retention: Retention = {
  occurrencesMs: 30 * DAY_MS,
  occurrences: 10_000,
  issuesMs: 90 * DAY_MS,
}

/** Tests retention, the state of an issue, and `issues` and `occurrences`. */
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
      const old = entries(5, () => ({ occurredAt: NOON - 30 * DAY_MS - 1 }))
      await store.write(
        aBatch({ occurrences: [...old, anEntry({ occurredAt: NOON - 30 * DAY_MS })] }),
      )
      expect(await pruneAll()).toEqual({ occurrences: 5, issues: 0 })
      expect(await store.occurrences()).toHaveLength(1)
      expect((await store.issues())[0]?.count).toBe(6)
    })

    test('rows over the number go, oldest first, in chunks', async () => {
      const many = entries(2_500, (nth) => ({ occurredAt: NOON + nth }))
      for (let at = 0; at < many.length; at += 500) {
        await store.write(aBatch({ channels: [], occurrences: many.slice(at, at + 500) }))
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
      const batch = aBatch({ occurrences: [...entries(5), aMergedEntry(3)] })
      await store.write(batch)
      expect(await pruneAll({ occurrences: 0, perIssue: 0 })).toEqual({ occurrences: 5, issues: 0 })
      await store.write({ ...batch, attempt: 'again', now: NOON + 10 * MINUTE_MS })
      expect((await store.issues())[0]?.count).toBe(8)
      expect(await store.occurrences()).toEqual([])
    })

    test('quiet issues go; ignored and muted ones stay', async () => {
      const names = ['quiet', 'ignored', 'muted', 'was muted']
      const recent = anEntry({ fingerprint: 'recent', occurredAt: NOON - 89 * DAY_MS })
      await store.write(
        aBatch({
          now: NOON - 91 * DAY_MS,
          occurrences: names.map((name) =>
            anEntry({
              fingerprint: name,
              occurredAt: NOON - 91 * DAY_MS,
            }),
          ),
        }),
      )
      await store.write(aBatch({ occurrences: [recent] }))
      await store.setIssue('ignored', { state: 'ignored' }, { now: NOON })
      await store.setIssue('muted', { mutedUntil: NOON + HOUR_MS }, { now: NOON })
      await store.setIssue('was muted', { mutedUntil: NOON - HOUR_MS }, { now: NOON })
      expect(await pruneAll()).toEqual({ occurrences: 5, issues: 2 })
      expect((await store.issues()).map(({ fingerprint }) => fingerprint).toSorted()).toEqual([
        'ignored',
        'muted',
        'recent',
      ])
      // The waiting alerts of these issues are deleted too.
      expect((await store.write(aBatch({ now: NOON }))).claims).toEqual([])
    })

    test('an empty store has nothing to prune', async () => {
      expect(await store.prune(retention, NOON)).toEqual({ occurrences: 0, issues: 0, more: false })
    })
  })

  describe('what a channel keeps about an issue', () => {
    test('is its own, is replaced, and goes with the issue', async () => {
      await store.write(aBatch({ occurrences: [anEntry({ occurredAt: NOON })] }))
      expect(await store.getThread!('slack', 'v1:a')).toBeNull()
      await store.setThread!('slack', 'v1:a', 'first')
      await store.setThread!('slack', 'v1:a', "C1 '2.0'; drop table klaxon_issues")
      await store.setThread!('slack', 'v1:gone', 'of an issue that is no more')
      expect(await store.getThread!('slack', 'v1:a')).toBe("C1 '2.0'; drop table klaxon_issues")
      expect(await store.getThread!('discord', 'v1:a')).toBeNull()
      await pruneAll()
      expect(await store.getThread!('slack', 'v1:a')).not.toBeNull()
      expect(await store.getThread!('slack', 'v1:gone')).toBeNull()
    })
  })

  describe('issues and occurrences', () => {
    test('come newest first, filtered and limited', async () => {
      await store.write(
        aBatch({
          occurrences: entries(60, (nth) => ({
            fingerprint: `v1:${nth % 3}`,
            occurredAt: NOON + nth,
          })),
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
      await store.write(aBatch({ occurrences: [anEntry()] }))
      const state = async (): Promise<unknown> => {
        const { state, resolvedAt, mutedUntil } = (await store.issues())[0]!
        return [state, resolvedAt, mutedUntil]
      }
      expect(await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON })).toBe(1)
      expect(await state()).toEqual(['resolved', NOON, null])
      expect(
        await store.setIssue('v1:a', { state: 'open', mutedUntil: NOON + HOUR_MS }, { now: NOON }),
      ).toBe(1)
      expect(await state()).toEqual(['open', null, NOON + HOUR_MS])
      expect(await store.setIssue('v1:a', { mutedUntil: null }, { now: NOON })).toBe(1)
      expect(await store.setIssue('v1:a', { state: 'ignored' }, { now: NOON })).toBe(1)
      expect(await state()).toEqual(['ignored', null, null])
      expect(await store.issues({ state: 'open' })).toEqual([])
      expect(await store.setIssue('v1:a', {}, { now: NOON })).toBe(1)
      expect(await store.setIssue('v1:none', { state: 'resolved' }, { now: NOON })).toBe(0)
    })
  })
}
