import { beforeEach, describe, expect, test } from 'vitest'
import type { Claim, Settlement, Store } from '../src/core/types.ts'
import {
  aBatch,
  anEntry,
  entries,
  HOUR,
  MINUTE,
  NOON,
  policy,
  SECOND,
  told,
} from './_store-fixtures.ts'

/** What becomes of a claim: sent, dropped, given back, or left by a sender that died. */
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
      all.map(({ id, channel }) => ({ id, channel, outcome, ...over })),
      now,
    )

  describe('leases', () => {
    test('what a sender claimed and never settled goes to another within a minute', async () => {
      const first = (await store.write(aBatch({ entries: [anEntry()] }))).claims
      expect(await claims(NOON + 30 * SECOND)).toEqual([])
      const second = await claims(NOON + MINUTE)
      expect(second).toEqual(first)
      expect(await claims(NOON + MINUTE + SECOND)).toEqual([])
      await settle(second, 'sent', NOON + MINUTE + SECOND)
      expect(await claims(NOON + HOUR)).toEqual([])
    })

    test('what is sent or dropped is never claimed again, and settling twice is harmless', async () => {
      const both = (
        await store.write(aBatch({ entries: [anEntry(), anEntry({ fingerprint: 'v1:b' })] }))
      ).claims
      for (const now of [NOON, NOON + SECOND]) {
        await settle(both.slice(0, 1), 'sent', now)
        await settle(both.slice(1), 'dropped', now)
      }
      await settle(both, 'failed', NOON + 2 * SECOND)
      expect(await claims(NOON + HOUR)).toEqual([])
    })

    test('what failed is claimed by the next write', async () => {
      const first = (await store.write(aBatch({ entries: [anEntry()] }))).claims
      await settle(first, 'failed', NOON + SECOND)
      expect(told(await claims(NOON + 2 * SECOND))).toEqual(['slack: new v1:a 1'])
    })

    test('a paused channel is left alone by all until its time, and nothing is lost', async () => {
      const channels = ['slack', 'mail']
      const first = (await store.write(aBatch({ entries: [anEntry()], channels }))).claims
      const slack = first.filter(({ channel }) => channel === 'slack')
      await settle(
        first.filter(({ channel }) => channel === 'mail'),
        'sent',
        NOON,
      )
      await settle(slack, 'failed', NOON, { pausedUntil: NOON + 10 * MINUTE })
      await settle(slack, 'failed', NOON, { pausedUntil: NOON + MINUTE })
      const during = await store.write(
        aBatch({ now: NOON + 5 * MINUTE, channels, entries: [anEntry({ fingerprint: 'v1:b' })] }),
      )
      expect(told(during.claims)).toEqual(['mail: new v1:b 1'])
      expect(await claims(NOON + 10 * MINUTE - 1)).toEqual([])
      expect(told(await claims(NOON + 10 * MINUTE))).toEqual([
        'slack: new v1:a 1',
        'slack: new v1:b 1',
      ])
    })

    test('what waited through a pause is never more than the budget, the rest is a digest', async () => {
      const pause = {
        id: 'none',
        channel: 'slack',
        outcome: 'failed',
        pausedUntil: NOON + HOUR,
      } as const
      await store.settle([pause], NOON)
      for (let nth = 0; nth < 30; nth++) {
        const now = NOON + nth * MINUTE
        await store.write(
          aBatch({ now, entries: [anEntry({ fingerprint: `v1:${nth}`, occurredAt: now })] }),
        )
      }
      const after = await claims(NOON + HOUR)
      expect(after.filter(({ digest }) => digest === null)).toHaveLength(10)
      expect(after.flatMap(({ digest }) => digest ?? [])).toEqual([
        { issues: 20, occurrences: 20, since: NOON + 10 * MINUTE },
      ])
    })

    test('a digest that failed or was never settled is told again, with what came since', async () => {
      const one = { ...policy, perMinute: 1 }
      const storm = entries(3, (nth) => ({ fingerprint: `v1:${nth}`, occurredAt: NOON + nth }))
      await settle(
        (await store.write(aBatch({ entries: storm, policy: one }))).claims,
        'sent',
        NOON,
      )
      const first = await claims(NOON + MINUTE)
      expect(told(first)).toEqual(['slack: digest 2 issues 2 occurrences'])
      expect(await claims(NOON + MINUTE + SECOND)).toEqual([])
      const late = anEntry({ fingerprint: 'v1:2' })
      const second = (
        await store.write(aBatch({ now: NOON + 2 * MINUTE, entries: [late], policy: one }))
      ).claims
      expect(told(second)).toEqual(['slack: digest 2 issues 3 occurrences'])
      await settle(first, 'sent', NOON + 2 * MINUTE)
      await settle(second, 'failed', NOON + 2 * MINUTE)
      const third = await claims(NOON + 2 * MINUTE)
      expect(told(third)).toEqual(told(second))
      await settle(third, 'sent', NOON + 2 * MINUTE)
      expect(await claims(NOON + HOUR)).toEqual([])
    })

    test.for([
      ['resolved', { state: 'resolved' }],
      ['ignored', { state: 'ignored' }],
      ['muted', { mutedUntil: NOON + 2 * HOUR }],
    ] as const)('what waits for an issue that is %s meanwhile is not sent', async ([, change]) => {
      const storm = entries(2, () => ({ fingerprint: 'v1:a' }))
      const first = (await store.write(aBatch({ entries: storm, policy }))).claims
      await settle(first, 'failed', NOON)
      await store.setIssue('v1:a', change, NOON + SECOND)
      expect(await claims(NOON + HOUR)).toEqual([])
      expect(await claims(NOON + 3 * HOUR)).toEqual([])
    })

    test('a channel whose alerts keep failing does not hold up another', async () => {
      const every = { ...policy, every: true }
      await store.write(
        aBatch({ entries: entries(40), policy: every, channels: ['broken', 'slack'] }),
      )
      let now = NOON
      let sent = 0
      for (let nth = 0; nth < 4; nth++) {
        now += MINUTE
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
