import { beforeEach, describe, expect, test } from 'vitest'
import type { Claim } from '../../src/model/alert.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import type { Store, WriteBatch } from '../../src/model/store.ts'
import {
  aBatch,
  aMergedEntry,
  anEntry,
  entries,
  NOON,
  policy,
  SECOND_MS,
  describeClaims,
} from '../support/store-fixtures.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

/** Tests when an issue alerts (section 7 of the contract), and that all writers share one claim. */
export function alerting(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  /** Writes at `now` and settles every claim as sent. */
  async function sends(
    now: number,
    written: QueuedOccurrence[],
    over: Partial<WriteBatch> = {},
  ): Promise<string[]> {
    const { claims } = await store.write(aBatch({ now, occurrences: written, ...over }))
    await store.settle(
      claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'sent' })),
      now,
    )
    return describeClaims(claims)
  }
  const at = (now: number, over = {}): QueuedOccurrence => anEntry({ occurredAt: now, ...over })

  describe('alerts', () => {
    test('a new issue alerts once, with its occurrence', async () => {
      const entry = anEntry()
      const batch = aBatch({ occurrences: [entry] })
      const { claims } = await store.write(batch)
      expect(claims).toEqual([
        {
          id: expect.any(String) as string,
          attempt: batch.attempt,
          channel: 'slack',
          tries: 0,
          added: 1,
          newest: [],
          places: [{ method: 'GET', route: null, path: '/cheese' }],
          history: [],
          reason: 'new',
          issue: (await store.issues())[0]!,
          occurrence: entry.occurrence,
          digest: null,
        } satisfies Claim,
      ])
      await store.settle(
        [{ id: claims[0]!.id, attempt: batch.attempt, channel: 'slack', outcome: 'sent' }],
        NOON,
      )
      expect(await sends(NOON + SECOND_MS, [at(NOON + SECOND_MS)])).toEqual([])
      expect(await sends(NOON + HOUR_MS, [at(NOON + HOUR_MS)])).toEqual([])
    })

    test('200 concurrent writers claim one alert, and every occurrence counts', async () => {
      const batches = Array.from({ length: 200 }, () => aBatch({ occurrences: entries(3) }))
      const results = await inParallel(batches, 50, (batch) => store.write(batch))
      // The counts in the claims depend on the order of the writers.
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
      expect(await sends(NOON + HOUR_MS, [at(NOON + HOUR_MS)])).toEqual([
        'slack: milestone v1:a 10',
      ])
      expect(await sends(NOON + 2 * HOUR_MS, entries(50))).toEqual([])
      expect(await sends(NOON + 3 * HOUR_MS, [aMergedEntry(1_500)])).toEqual([
        'slack: milestone v1:a 1560',
      ])
      expect(await sends(NOON + 4 * HOUR_MS, [anEntry()])).toEqual([])
    })

    test('a milestone passed within the cooldown is told by the first occurrence after it', async () => {
      expect(await sends(NOON, [anEntry()])).toEqual(['slack: new v1:a 1'])
      expect(await sends(NOON + MINUTE_MS, entries(20))).toEqual([])
      expect(await sends(NOON + 5 * MINUTE_MS - 1, [anEntry()])).toEqual([])
      expect(await sends(NOON + 5 * MINUTE_MS, [])).toEqual([])
      expect(await sends(NOON + 5 * MINUTE_MS, [anEntry()])).toEqual(['slack: milestone v1:a 23'])
      expect(await sends(NOON + 10 * MINUTE_MS, [anEntry()])).toEqual([])
    })

    test('a resolved issue that comes back alerts once and is open again', async () => {
      await sends(NOON, [anEntry()])
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON + HOUR_MS })
      expect((await store.issues({ state: 'resolved' }))[0]).toMatchObject({
        resolvedAt: NOON + HOUR_MS,
      })
      const back = NOON + 2 * HOUR_MS
      expect(await sends(back, [at(back)])).toEqual(['slack: regression v1:a 2'])
      expect((await store.issues())[0]).toMatchObject({ state: 'open', resolvedAt: null })
      expect(await sends(back + HOUR_MS, [at(back + HOUR_MS)])).toEqual([])
    })

    test('an occurrence from before it was resolved counts and does not bring it back', async () => {
      await sends(NOON, [anEntry()])
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON + HOUR_MS })
      expect(await sends(NOON + 2 * HOUR_MS, [at(NOON + HOUR_MS - 1)])).toEqual([])
      expect((await store.issues())[0]).toMatchObject({ state: 'resolved', count: 2 })
    })

    test('a batch that is sent again does not bring an issue back', async () => {
      const batch = [at(NOON + 2 * HOUR_MS)]
      await sends(NOON, batch)
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON + HOUR_MS })
      expect(await sends(NOON + 2 * HOUR_MS, batch)).toEqual([])
      expect((await store.issues())[0]?.state).toBe('resolved')
    })

    test('a muted issue is silent until its time, and then tells what was passed', async () => {
      await sends(NOON, [anEntry()])
      await store.setIssue('v1:a', { mutedUntil: NOON + 2 * HOUR_MS }, { now: NOON })
      expect(await sends(NOON + HOUR_MS, entries(20))).toEqual([])
      expect(await sends(NOON + 2 * HOUR_MS, [anEntry()])).toEqual(['slack: milestone v1:a 22'])
      await store.setIssue('v1:a', { mutedUntil: NOON + 9 * HOUR_MS }, { now: NOON })
      await store.setIssue('v1:a', { mutedUntil: null }, { now: NOON })
      expect(await sends(NOON + 3 * HOUR_MS, entries(90))).toEqual(['slack: milestone v1:a 112'])
    })

    test('an ignored issue counts and never alerts', async () => {
      await store.write(aBatch({ occurrences: [anEntry()], channels: [] }))
      await store.setIssue('v1:a', { state: 'ignored' }, { now: NOON })
      expect(await sends(NOON + HOUR_MS, entries(2_000))).toEqual([])
      expect((await store.issues())[0]).toMatchObject({ count: 2_001, state: 'ignored' })
      await store.setIssue('v1:a', { state: 'open' }, { now: NOON })
      expect(await sends(NOON + 2 * HOUR_MS, [anEntry()])).toEqual([])
    })

    test('without channels nothing is claimed, and the first writer with one claims', async () => {
      expect(await sends(NOON, entries(3), { channels: [] })).toEqual([])
      expect(await sends(NOON + SECOND_MS, [anEntry()])).toEqual(['slack: new v1:a 4'])
    })

    test('over the budget of a minute, issues are told by one digest', async () => {
      const storm = entries(33, (nth) => ({ fingerprint: `v1:${nth}`, occurredAt: NOON + nth }))
      const first = await sends(NOON, storm)
      expect(first).toHaveLength(10)
      expect(first[0]).toContain(': new ')
      expect(
        await sends(
          NOON + 59 * SECOND_MS,
          storm.map(({ occurrence }) => anEntry(occurrence)),
        ),
      ).toEqual([])
      const more = entries(23, (nth) => ({ fingerprint: `v1:${nth + 10}` }))
      expect(await sends(NOON + 59 * SECOND_MS, more)).toEqual([])
      const { claims } = await store.write(aBatch({ now: NOON + MINUTE_MS }))
      expect(claims.map(({ digest }) => digest)).toEqual([
        { issues: 23, occurrences: 46, since: NOON },
      ])
      await store.settle(
        claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'sent' })),
        NOON + MINUTE_MS,
      )
      expect(await sends(NOON + 2 * MINUTE_MS, [])).toEqual([])
    })

    test('the budget is per channel and comes back after a minute', async () => {
      const storm = (now: number, name: string): QueuedOccurrence[] =>
        entries(12, (nth) => ({ fingerprint: `v1:${name}${nth}`, occurredAt: now + nth }))
      expect(await sends(NOON, storm(NOON, 'a'), { channels: ['mail'] })).toHaveLength(10)
      expect(await sends(NOON + SECOND_MS, storm(NOON, 'b'))).toHaveLength(10)
      expect(
        await sends(NOON + 59 * SECOND_MS, storm(NOON, 'c'), { channels: ['mail'] }),
      ).toHaveLength(0)
      const later = NOON + 61 * SECOND_MS
      expect(await sends(later, storm(later, 'd'), { channels: ['mail'] })).toEqual([
        'mail: digest 16 issues 16 occurrences',
        ...Array.from({ length: 10 }, (_, nth) => `mail: new v1:d${nth} 1`),
      ])
    })

    test('with `every` each occurrence alerts, once, over any budget', async () => {
      const every = { ...policy, every: true }
      const batch = entries(15)
      const first = await store.write(
        aBatch({ occurrences: [...batch, aMergedEntry(5)], policy: every }),
      )
      expect(first.claims.map(({ reason }) => reason)).toEqual(
        Array.from({ length: 16 }, () => 'every'),
      )
      expect(new Set(first.claims.map(({ occurrence }) => occurrence?.id)).size).toBe(16)
      expect(await sends(NOON, batch, { policy: every })).toEqual([])
      await store.setIssue('v1:a', { mutedUntil: NOON + HOUR_MS }, { now: NOON })
      expect(await sends(NOON + MINUTE_MS, [anEntry()], { policy: every })).toEqual([])
      await store.setIssue('v1:a', { mutedUntil: null, state: 'ignored' }, { now: NOON })
      expect(await sends(NOON + MINUTE_MS, [anEntry()], { policy: every })).toEqual([])
      // Alerts of the silent time are not sent later.
      await store.setIssue('v1:a', { state: 'open' }, { now: NOON })
      expect(await sends(NOON + MINUTE_MS, [])).toEqual([])
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON })
      expect(await sends(NOON + MINUTE_MS, [anEntry()], { policy: every })).toEqual([
        'slack: every v1:a 23',
      ])
    })
  })
}

/** Runs `width` calls at a time, as that many isolates would. */
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
