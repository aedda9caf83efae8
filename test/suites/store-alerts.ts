import { beforeEach, describe, expect, test } from 'vitest'
import type { Claim, Entry, Store, WriteBatch } from '../src/core/types.ts'
import {
  aBatch,
  aMergedEntry,
  anEntry,
  entries,
  HOUR,
  MINUTE,
  NOON,
  policy,
  SECOND,
  told,
} from './_store-fixtures.ts'

/** When an issue alerts: section 7 of the contract, one claim for all writers. */
export function alerting(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  /** Writes at `now` and says that what was claimed is sent. */
  async function sends(
    now: number,
    written: Entry[],
    over: Partial<WriteBatch> = {},
  ): Promise<string[]> {
    const { claims } = await store.write(aBatch({ now, entries: written, ...over }))
    await store.settle(
      claims.map(({ id, channel }) => ({ id, channel, outcome: 'sent' })),
      now,
    )
    return told(claims)
  }
  const at = (now: number, over = {}): Entry => anEntry({ occurredAt: now, ...over })

  describe('alerts', () => {
    test('a new issue alerts once, with its occurrence', async () => {
      const entry = anEntry()
      const { claims } = await store.write(aBatch({ entries: [entry] }))
      expect(claims).toEqual([
        {
          id: expect.any(String) as string,
          channel: 'slack',
          reason: 'new',
          issue: (await store.issues())[0]!,
          occurrence: entry.occurrence,
          digest: null,
        } satisfies Claim,
      ])
      await store.settle([{ id: claims[0]!.id, channel: 'slack', outcome: 'sent' }], NOON)
      expect(await sends(NOON + SECOND, [at(NOON + SECOND)])).toEqual([])
      expect(await sends(NOON + HOUR, [at(NOON + HOUR)])).toEqual([])
    })

    test('200 concurrent writers claim one alert, and every occurrence counts', async () => {
      const batches = Array.from({ length: 200 }, () => aBatch({ entries: entries(3) }))
      const results = await inParallel(batches, 50, (batch) => store.write(batch))
      // counts of claims differ with the order of writers
      expect(results.flatMap(({ claims }) => claims.map(({ reason }) => reason))).toEqual(['new'])
      expect((await store.issues())[0]?.count).toBe(600)
    })

    test('each channel gets its own', async () => {
      expect(await sends(NOON, [anEntry()], { channels: ['slack', 'mail'] })).toEqual([
        'mail: new v1:a 1',
        'slack: new v1:a 1',
      ])
    })

    test('a milestone alerts, and several passed at once alert once', async () => {
      expect(await sends(NOON, entries(9))).toEqual(['slack: new v1:a 9'])
      expect(await sends(NOON + HOUR, [at(NOON + HOUR)])).toEqual(['slack: milestone v1:a 10'])
      expect(await sends(NOON + 2 * HOUR, entries(50))).toEqual([])
      expect(await sends(NOON + 3 * HOUR, [aMergedEntry(1_500)])).toEqual([
        'slack: milestone v1:a 1560',
      ])
      expect(await sends(NOON + 4 * HOUR, [anEntry()])).toEqual([])
    })

    test('a milestone passed within the cooldown is told by the first occurrence after it', async () => {
      expect(await sends(NOON, [anEntry()])).toEqual(['slack: new v1:a 1'])
      expect(await sends(NOON + MINUTE, entries(20))).toEqual([])
      expect(await sends(NOON + 5 * MINUTE - 1, [anEntry()])).toEqual([])
      expect(await sends(NOON + 5 * MINUTE, [])).toEqual([])
      expect(await sends(NOON + 5 * MINUTE, [anEntry()])).toEqual(['slack: milestone v1:a 23'])
      expect(await sends(NOON + 10 * MINUTE, [anEntry()])).toEqual([])
    })

    test('a resolved issue that comes back alerts once and is open again', async () => {
      await sends(NOON, [anEntry()])
      await store.setIssue('v1:a', { state: 'resolved' }, NOON + HOUR)
      expect((await store.issues({ state: 'resolved' }))[0]).toMatchObject({
        resolvedAt: NOON + HOUR,
      })
      const back = NOON + 2 * HOUR
      expect(await sends(back, [at(back)])).toEqual(['slack: regression v1:a 2'])
      expect((await store.issues())[0]).toMatchObject({ state: 'open', resolvedAt: null })
      expect(await sends(back + HOUR, [at(back + HOUR)])).toEqual([])
    })

    test('an occurrence from before it was resolved counts and does not bring it back', async () => {
      await sends(NOON, [anEntry()])
      await store.setIssue('v1:a', { state: 'resolved' }, NOON + HOUR)
      expect(await sends(NOON + 2 * HOUR, [at(NOON + HOUR - 1)])).toEqual([])
      expect((await store.issues())[0]).toMatchObject({ state: 'resolved', count: 2 })
    })

    test('a batch that is sent again does not bring an issue back', async () => {
      const batch = [at(NOON + 2 * HOUR)]
      await sends(NOON, batch)
      await store.setIssue('v1:a', { state: 'resolved' }, NOON + HOUR)
      expect(await sends(NOON + 2 * HOUR, batch)).toEqual([])
      expect((await store.issues())[0]?.state).toBe('resolved')
    })

    test('a muted issue is silent until its time, and then tells what was passed', async () => {
      await sends(NOON, [anEntry()])
      await store.setIssue('v1:a', { mutedUntil: NOON + 2 * HOUR }, NOON)
      expect(await sends(NOON + HOUR, entries(20))).toEqual([])
      expect(await sends(NOON + 2 * HOUR, [anEntry()])).toEqual(['slack: milestone v1:a 22'])
      await store.setIssue('v1:a', { mutedUntil: NOON + 9 * HOUR }, NOON)
      await store.setIssue('v1:a', { mutedUntil: null }, NOON)
      expect(await sends(NOON + 3 * HOUR, entries(90))).toEqual(['slack: milestone v1:a 112'])
    })

    test('an ignored issue counts and never alerts', async () => {
      await store.write(aBatch({ entries: [anEntry()], channels: [] }))
      await store.setIssue('v1:a', { state: 'ignored' }, NOON)
      expect(await sends(NOON + HOUR, entries(2_000))).toEqual([])
      expect((await store.issues())[0]).toMatchObject({ count: 2_001, state: 'ignored' })
      await store.setIssue('v1:a', { state: 'open' }, NOON)
      expect(await sends(NOON + 2 * HOUR, [anEntry()])).toEqual([])
    })

    test('without channels nothing is claimed, and the first writer with one claims', async () => {
      expect(await sends(NOON, entries(3), { channels: [] })).toEqual([])
      expect(await sends(NOON + SECOND, [anEntry()])).toEqual(['slack: new v1:a 4'])
    })

    test('over the budget of a minute, issues are told by one digest', async () => {
      const storm = entries(33, (nth) => ({ fingerprint: `v1:${nth}`, occurredAt: NOON + nth }))
      const first = await sends(NOON, storm)
      expect(first).toHaveLength(10)
      expect(first[0]).toContain(': new ')
      expect(
        await sends(
          NOON + 59 * SECOND,
          storm.map(({ occurrence }) => anEntry(occurrence)),
        ),
      ).toEqual([])
      const more = entries(23, (nth) => ({ fingerprint: `v1:${nth + 10}` }))
      expect(await sends(NOON + 59 * SECOND, more)).toEqual([])
      const { claims } = await store.write(aBatch({ now: NOON + MINUTE }))
      expect(claims.map(({ digest }) => digest)).toEqual([
        { issues: 23, occurrences: 46, since: NOON },
      ])
      await store.settle(
        claims.map(({ id, channel }) => ({ id, channel, outcome: 'sent' })),
        NOON + MINUTE,
      )
      expect(await sends(NOON + 2 * MINUTE, [])).toEqual([])
    })

    test('the budget is per channel and comes back after a minute', async () => {
      const storm = (now: number, name: string): Entry[] =>
        entries(12, (nth) => ({ fingerprint: `v1:${name}${nth}`, occurredAt: now + nth }))
      expect(await sends(NOON, storm(NOON, 'a'), { channels: ['mail'] })).toHaveLength(10)
      expect(await sends(NOON + SECOND, storm(NOON, 'b'))).toHaveLength(10)
      expect(
        await sends(NOON + 59 * SECOND, storm(NOON, 'c'), { channels: ['mail'] }),
      ).toHaveLength(0)
      const later = NOON + 61 * SECOND
      expect(await sends(later, storm(later, 'd'), { channels: ['mail'] })).toEqual([
        'mail: digest 16 issues 16 occurrences',
        ...Array.from({ length: 10 }, (_, nth) => `mail: new v1:d${nth} 1`),
      ])
    })

    test('with `every` each occurrence alerts, once, over any budget', async () => {
      const every = { ...policy, every: true }
      const batch = entries(15)
      const first = await store.write(
        aBatch({ entries: [...batch, aMergedEntry(5)], policy: every }),
      )
      expect(first.claims.map(({ reason }) => reason)).toEqual(
        Array.from({ length: 16 }, () => 'every'),
      )
      expect(new Set(first.claims.map(({ occurrence }) => occurrence?.id)).size).toBe(16)
      expect(await sends(NOON, batch, { policy: every })).toEqual([])
      await store.setIssue('v1:a', { mutedUntil: NOON + HOUR }, NOON)
      expect(await sends(NOON + MINUTE, [anEntry()], { policy: every })).toEqual([])
      await store.setIssue('v1:a', { mutedUntil: null, state: 'ignored' }, NOON)
      expect(await sends(NOON + MINUTE, [anEntry()], { policy: every })).toEqual([])
      // what was silent is not made up for
      await store.setIssue('v1:a', { state: 'open' }, NOON)
      expect(await sends(NOON + MINUTE, [])).toEqual([])
      await store.setIssue('v1:a', { state: 'resolved' }, NOON)
      expect(await sends(NOON + MINUTE, [anEntry()], { policy: every })).toEqual([
        'slack: every v1:a 23',
      ])
    })
  })
}

/** `width` at a time, as many isolates would. */
async function inParallel<T, R>(
  items: T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) results.push(await work(item))
    }),
  )
  return results
}
