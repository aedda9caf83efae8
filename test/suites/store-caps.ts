import { beforeEach, describe, expect, test } from 'vitest'
import type { Issue } from '../../src/model/issue.ts'
import type { Occurrence, QueuedOccurrence } from '../../src/model/occurrence.ts'
import type { Store } from '../../src/model/store.ts'
import { aBatch, anEntry, entries, NOON, describeClaims } from '../support/store-fixtures.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

/** Tests the limits of new issues per day, one for each group that a client can choose. */
export function capping(open: () => Promise<Store>): void {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })

  const write = async (
    occurrences: QueuedOccurrence[],
    { now = NOON, channels = [] as string[] } = {},
  ): Promise<string[]> => {
    const sent: string[] = []
    for (let at = 0; at < occurrences.length; at += 100) {
      const batch = aBatch({ now, channels, occurrences: occurrences.slice(at, at + 100) })
      const { claims } = await store.write(batch)
      sent.push(...describeClaims(claims))
      await store.settle(
        claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'sent' })),
        now,
      )
    }
    return sent
  }
  const flood = (count: number, name: string, over: Partial<Occurrence> = {}): QueuedOccurrence[] =>
    entries(count, (nth) => ({ fingerprint: `v1:${name}${nth}`, title: `${name} ${nth}`, ...over }))
  const all = (): Promise<Issue[]> => store.issues({ limit: 5_000 })
  const overflows = async (): Promise<Issue[]> =>
    (await all()).filter(({ fingerprint }) => fingerprint.startsWith('v1:overflow'))
  const named = async (name: string): Promise<Issue[]> =>
    (await all()).filter(({ fingerprint }) => fingerprint.startsWith(`v1:${name}`))

  describe('the caps on new issues of a day', () => {
    test('let 100 through for one route, and count the rest in its overflow issue', async () => {
      const scan = flood(150, 'a', { route: '/users/:id' })
      await write(scan)
      await write(flood(150, 'b', { route: '/orders/:id' }))
      expect(await named('a')).toHaveLength(100)
      expect(await named('b')).toHaveLength(100)
      expect((await overflows()).map(({ title, count }) => `${count} ${title}`).toSorted()).toEqual(
        [
          '50 More than 100 new issues today at /orders/:id',
          '50 More than 100 new issues today at /users/:id',
        ],
      )
    })

    test('take occurrences without a route together, whatever the path', async () => {
      await write(flood(150, 'a', { status: 422, kind: 'status' }))
      expect(await named('a')).toHaveLength(100)
      expect(await overflows()).toMatchObject([{ count: 50, status: 422 }])
    })

    test.each([400, 401, 403])(
      'let 20 paths a status through that answer %i and have no route, then say what helps',
      async (status) => {
        const scan = { status, kind: 'status' } as const
        await write(flood(19, 'a', { ...scan, method: 'GET' }))
        await write(flood(60, 'b', { ...scan, method: 'POST' }))
        await write(flood(30, 'other', { status: 402, kind: 'status' }))
        await write(flood(30, 'thrown', { status, kind: 'thrown' }))
        await write(flood(30, 'routed', { ...scan, route: '/login' }))
        expect(await named('a')).toHaveLength(19)
        expect(await named('b')).toHaveLength(1)
        for (const name of ['other', 'thrown', 'routed']) expect(await named(name)).toHaveLength(30)
        const title = `More than 20 new issues today with status ${status} without a route: set the option route`
        expect(await overflows()).toMatchObject([{ count: 59, status, title, route: null }])
      },
    )

    test('each of these statuses has 20 paths of its own, and a new day has 20 more', async () => {
      for (const status of [400, 401, 403])
        await write(flood(30, `s${status}-`, { status, kind: 'status' }))
      expect(await named('s')).toHaveLength(60)
      const later = { status: 401, kind: 'status', occurredAt: NOON + DAY_MS } as const
      await write(flood(30, 'later', later), { now: NOON + DAY_MS })
      expect(await named('later')).toHaveLength(20)
    })

    test('let 300 through for statuses below 500, and 1,000 for everything else', async () => {
      const low = Array.from({ length: 5 }, (_, at) =>
        flood(90, `low${at}-`, { route: `/low/${at}`, status: 404, kind: 'status' }),
      )
      const high = Array.from({ length: 12 }, (_, at) =>
        flood(90, `high${at}-`, { route: `/high/${at}` }),
      )
      await write([...low, ...high].flat())
      expect(await named('low')).toHaveLength(300)
      expect(await named('high')).toHaveLength(1_000)
      expect((await overflows()).map(({ title, count }) => `${count} ${title}`).toSorted()).toEqual(
        [
          '150 More than 300 new issues today with statuses below 500',
          '80 More than 1000 new issues today of throws and 5xx',
        ],
      )
    })

    test('let 100 through that browsers report, and take nothing from the server', async () => {
      const routes = (name: string, over: Partial<Occurrence>) =>
        Array.from({ length: 3 }, (_, at) =>
          flood(60, `${name}${at}-`, { route: `/${at}`, ...over }),
        )
      await write(routes('browser', { kind: 'browser', status: 0, service: '/browser' }).flat())
      await write(routes('server', {}).flat())
      expect(await named('browser')).toHaveLength(100)
      expect(await named('server')).toHaveLength(180)
    })

    test('are of one service and environment', async () => {
      await write(flood(150, 'a', { service: 'shop' }))
      await write(flood(150, 'b', { service: 'shop', environment: 'staging' }))
      await write(flood(150, 'c', { service: 'mail' }))
      expect(await named('a')).toHaveLength(100)
      expect(await named('b')).toHaveLength(100)
      expect(await named('c')).toHaveLength(100)
    })

    test('a client that uses up its caps keeps no throw from being told', async () => {
      const scan = flood(400, 'scan', { kind: 'status', status: 401 })
      await write(scan, { channels: ['slack'] })
      const later = NOON + 2 * MINUTE_MS
      const payment = anEntry({ fingerprint: 'v1:payment', occurredAt: later })
      expect(await write([payment], { now: later, channels: ['slack'] })).toContain(
        'slack: new v1:payment 1',
      )
    })

    test('known issues still count as themselves, and a resent batch stays where it was counted', async () => {
      const scan = flood(150, 'a')
      await write(scan)
      await write([anEntry({ fingerprint: 'v1:a7' })])
      await write(scan.slice(100), { now: NOON + DAY_MS })
      expect(await overflows()).toMatchObject([{ count: 50 }])
      expect((await all()).reduce((sum, { count }) => sum + count, 0)).toBe(151)
      const [overflow] = await overflows()
      const rows = await store.occurrences({ fingerprint: overflow!.fingerprint, limit: 500 })
      expect(rows).toHaveLength(50)
    })

    test('the next day has a new allowance', async () => {
      await write(flood(150, 'a'))
      await write(flood(100, 'b', { occurredAt: NOON + DAY_MS }), { now: NOON + DAY_MS })
      expect(await named('b')).toHaveLength(100)
      await write(flood(10, 'c', { occurredAt: NOON + DAY_MS }), { now: NOON + DAY_MS })
      expect(await named('c')).toHaveLength(0)
      expect(await overflows()).toMatchObject([{ count: 60 }])
    })

    test('an overflow issue alerts once a day, with the newest titles', async () => {
      const sent: string[] = []
      for (const day of [0, 1, 2]) {
        for (const hour of [0, 5, 9]) {
          const now = NOON + day * DAY_MS + hour * HOUR_MS
          const scan = flood(110, `d${day}h${hour}-`, { occurredAt: now })
          await write(scan.slice(0, 100), { now })
          const batch = aBatch({ now, occurrences: scan.slice(100) })
          const { claims } = await store.write(batch)
          for (const claim of claims) {
            if (claim.issue?.fingerprint.startsWith('v1:overflow') !== true) continue
            sent.push(`${day} ${hour} ${claim.reason}`)
            expect(claim.newest).toHaveLength(5)
            expect(claim.newest.every((title) => title.startsWith(`d${day}`))).toBe(true)
          }
          await store.settle(
            claims.map(({ id, attempt, channel }) => ({
              id,
              attempt,
              channel,
              outcome: 'dropped',
            })),
            now,
          )
        }
      }
      expect(sent).toEqual(['0 0 new', '1 0 new', '2 0 new'])
    })
  })
}
