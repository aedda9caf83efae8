import { beforeEach, describe, expect, test } from 'vitest'
import type { Job, Store } from '../../src/model/store.ts'
import {
  aBatch,
  anEntry,
  entries,
  NOON,
  SECOND_MS,
  describeClaims,
} from '../support/store-fixtures.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

/** Tests changes that people make, rows that retention keeps, and jobs that must run. */
export function changing(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })
  const seen = (release: string | null, at: number) =>
    store.write(aBatch({ now: at, occurrences: [anEntry({ release, occurredAt: at })] }))

  describe('an issue', () => {
    test('resolved in the next release stays silent in the releases that are known', async () => {
      await seen('1.0', NOON)
      await seen('1.1', NOON + SECOND_MS)
      const change = { state: 'resolved', inNextRelease: true } as const
      expect(await store.setIssue('v1:a', change, { now: NOON + MINUTE_MS })).toBe(1)
      const [issue] = await store.issues()
      expect(issue?.resolvedIn?.toSorted()).toEqual(['1.0', '1.1'])
      await seen('1.0', NOON + HOUR_MS)
      await seen('1.1', NOON + HOUR_MS)
      expect((await store.issues())[0]).toMatchObject({ state: 'resolved', count: 4 })
      const { claims } = await seen('1.2', NOON + 2 * HOUR_MS)
      expect(describeClaims(claims)).toEqual(['slack: regression v1:a 5'])
      expect((await store.issues())[0]).toMatchObject({ state: 'open', resolvedIn: null })
    })

    test('resolved in the next release is simply resolved where no release is known', async () => {
      await seen(null, NOON)
      await store.setIssue('v1:a', { state: 'resolved', inNextRelease: true }, { now: NOON })
      expect((await store.issues())[0]).toMatchObject({ state: 'resolved', resolvedIn: null })
    })

    test('muted until a count is silent until then', async () => {
      await seen(null, NOON)
      await store.setIssue('v1:a', { mutedUntilCount: 15 }, { now: NOON })
      expect((await store.issues())[0]).toMatchObject({ mutedUntilCount: 15 })
      const later = NOON + HOUR_MS
      const twelve = aBatch({ now: later, occurrences: entries(12) })
      expect((await store.write(twelve)).claims).toEqual([])
      const three = aBatch({ now: later, occurrences: entries(3) })
      expect(describeClaims((await store.write(three)).claims)).toEqual([
        'slack: milestone v1:a 16',
      ])
      expect((await store.issues())[0]).toMatchObject({ mutedUntilCount: null })
    })

    test('is muted for as long as was said, whatever the clock of who said it', async () => {
      await seen(null, NOON)
      // The caller's clock is a day behind the time of the write. Only the length of the mute
      // matters.
      await store.setIssue('v1:a', { mutedUntil: NOON + HOUR_MS }, { now: NOON })
      expect((await store.issues())[0]?.mutedUntil).toBe(NOON + HOUR_MS)
      await store.setIssue('v1:a', { mutedUntil: null, mutedUntilCount: null }, { now: NOON })
      expect((await store.issues())[0]).toMatchObject({ mutedUntil: null, mutedUntilCount: null })
    })

    test('is changed together with others, and those that are not there are not counted', async () => {
      const names = ['v1:a', 'v1:b', 'v1:c']
      await store.write(
        aBatch({ occurrences: names.map((fingerprint) => anEntry({ fingerprint })) }),
      )
      const some = ['v1:a', 'v1:c', 'v1:none']
      expect(await store.setIssue(some, { state: 'ignored' }, { now: NOON })).toBe(2)
      const open = await store.issues({ state: 'open' })
      expect(open.map(({ fingerprint }) => fingerprint)).toEqual(['v1:b'])
      expect(await store.setIssue([], { state: 'ignored' }, { now: NOON })).toBe(0)
    })
  })

  test('an occurrence gets better stacks', async () => {
    const entry = anEntry()
    await store.write(aBatch({ occurrences: [entry] }))
    const causes = [{ name: 'A', message: 'b\0', stack: 'at source.ts:1:2' }]
    const stacks = { errorStack: 'Error\n    at source.ts:1:1', causes }
    expect(await store.amend!(entry.occurrence.id, stacks)).toBe(true)
    expect((await store.occurrences())[0]).toMatchObject({ errorStack: stacks.errorStack })
    expect(await store.amend!('none', stacks)).toBe(false)
  })

  describe('retention', () => {
    const retention = { occurrencesMs: 30 * DAY_MS, occurrences: 100, issuesMs: 90 * DAY_MS }
    const rowsOf = async (fingerprint: string): Promise<number> =>
      (await store.occurrences({ fingerprint, limit: 1_000 })).length

    test('takes from the issue with most rows, and leaves each its newest 50', async () => {
      const flood = entries(300, (nth) => ({ fingerprint: 'v1:flood', occurredAt: NOON + nth }))
      const quiet = entries(60, (nth) => ({
        fingerprint: 'v1:quiet',
        occurredAt: NOON - DAY_MS - nth,
      }))
      const payment = anEntry({ fingerprint: 'v1:payment', occurredAt: NOON - 20 * DAY_MS })
      await store.write(aBatch({ channels: [], occurrences: [payment, ...quiet, ...flood] }))
      const now = NOON + MINUTE_MS
      const few = { ...retention, occurrences: 111 }
      expect(await store.prune(few, now)).toMatchObject({ occurrences: 250 })
      expect(await rowsOf('v1:quiet')).toBe(55)
      expect(await rowsOf('v1:flood')).toBe(55)
      expect(await store.prune({ ...few, occurrences: 1 }, now)).toMatchObject({ occurrences: 10 })
      expect(await rowsOf('v1:payment')).toBe(1)
      expect(await rowsOf('v1:quiet')).toBe(50)
      expect(await rowsOf('v1:flood')).toBe(50)
    })

    test('is of one service and its browsers', async () => {
      const old = { occurredAt: NOON - 31 * DAY_MS }
      await store.write(
        aBatch({
          now: NOON - 31 * DAY_MS,
          channels: [],
          occurrences: [
            anEntry({ fingerprint: 'v1:a', service: 'shop', ...old }),
            anEntry({ fingerprint: 'v1:b', service: 'shop/browser', kind: 'browser', ...old }),
            anEntry({ fingerprint: 'v1:c', service: 'mail', ...old }),
            anEntry({ fingerprint: 'v1:d', ...old }),
          ],
        }),
      )
      expect(await store.prune(retention, NOON, 'shop')).toMatchObject({ occurrences: 2 })
      expect(await store.prune(retention, NOON)).toMatchObject({ occurrences: 1 })
      expect(await store.prune(retention, NOON, 'mail')).toMatchObject({ occurrences: 1 })
    })

    test('is known to whoever else maintains the database', async () => {
      expect(await store.retentions!()).toEqual([])
      await store.prune(retention, NOON)
      await store.prune({ ...retention, occurrences: 7 }, NOON, 'shop')
      await store.prune({ ...retention, occurrences: 8 }, NOON, 'shop')
      expect(await store.retentions!()).toMatchObject([
        { service: null, retention },
        { service: 'shop', retention: { occurrences: 8 } },
      ])
    })

    test('without end deletes nothing, by whoever knows of it', async () => {
      const endless = { occurrencesMs: Infinity, occurrences: Infinity, issuesMs: Infinity }
      await store.write(aBatch({ channels: [], occurrences: entries(120) }))
      await store.prune(endless, NOON + 1_000 * DAY_MS)
      const [known] = await store.retentions!()
      expect(await store.prune(known!.retention, NOON + 1_000 * DAY_MS)).toMatchObject({
        occurrences: 0,
        issues: 0,
      })
    })
  })

  describe('the turn to maintain', () => {
    const claim = (owner: string, now: number, service: string | null = null) =>
      store.claimMaintain!({ service, owner, ms: MINUTE_MS, now })

    test('is one klaxon of many, until its time is over', async () => {
      expect(await claim('a', NOON)).toBe(true)
      expect(await claim('b', NOON + SECOND_MS)).toBe(false)
      expect(await claim('a', NOON + 2 * SECOND_MS)).toBe(true)
      expect(await claim('b', NOON + 3 * SECOND_MS, 'shop')).toBe(true)
      expect(await claim('b', NOON + 2 * SECOND_MS + MINUTE_MS)).toBe(true)
      expect(await claim('a', NOON + 3 * SECOND_MS + MINUTE_MS)).toBe(false)
      await store.claimMaintain!({ service: null, owner: 'b', ms: 0, now: NOON + 2 * MINUTE_MS })
      expect(await claim('a', NOON + 2 * MINUTE_MS)).toBe(true)
    })
  })

  describe('a job that must run', () => {
    const job = (over: Partial<Job> = {}): Job => ({
      ...{ name: 'nightly', service: null, environment: null },
      ...{ everyMs: 40, graceMs: 20, fingerprint: 'v1:nightly' },
      ...over,
    })
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

    test('is missed once for each time that it did not run, by one caller of many', async () => {
      expect(await store.missedRuns!([job()])).toEqual([])
      await wait(150)
      const found = await Promise.all([1, 2, 3].map(() => store.missedRuns!([job()])))
      expect(found.flat()).toEqual([{ name: 'nightly', lastAt: expect.any(Number) }])
      await wait(100)
      expect(await store.missedRuns!([job()])).toHaveLength(1)
      await store.heartbeat!(job())
      expect(await store.missedRuns!([job({ everyMs: HOUR_MS })])).toEqual([])
    })

    test('resolves its issue when it runs again, and an ignored one is not looked at', async () => {
      const now = Date.now()
      const missed = anEntry({ fingerprint: 'v1:nightly', kind: 'missed', occurredAt: now })
      await store.write(aBatch({ now, occurrences: [missed] }))
      await store.heartbeat!(job())
      expect((await store.issues())[0]?.state).toBe('resolved')
      await store.setIssue('v1:nightly', { state: 'ignored' }, { now })
      await wait(150)
      expect(await store.missedRuns!([job()])).toEqual([])
    })

    test('is forgotten when it is declared no more', async () => {
      await store.missedRuns!([job(), job({ name: 'hourly' })])
      await store.missedRuns!([job({ name: 'hourly' })])
      await wait(150)
      const found = await store.missedRuns!([job(), job({ name: 'hourly' })])
      expect(found.map(({ name }) => name)).toEqual(['hourly'])
    })
  })
}
