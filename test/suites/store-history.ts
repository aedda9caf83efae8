import { beforeEach, describe, expect, test } from 'vitest'
import type { Claim, EarlierEvent } from '../../src/model/alert.ts'
import type { Store, WriteBatch } from '../../src/model/store.ts'
import {
  aBatch,
  aMergedEntry,
  anEntry,
  entries,
  NOON,
  policy,
  SECOND_MS,
} from '../support/store-fixtures.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

/** Tests what a claim says of other occurrences and of earlier alerts. */
export function telling(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  const BOTH = { channels: ['mail', 'slack:0123456789abcdef'] }

  async function claimed(now: number, over: Partial<WriteBatch> = {}): Promise<Claim[]> {
    return (await store.write(aBatch({ now, ...over }))).claims
  }
  async function settled(
    claims: readonly Claim[],
    now: number,
    outcome: 'sent' | 'failed' = 'sent',
  ): Promise<void> {
    const all = claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome }))
    await store.settle(all, now)
  }
  const sent = (at: number, channel: string, reason: EarlierEvent['reason']): EarlierEvent => ({
    ...{ at, what: 'sent', channel, who: null, reason },
  })
  const acted = (at: number, what: string, who: string | null): EarlierEvent => ({
    ...{ at, what, channel: null, who, reason: null },
  })

  describe('places of an alert', () => {
    test('are those of the newest occurrences, each one once, newest first', async () => {
      const places = [
        { method: 'GET', path: '/a' },
        { method: 'POST', path: '/orders/1', route: '/orders/:id' },
        { method: 'POST', path: '/orders/2', route: '/orders/:id' },
        { method: 'GET', path: '/b' },
        { method: 'GET', path: '/a' },
      ]
      const written = entries(5, (nth) => ({ ...places[nth], occurredAt: NOON - nth * SECOND_MS }))
      const [claim] = await claimed(NOON, { occurrences: written })
      expect(claim!.places).toEqual([
        { method: 'GET', route: null, path: '/a' },
        { method: 'POST', route: '/orders/:id', path: null },
        { method: 'GET', route: null, path: '/b' },
      ])
    })

    test('are of 50 occurrences, and of 200 characters each', async () => {
      const old = anEntry({ path: '/old', occurredAt: NOON - MINUTE_MS })
      const long = anEntry({ path: `/${'🧀'.repeat(300)}`, occurredAt: NOON + SECOND_MS })
      const [claim] = await claimed(NOON, { occurrences: [old, ...entries(49), long] })
      expect(claim!.places.map(({ path }) => path)).toEqual([`/${'🧀'.repeat(199)}`, '/cheese'])
    })

    test('are of the own issue', async () => {
      await claimed(NOON, { occurrences: [anEntry({ fingerprint: 'v1:b', path: '/b' })] })
      const [claim] = await claimed(NOON, { occurrences: [anEntry()] })
      expect(claim!.places.map(({ path }) => path)).toEqual(['/cheese'])
    })
  })

  describe('history of an alert', () => {
    test('is empty for the first alert, also when another channel was told at once', async () => {
      const [mail, slack] = await claimed(NOON, { ...BOTH, occurrences: [anEntry()] })
      expect([mail!.history, slack!.history]).toEqual([[], []])
      await settled([mail!], NOON + SECOND_MS)
      await settled([slack!], NOON + SECOND_MS, 'failed')
      const again = await claimed(NOON + MINUTE_MS, BOTH)
      expect(again).toMatchObject([{ channel: slack!.channel, reason: 'new', history: [] }])
    })

    test('is who was told and who acted, newest first', async () => {
      await settled(await claimed(NOON, { ...BOTH, occurrences: [anEntry()] }), NOON + SECOND_MS)
      const hour = (count: number) => ({ now: NOON + count * HOUR_MS })
      await store.setIssue('v1:a', {}, { ...hour(1), who: 'bob', comment: 'looking' })
      await store.setIssue('v1:a', { state: 'resolved' }, { ...hour(2), who: 'ada' })
      await store.setIssue('v1:b', { state: 'resolved' }, { ...hour(2), who: 'eve' })
      const back = NOON + 3 * HOUR_MS
      const [claim, ...others] = await claimed(back, {
        occurrences: [anEntry({ occurredAt: back })],
        channels: ['mail'],
      })
      expect(others).toEqual([])
      const before = [
        acted(NOON + 2 * HOUR_MS, 'resolved', 'ada'),
        acted(NOON + HOUR_MS, 'comment', 'bob'),
        ...BOTH.channels.map((channel) => sent(NOON + SECOND_MS, channel, 'new')),
      ]
      expect(claim!.reason).toBe('regression')
      expect(byTime(claim!.history)).toEqual(byTime(before))
      await settled([claim!], back + SECOND_MS)
      const [later] = await claimed(back + HOUR_MS, { occurrences: [aMergedEntry(100)] })
      expect(later!.reason).toBe('milestone')
      expect(byTime(later!.history)).toEqual(
        byTime([sent(back + SECOND_MS, 'mail', 'regression'), ...before]),
      )
    })

    test('leaves out the message that the issue is resolved', async () => {
      await settled(await claimed(NOON, { occurrences: [anEntry()] }), NOON + SECOND_MS)
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON + HOUR_MS })
      const end = NOON + 2 * HOUR_MS
      const told = await claimed(end, { due: true, resolving: ['slack'] })
      expect(told).toMatchObject([{ reason: 'resolved' }])
      await settled(told, end + SECOND_MS)
      const back = NOON + 3 * HOUR_MS
      const [claim] = await claimed(back, { occurrences: [anEntry({ occurredAt: back })] })
      expect(claim!.history).toEqual([
        acted(NOON + HOUR_MS, 'resolved', null),
        sent(NOON + SECOND_MS, 'slack', 'new'),
      ])
    })

    test('ends with the retention of the history', async () => {
      await settled(await claimed(NOON, { occurrences: [anEntry()] }), NOON + SECOND_MS)
      const end = NOON + 91 * DAY_MS
      const retention = { occurrencesMs: 365 * DAY_MS, occurrences: 1_000, issuesMs: 365 * DAY_MS }
      await store.prune({ ...retention, historyMs: 92 * DAY_MS }, end)
      const [kept] = await claimed(end, { occurrences: [aMergedEntry(10)] })
      expect(kept!.history).toHaveLength(1)
      await store.prune({ ...retention, historyMs: 90 * DAY_MS }, end + 2 * DAY_MS)
      const [claim] = await claimed(end + 2 * DAY_MS, { occurrences: [aMergedEntry(100)] })
      expect(claim).toMatchObject({ reason: 'milestone', history: [] })
    })

    test('is of the newest 30 events', async () => {
      await settled(await claimed(NOON, { occurrences: [anEntry()] }), NOON + SECOND_MS)
      for (let nth = 1; nth <= 40; nth++)
        await store.setIssue('v1:a', {}, { now: NOON + nth * MINUTE_MS, who: 'bob', comment: 'x' })
      const [claim] = await claimed(NOON + HOUR_MS, { occurrences: [aMergedEntry(100)] })
      expect(claim!.history).toHaveLength(30)
      expect(claim!.history[0]).toEqual(acted(NOON + 40 * MINUTE_MS, 'comment', 'bob'))
    })
  })

  test('with `every`, an alert has neither places nor history', async () => {
    const every = { policy: { ...policy, every: true } }
    const first = await claimed(NOON, { ...every, occurrences: entries(2) })
    await settled(first, NOON + SECOND_MS)
    const second = await claimed(NOON + HOUR_MS, { ...every, occurrences: [anEntry()] })
    expect([...first, ...second].map(({ reason }) => reason)).toEqual(['every', 'every', 'every'])
    for (const claim of [...first, ...second])
      expect(claim).toMatchObject({ places: [], history: [] })
  })
}

/** The order of events at the same time does not matter. */
function byTime(events: readonly EarlierEvent[]): EarlierEvent[] {
  return events.toSorted((a, b) => b.at - a.at || ((a.channel ?? '') < (b.channel ?? '') ? -1 : 1))
}
