import { beforeEach, describe, expect, test } from 'vitest'
import type { Claim, Settlement } from '../../src/model/alert.ts'
import type { Store, WriteBatch } from '../../src/model/store.ts'
import {
  aBatch,
  anEntry,
  entries,
  NOON,
  policy,
  SECOND_MS,
  describeClaims,
} from '../support/store-fixtures.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

const OLD = 'slack:0123456789abcdef'
const NEW = 'slack:fedcba9876543210'

/**
 * Tests channels by address, the tries of a message, and alerts that are due without an occurrence.
 */
export function channels(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  const claim = async (now: number, over: Partial<WriteBatch> = {}): Promise<Claim[]> =>
    (await store.write(aBatch({ now, ...over }))).claims
  const settle = (all: readonly Claim[], now: number, over: Partial<Settlement>): Promise<void> =>
    store.settle(
      all.map(({ id, attempt, channel }) => ({
        ...{ id, attempt, channel, outcome: 'sent' },
        ...over,
      })),
      now,
    )
  const failed = (tries: number, retryMs: number): Partial<Settlement> => ({
    ...{ outcome: 'failed', reason: 'answered 500', tries, retryMs },
  })

  describe('a message that its channel refuses', () => {
    test('waits by itself, and goes behind those that were not tried', async () => {
      const names = ['a', 'b', 'c']
      const first = await claim(NOON, {
        occurrences: names.map((name, nth) =>
          anEntry({ fingerprint: `v1:${name}`, occurredAt: NOON + nth }),
        ),
      })
      const poison = first.filter(({ issue }) => issue?.fingerprint === 'v1:a')
      const rest = first.filter((one) => !poison.includes(one))
      await settle(poison, NOON, failed(1, 10 * SECOND_MS))
      await settle(rest, NOON, { outcome: 'failed' })
      expect(describeClaims(await claim(NOON + SECOND_MS))).toEqual([
        'slack: new v1:b 1',
        'slack: new v1:c 1',
      ])
      const again = await claim(NOON + 10 * SECOND_MS)
      expect(again.map(({ issue, tries }) => [issue?.fingerprint, tries])).toEqual([['v1:a', 1]])
    })

    test('comes after all others, however old it is', async () => {
      const batch = entries(25, (nth) => ({ fingerprint: `v1:${nth}`, occurredAt: NOON + nth }))
      const every = { ...policy, perMinute: 100 }
      const first = await claim(NOON, { occurrences: batch, policy: every })
      expect(first).toHaveLength(20)
      await settle(first, NOON, failed(2, 0))
      const second = await claim(NOON + SECOND_MS)
      expect(second.slice(0, 5).every(({ tries }) => tries === 0)).toBe(true)
      expect(second).toHaveLength(20)
    })

    test('is gone when it is given up', async () => {
      const first = await claim(NOON, { occurrences: [anEntry()] })
      await settle(first, NOON, { outcome: 'gave up', reason: 'answered 500' })
      expect(await claim(NOON + DAY_MS, { due: true })).toEqual([])
    })

    test('is no business of a sender that has lost its lease', async () => {
      const first = await claim(NOON, { occurrences: [anEntry()] })
      const second = await claim(NOON + MINUTE_MS)
      await settle(first, NOON + MINUTE_MS, { outcome: 'gave up' })
      await settle(first, NOON + MINUTE_MS, { outcome: 'failed' })
      expect(await claim(NOON + MINUTE_MS + SECOND_MS)).toEqual([])
      await settle(second, NOON + MINUTE_MS, { outcome: 'failed' })
      expect(await claim(NOON + MINUTE_MS + SECOND_MS)).toHaveLength(1)
    })

    test('that two senders took and never settled is not sent a third time', async () => {
      expect(await claim(NOON, { occurrences: [anEntry()] })).toHaveLength(1)
      expect(await claim(NOON + MINUTE_MS)).toHaveLength(1)
      for (const minutes of [2, 3, 60])
        expect(await claim(NOON + minutes * MINUTE_MS, { due: true })).toEqual([])
    })

    test('is told by a digest when it has waited for 24 hours', async () => {
      const first = await claim(NOON, { occurrences: [anEntry()] })
      await settle(first, NOON, failed(1, HOUR_MS))
      expect(await claim(NOON + 23 * HOUR_MS, { channels: ['mail'], due: true })).toEqual([])
      expect(describeClaims(await claim(NOON + DAY_MS + SECOND_MS, { due: true }))).toEqual([
        'slack: digest 1 issues 1 occurrences',
      ])
    })
  })

  describe('a channel', () => {
    test('of another address has no part in pauses and pending alerts', async () => {
      const first = await claim(NOON, { occurrences: [anEntry()], channels: [OLD] })
      await settle(first, NOON, { outcome: 'failed', pauseMs: HOUR_MS, permanent: true })
      const other = anEntry({ fingerprint: 'v1:b' })
      expect(
        describeClaims(await claim(NOON + SECOND_MS, { occurrences: [other], channels: [NEW] })),
      ).toEqual([`${NEW}: new v1:b 1`])
      expect(await claim(NOON + MINUTE_MS, { channels: [OLD] })).toEqual([])
      expect(describeClaims(await claim(NOON + HOUR_MS, { channels: [OLD] }))).toEqual([
        `${OLD}: new v1:a 1`,
      ])
    })

    test('gets what waits for its old address, when no one has used that for an hour', async () => {
      const old = { channels: [OLD], due: true }
      const first = await claim(NOON, { occurrences: [anEntry()], ...old })
      await settle(first, NOON, { outcome: 'failed' })
      const elsewhere = { channels: [`slack:${'1'.repeat(16)}`], due: true, environment: 'staging' }
      expect(await claim(NOON + 30 * MINUTE_MS, { channels: [NEW], due: true })).toEqual([])
      expect(await claim(NOON + 2 * HOUR_MS, elsewhere)).toEqual([])
      expect(
        describeClaims(await claim(NOON + 2 * HOUR_MS, { channels: [NEW], due: true })),
      ).toEqual([`${NEW}: new v1:a 1`])
    })
  })

  describe('what is due', () => {
    const due = async (now: number, over: Partial<WriteBatch> = {}): Promise<string[]> => {
      const claims = await claim(now, { due: true, ...over })
      await settle(claims, now, {})
      return describeClaims(claims)
    }

    test('is told without a new occurrence: an issue that came back within the cooldown', async () => {
      await settle(await claim(NOON, { occurrences: [anEntry()] }), NOON, {})
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON + MINUTE_MS })
      const back = NOON + 2 * MINUTE_MS
      expect(await claim(back, { occurrences: [anEntry({ occurredAt: back })] })).toEqual([])
      expect(await due(NOON + 4 * MINUTE_MS)).toEqual([])
      expect(await due(NOON + 5 * MINUTE_MS)).toEqual(['slack: regression v1:a 2'])
      expect(await due(NOON + HOUR_MS)).toEqual([])
    })

    test('is told without a new occurrence: a milestone that was passed while muted', async () => {
      await settle(await claim(NOON, { occurrences: [anEntry()] }), NOON, {})
      await store.setIssue('v1:a', { mutedUntil: NOON + HOUR_MS }, { now: NOON })
      await claim(NOON + MINUTE_MS, { occurrences: entries(20) })
      expect(await due(NOON + HOUR_MS - 1)).toEqual([])
      expect(await due(NOON + HOUR_MS)).toEqual(['slack: milestone v1:a 21'])
    })

    test('is told without a new occurrence: an issue first written without channels', async () => {
      await store.write(aBatch({ occurrences: [anEntry()], channels: [] }))
      expect(await claim(NOON + MINUTE_MS)).toEqual([])
      expect(await due(NOON + MINUTE_MS)).toEqual(['slack: new v1:a 1'])
    })

    test('of another service or environment is told by that one', async () => {
      const shop = { service: 'shop', environment: 'production' }
      const browser = { service: 'shop/browser', environment: 'production' }
      await store.write(
        aBatch({
          channels: [],
          occurrences: [
            anEntry({ fingerprint: 'v1:shop', ...shop }),
            anEntry({ fingerprint: 'v1:browser', kind: 'browser', ...browser }),
          ],
        }),
      )
      expect(await due(NOON)).toEqual([])
      expect(await due(NOON, { service: 'shop', environment: 'staging' })).toEqual([])
      expect(await due(NOON, { service: 'mail', environment: 'production' })).toEqual([])
      expect(await due(NOON, shop)).toEqual(['slack: new v1:browser 1', 'slack: new v1:shop 1'])
    })

    test('tells channels that close what they opened of a resolved issue, and no others', async () => {
      const both = { channels: ['slack', 'pager'], resolving: ['pager'] }
      await settle(await claim(NOON, { occurrences: [anEntry()], ...both }), NOON, {})
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON + SECOND_MS })
      expect(await due(NOON + MINUTE_MS, both)).toEqual(['pager: resolved v1:a 1'])
      expect(await due(NOON + HOUR_MS, both)).toEqual([])
    })

    test('of a resolved issue that is open again before it was told, is the regression', async () => {
      const both = { channels: ['pager'], resolving: ['pager'] }
      await settle(await claim(NOON, { occurrences: [anEntry()], ...both }), NOON, {})
      await store.setIssue('v1:a', { state: 'resolved' }, { now: NOON + HOUR_MS })
      const back = NOON + 2 * HOUR_MS
      const occurrences = [anEntry({ occurredAt: back })]
      expect(describeClaims(await claim(back, { occurrences, ...both }))).toEqual([
        'pager: regression v1:a 2',
      ])
    })

    test('says when another klaxon of the service and environment has other options', async () => {
      const ask = async (now: number, over: Partial<WriteBatch>): Promise<unknown> =>
        (await store.write(aBatch({ now, due: true, ...over }))).otherPolicy
      const every = { ...policy, every: true }
      expect(await ask(NOON, {})).toBeUndefined()
      expect(await ask(NOON + SECOND_MS, { service: 'mail', policy: every })).toBeUndefined()
      expect(await ask(NOON + MINUTE_MS, { policy: every })).toBe(true)
      expect(await ask(NOON + 2 * MINUTE_MS, {})).toBe(true)
      expect(await ask(NOON + 3 * HOUR_MS, {})).toBeUndefined()
    })
  })

  describe('an occurrence that its isolate has alerted by itself', () => {
    test('is not told again by the write that stores it, nor by what is due', async () => {
      const alerted = { ...anEntry(), alerted: true }
      expect(await claim(NOON, { occurrences: [alerted] })).toEqual([])
      expect(await claim(NOON + HOUR_MS, { due: true })).toEqual([])
      expect(await claim(NOON + HOUR_MS, { occurrences: entries(9) })).toHaveLength(1)
    })

    test('begins the cooldown of its issue, with `every` as well', async () => {
      const alerted = { ...anEntry(), alerted: true }
      expect(await claim(NOON, { occurrences: [alerted, anEntry()] })).toEqual([])
      const every = { ...policy, every: true }
      const again = { ...anEntry(), alerted: true }
      expect(await claim(NOON, { occurrences: [again], policy: every })).toEqual([])
    })
  })

  describe('the policy', () => {
    const low = (at: number) => anEntry({ kind: 'status', status: 404, occurredAt: at })

    test('quiet tells of a 4xx from its tenth occurrence within an hour, and of a 5xx at once', async () => {
      const quiet = { policy: { ...policy, quiet: true } }
      for (let nth = 0; nth < 9; nth++) {
        const at = NOON + nth * MINUTE_MS
        expect(await claim(at, { occurrences: [low(at)], ...quiet })).toEqual([])
      }
      const late = NOON + 70 * MINUTE_MS
      expect(await claim(late, { occurrences: [low(late)], ...quiet })).toEqual([])
      const nine = entries(9, () => ({ kind: 'status', status: 404, occurredAt: late }))
      expect(describeClaims(await claim(late, { occurrences: nine, ...quiet }))).toEqual([
        'slack: new v1:a 19',
      ])
      const broken = anEntry({ fingerprint: 'v1:b', occurredAt: late })
      expect(describeClaims(await claim(late, { occurrences: [broken], ...quiet }))).toEqual([
        'slack: new v1:b 1',
      ])
    })

    test('minStatus keeps lower statuses out for good, and costs no budget', async () => {
      const loud = { policy: { ...policy, minStatus: 500, perMinute: 1 } }
      const scan = entries(5, (nth) => ({ fingerprint: `v1:${nth}`, kind: 'status', status: 404 }))
      expect(await claim(NOON, { occurrences: scan, ...loud })).toEqual([])
      const hidden = anEntry({ fingerprint: 'v1:redirected', status: 302 })
      expect(describeClaims(await claim(NOON, { occurrences: [hidden], ...loud }))).toEqual([
        'slack: new v1:redirected 1',
      ])
      expect(await claim(NOON + HOUR_MS, { due: true, ...loud })).toHaveLength(1)
      expect(await claim(NOON + 2 * HOUR_MS, { due: true })).toEqual([])
    })

    test('takes Infinity and NaN', async () => {
      const odd = { ...policy, cooldownMs: Infinity, perMinute: Infinity, minStatus: NaN }
      const first = await claim(NOON, { occurrences: [anEntry()], policy: odd })
      expect(first).toHaveLength(1)
      await settle(first, NOON, {})
      expect(await claim(NOON + DAY_MS, { occurrences: entries(50), policy: odd })).toEqual([])
    })
  })

  test('a digest whose counts pass the exact integers is sent', async () => {
    const one = { policy: { ...policy, perMinute: 0 } }
    const huge = entries(3, (nth) => ({ fingerprint: `v1:${nth}` })).map((each) => ({
      ...each,
      count: Number.MAX_SAFE_INTEGER,
      row: false,
    }))
    await claim(NOON, { occurrences: huge, ...one })
    const [digest] = await claim(NOON + MINUTE_MS)
    expect(digest?.digest?.occurrences).toBeGreaterThan(Number.MAX_SAFE_INTEGER)
  })
}
