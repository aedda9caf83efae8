import { beforeEach, describe, expect, test } from 'vitest'
import type { Claim, Settlement } from '../../src/model/alert.ts'
import type { Store } from '../../src/model/store.ts'
import {
  aBatch,
  anEntry,
  entries,
  NOON,
  policy,
  SECOND_MS,
  describeClaims,
} from '../support/store-fixtures.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

/** Tests the ends of a claim: sent, dropped, given back, or left by a sender that died. */
export function leasing(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  const claims = async (now: number, channels = ['slack']): Promise<Claim[]> =>
    (await store.write(aBatch({ now, channels }))).claims
  const settle = (
    all: readonly Claim[],
    outcome: Settlement['outcome'],
    now: number,
    over: Partial<Settlement> = {},
  ): Promise<void> =>
    store.settle(
      all.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome, ...over })),
      now,
    )

  describe('leases', () => {
    test('what a sender claimed and never settled goes to another within a minute', async () => {
      const first = (await store.write(aBatch({ occurrences: [anEntry()] }))).claims
      expect(await claims(NOON + 30 * SECOND_MS)).toEqual([])
      const second = await claims(NOON + MINUTE_MS)
      expect(describeClaims(second)).toEqual(describeClaims(first))
      expect(await claims(NOON + MINUTE_MS + SECOND_MS)).toEqual([])
      await settle(second, 'sent', NOON + MINUTE_MS + SECOND_MS)
      expect(await claims(NOON + HOUR_MS)).toEqual([])
    })

    test('what a try claimed whose reply was lost is free for the next one, again and again', async () => {
      const storm = [anEntry(), anEntry({ fingerprint: 'v1:b' })]
      const former: string[] = []
      for (let nth = 0; nth < 4; nth++) {
        const now = NOON + nth * SECOND_MS
        const batch = aBatch({ now, occurrences: storm, former })
        const { claims: claimed } = await store.write(batch)
        expect(describeClaims(claimed)).toEqual(['slack: new v1:a 1', 'slack: new v1:b 1'])
        expect(claimed.map(({ tries }) => tries)).toEqual([0, 0])
        // Another isolate does not get these claims.
        expect(await claims(now)).toEqual([])
        former.push(batch.attempt)
      }
    })

    test('a digest that a try claimed whose reply was lost is free for the next one', async () => {
      const one = { ...policy, perMinute: 0 }
      await store.write(aBatch({ occurrences: entries(2), policy: one }))
      const now = NOON + MINUTE_MS
      const lost = aBatch({ now, policy: one })
      expect((await store.write(lost)).claims).toHaveLength(1)
      expect((await store.write(aBatch({ now, policy: one }))).claims).toEqual([])
      const again = await store.write(aBatch({ now, policy: one, former: [lost.attempt] }))
      expect(describeClaims(again.claims)).toEqual(['slack: digest 1 issues 2 occurrences'])
    })

    test('what is sent or dropped is never claimed again, and settling twice is harmless', async () => {
      const both = (
        await store.write(aBatch({ occurrences: [anEntry(), anEntry({ fingerprint: 'v1:b' })] }))
      ).claims
      for (const now of [NOON, NOON + SECOND_MS]) {
        await settle(both.slice(0, 1), 'sent', now)
        await settle(both.slice(1), 'dropped', now)
      }
      await settle(both, 'failed', NOON + 2 * SECOND_MS)
      expect(await claims(NOON + HOUR_MS)).toEqual([])
    })

    test('what failed is claimed by the next write', async () => {
      const first = (await store.write(aBatch({ occurrences: [anEntry()] }))).claims
      await settle(first, 'failed', NOON + SECOND_MS)
      expect(describeClaims(await claims(NOON + 2 * SECOND_MS))).toEqual(['slack: new v1:a 1'])
    })

    test('a paused channel is left alone by all until its time, and nothing is lost', async () => {
      const channels = ['slack', 'mail']
      const first = (await store.write(aBatch({ occurrences: [anEntry()], channels }))).claims
      const slack = first.filter(({ channel }) => channel === 'slack')
      await settle(
        first.filter(({ channel }) => channel === 'mail'),
        'sent',
        NOON,
      )
      await settle(slack, 'failed', NOON, { pauseMs: 10 * MINUTE_MS })
      await settle(slack, 'failed', NOON, { pauseMs: MINUTE_MS })
      const during = await store.write(
        aBatch({
          now: NOON + 5 * MINUTE_MS,
          channels,
          occurrences: [anEntry({ fingerprint: 'v1:b' })],
        }),
      )
      expect(describeClaims(during.claims)).toEqual(['mail: new v1:b 1'])
      expect(await claims(NOON + 10 * MINUTE_MS - 1)).toEqual([])
      expect(describeClaims(await claims(NOON + 10 * MINUTE_MS))).toEqual([
        'slack: new v1:a 1',
        'slack: new v1:b 1',
      ])
    })

    test('what waited through a pause is never more than the budget, the rest is a digest', async () => {
      const pause = {
        id: 'none',
        channel: 'slack',
        outcome: 'failed',
        attempt: 'none',
        pauseMs: HOUR_MS,
      } as const
      await store.settle([pause], NOON)
      for (let nth = 0; nth < 30; nth++) {
        const now = NOON + nth * MINUTE_MS
        await store.write(
          aBatch({ now, occurrences: [anEntry({ fingerprint: `v1:${nth}`, occurredAt: now })] }),
        )
      }
      const after = await claims(NOON + HOUR_MS)
      expect(after.filter(({ digest }) => digest === null)).toHaveLength(10)
      expect(after.flatMap(({ digest }) => digest ?? [])).toEqual([
        { issues: 20, occurrences: 20, since: NOON + 10 * MINUTE_MS },
      ])
    })

    test('a flood of statuses below 500 leaves a third of the budget to throws and 5xx', async () => {
      const low = (nth: number) => ({ fingerprint: `v1:low${nth}`, occurredAt: NOON + nth })
      const scan = entries(30, (nth) => ({ ...low(nth), status: 404, kind: 'status' }))
      const { claims: first } = await store.write(aBatch({ occurrences: scan }))
      expect(first).toHaveLength(7)
      const payment = entries(5, (nth) => ({ fingerprint: `v1:payment${nth}` }))
      const { claims: second } = await store.write(aBatch({ occurrences: payment }))
      expect(second.map(({ issue }) => issue!.fingerprint).toSorted()).toEqual(
        [0, 1, 2].map((nth) => `v1:payment${nth}`),
      )
    })

    test('in one batch throws and 5xx come first, whatever was first', async () => {
      const scan = entries(30, (nth) => ({
        fingerprint: `v1:low${nth}`,
        occurredAt: NOON + nth,
        status: 404,
        kind: 'status' as const,
      }))
      const payment = anEntry({ fingerprint: 'v1:payment', occurredAt: NOON + 99 })
      const { claims } = await store.write(aBatch({ occurrences: [...scan, payment] }))
      expect(claims).toHaveLength(7)
      expect(claims.map(({ issue }) => issue!.fingerprint)).toContain('v1:payment')
    })

    test('a digest that failed or was never settled is told again, with what came since', async () => {
      const one = { ...policy, perMinute: 1 }
      const storm = entries(3, (nth) => ({ fingerprint: `v1:${nth}`, occurredAt: NOON + nth }))
      await settle(
        (await store.write(aBatch({ occurrences: storm, policy: one }))).claims,
        'sent',
        NOON,
      )
      const first = await claims(NOON + MINUTE_MS)
      expect(describeClaims(first)).toEqual(['slack: digest 2 issues 2 occurrences'])
      expect(await claims(NOON + MINUTE_MS + SECOND_MS)).toEqual([])
      const late = anEntry({ fingerprint: 'v1:2' })
      const second = (
        await store.write(aBatch({ now: NOON + 2 * MINUTE_MS, occurrences: [late], policy: one }))
      ).claims
      expect(describeClaims(second)).toEqual(['slack: digest 2 issues 3 occurrences'])
      await settle(first, 'sent', NOON + 2 * MINUTE_MS)
      await settle(second, 'failed', NOON + 2 * MINUTE_MS)
      const third = await claims(NOON + 2 * MINUTE_MS)
      expect(describeClaims(third)).toEqual(describeClaims(second))
      await settle(third, 'sent', NOON + 2 * MINUTE_MS)
      expect(await claims(NOON + HOUR_MS)).toEqual([])
    })

    test.for([
      ['resolved', { state: 'resolved' }],
      ['ignored', { state: 'ignored' }],
      ['muted', { mutedUntil: NOON + 2 * HOUR_MS }],
    ] as const)('what waits for an issue that is %s meanwhile is not sent', async ([, change]) => {
      const storm = entries(2, () => ({ fingerprint: 'v1:a' }))
      const first = (await store.write(aBatch({ occurrences: storm, policy }))).claims
      await settle(first, 'failed', NOON)
      await store.setIssue('v1:a', change, { now: NOON + SECOND_MS })
      expect(await claims(NOON + HOUR_MS)).toEqual([])
      expect(await claims(NOON + 3 * HOUR_MS)).toEqual([])
    })

    test('a channel whose alerts keep failing does not hold up another', async () => {
      const every = { ...policy, every: true }
      await store.write(
        aBatch({ occurrences: entries(40), policy: every, channels: ['broken', 'slack'] }),
      )
      let now = NOON
      let sent = 0
      for (let nth = 0; nth < 4; nth++) {
        now += MINUTE_MS
        const all = await claims(now, ['broken', 'slack'])
        const slack = all.filter(({ channel }) => channel === 'slack')
        sent += slack.length
        await settle(slack, 'sent', now)
        await settle(
          all.filter(({ channel }) => channel === 'broken'),
          'failed',
          now,
        )
      }
      expect(sent).toBe(40)
    })
  })
}
