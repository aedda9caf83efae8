import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/core/options.ts'
import { slack } from '../../src/notify/slack.ts'
import { libsql } from '../../src/store/libsql.ts'
import { type SlackPost } from '../_slack-end.ts'
import { expectAccounts } from '../rig/checker.ts'
import { type Database, startDatabase } from '../rig/database.ts'
import { soak } from '../rig/scale.ts'
import { type SlackEnd, startSlack } from '../rig/slack.ts'
import { type Isolate, isolate, storm } from '../rig/storm.ts'

const SECOND = 1_000
const MINUTE = 60_000
const LONG = soak ? 30 * MINUTE : MINUTE
let database: Database
let end: SlackEnd

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  for (const table of ['occurrences', 'issues', 'tallies', 'alerts', 'channels'])
    await database.sql(`delete from klaxon_${table}`)
  await database.proxy.up()
  end = await startSlack()
  // The clock alone is ours: sockets and timers are real.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 21, 12) })
})
afterEach(async () => {
  vi.useRealTimers()
  await end.stop()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)

function isolates(count: number, options: KlaxonOptions = {}): Isolate[] {
  return Array.from({ length: count }, () =>
    isolate({
      store: libsql({ url: database.proxy.url }),
      notify: slack({ webhookUrl: end.webhookUrl }),
      ...options,
    }),
  )
}

async function fail(one: Isolate, path = '/broken'): Promise<void> {
  await one.fetch(new Request(`http://rig${path}`))
  await one.klaxon.flush()
  expectAccounts(one.klaxon)
}

const texts = () => end.taken.map(whole)
const whole = (post: SlackPost): string => JSON.stringify(post)

describe('many isolates', () => {
  test(
    'A1: the same error all the time from 20 isolates is one alert, then milestones, and the count is exact',
    async () => {
      const all = isolates(20)
      // 100,000 in the soak
      const each = soak ? 5_000 : 750
      await Promise.all(all.map((one) => send(one, 250)))
      await Promise.all(all.map(({ klaxon }) => klaxon.flush()))
      expect(end.taken).toHaveLength(1)
      later(5 * MINUTE)
      await Promise.all(all.map((one) => send(one, each - 250)))
      await Promise.all(all.map(({ klaxon }) => klaxon.flush()))
      expect(await database.counted()).toBe(20 * each)
      expect(await database.sql('select count(*) n from klaxon_issues')).toEqual([{ n: 1 }])
      // One for all the milestones passed within a cooldown.
      expect(end.taken).toHaveLength(2)
      for (const { klaxon } of all) {
        expectAccounts(klaxon)
        expect(klaxon.stats()).toMatchObject({ captured: each, stored: each })
      }
    },
    LONG,
  )

  test(
    'A2: 10,000 different errors in a minute are at most 10 alerts and one digest',
    async () => {
      const all = isolates(4)
      await Promise.all(
        all.map(async (each, at) => {
          for (let nth = 0; nth < 2_500; nth++) {
            await each.fetch(new Request(`http://rig/broken?kind=${letters(at * 2_500 + nth)}`))
            while (each.klaxon.stats().inFlight > 400)
              await new Promise((resolve) => setTimeout(resolve, 2))
          }
        }),
      )
      await Promise.all(all.map(({ klaxon }) => klaxon.flush()))
      expect(end.taken).toHaveLength(10)
      expect(await database.counted()).toBe(10_000)
      later(MINUTE)
      expect(await all[0]!.klaxon.maintain()).toMatchObject({ alerts: 1, failed: [] })
      later(MINUTE)
      expect(await all[1]!.klaxon.maintain()).toMatchObject({ alerts: 0, failed: [] })
      expect(end.taken).toHaveLength(11)
      expect(texts()[10]).toMatch(/more issues/)
    },
    LONG,
  )

  test('A3: after a 429 no isolate posts until Retry-After, then all that waits is sent', async () => {
    const [first, second, third] = isolates(3) as [Isolate, Isolate, Isolate]
    end.answer = () => ({ status: 429, headers: { 'retry-after': '30' } })
    await fail(first)
    expect(end.posts).toBe(1)
    end.answer = () => 'ok'
    later(29 * SECOND)
    await fail(first, '/broken?kind=a')
    await fail(second, '/broken?kind=b')
    await third.klaxon.maintain()
    expect(end.posts).toBe(1)
    later(2 * SECOND)
    await third.klaxon.maintain()
    expect(end.taken).toHaveLength(3)
  })

  test('A5: what a sender claimed and took to its grave is sent by another within a minute, once', async () => {
    const [dying] = isolates(1, {
      notify: { name: 'slack', send: () => new Promise(() => {}) },
      store: { ...libsql({ url: database.proxy.url }), settle: () => new Promise(() => {}) },
    }) as [Isolate]
    const [other] = isolates(1) as [Isolate]
    await dying.fetch(new Request('http://rig/broken'))
    await vi.waitFor(async () => expect(await database.ids()).toHaveLength(1))
    await other.klaxon.maintain()
    expect(end.taken).toHaveLength(0)
    later(MINUTE)
    await other.klaxon.maintain()
    await other.klaxon.maintain()
    expect(end.taken).toHaveLength(1)
  })

  test('A7: a resolved issue that comes back is one alert, from however many isolates', async () => {
    const all = isolates(8)
    await fail(all[0]!)
    const store = libsql({ url: database.url })
    const [{ fingerprint } = { fingerprint: '' }] = await store.issues()
    await store.setIssue(fingerprint, { state: 'resolved' }, Date.now())
    later(6 * MINUTE)
    await Promise.all(all.map((each) => fail(each)))
    expect(end.taken).toHaveLength(2)
    expect(texts()[1]).toMatch(/again|regression|back/i)
  })
})

describe('a channel that fails', () => {
  test('A4: with 500 keeps its alert pending, and storing goes on', async () => {
    const [one] = isolates(1) as [Isolate]
    end.answer = () => ({ status: 500 })
    await storm(one, { requests: 500 })
    await one.klaxon.flush()
    expect(one.klaxon.stats()).toMatchObject({ stored: 500, logged: 0 })
    // The channel rests after a failure, however many flushes there are.
    expect(end.posts).toBeLessThanOrEqual(2)
    end.answer = () => 'ok'
    later(MINUTE)
    expect((await one.klaxon.maintain())!.alerts).toBe(5)
    expect(end.taken).toHaveLength(5)
  })

  test.each([
    ['404 no_service', { status: 404, body: 'no_service' }],
    ['410 channel_is_archived', { status: 410, body: 'channel_is_archived' }],
  ])(
    'A4: with %s is left alone for an hour by all, and the log says so once',
    async (_name, answer) => {
      const [first, second] = isolates(2) as [Isolate, Isolate]
      end.answer = () => ({ status: 503 })
      await fail(first)
      end.answer = () => answer
      later(MINUTE)
      await fail(first, '/broken?kind=a')
      expect(end.posts).toBe(2)
      end.answer = () => 'ok'
      for (let nth = 0; nth < 5; nth++) {
        later(10 * MINUTE)
        await fail(first)
        await fail(second)
      }
      expect(end.posts).toBe(2)
      const told = [first, second]
        .flatMap(({ log }) => log.troubles())
        .filter(({ message }) => message.includes('for good'))
      expect(told).toHaveLength(1)
      later(10 * MINUTE + SECOND)
      await second.klaxon.maintain()
      expect(end.taken.length).toBeGreaterThanOrEqual(2)
    },
  )

  test('A4: that throws or fails never touches another', async () => {
    const broken = {
      name: 'broken',
      send() {
        throw new Error('no')
      },
    }
    const [one] = isolates(1, {
      notify: [broken as never, slack({ webhookUrl: end.webhookUrl })],
    }) as [Isolate]
    await fail(one)
    expect(end.taken).toHaveLength(1)
    expect(one.klaxon.stats().stored).toBe(1)
  })
})

describe('the database is away', () => {
  test('A6: alerts are sent, marked "not stored", once per issue and five minutes an isolate', async () => {
    await database.proxy.down()
    const [one] = isolates(1) as [Isolate]
    for (let nth = 0; nth < 4; nth++) {
      await storm(one, { requests: 50 })
      await one.klaxon.flush()
      later(74 * SECOND)
    }
    expectAccounts(one.klaxon)
    expect(end.taken).toHaveLength(5)
    for (const text of texts()) expect(text).toMatch(/not stored/)
    later(MINUTE)
    await storm(one, { requests: 50 })
    await one.klaxon.flush()
    expect(end.taken).toHaveLength(10)
    await database.proxy.up()
  })

  test('A6: not even `alerts: "every"` floods the channel then', async () => {
    await database.proxy.down()
    const [one] = isolates(1, { alerts: 'every' }) as [Isolate]
    await storm(one, { requests: 500 })
    await one.klaxon.flush()
    expect(end.taken).toHaveLength(5)
    await database.proxy.up()
  })
})

describe('a scanner', () => {
  test(
    'S7: random paths are at most 1,000 issues and one overflow issue',
    async () => {
      const { klaxon, log } = isolates(1)[0]!
      const paths = soak ? 1_000_000 : 10_000
      const answer = () => new Response('no', { status: 410 })
      const fetch = klaxon.wrap(answer) as unknown as (request: Request) => Response
      for (let nth = 0; nth < paths; nth++) {
        fetch(new Request(`http://rig/${letters(nth)}`))
        while (klaxon.stats().inFlight > 400) await new Promise((resolve) => setTimeout(resolve, 2))
      }
      await klaxon.flush()
      expectAccounts(klaxon)
      expect(log.records()).toEqual([])
      expect(await database.sql('select count(*) n from klaxon_issues')).toEqual([{ n: 1_001 }])
      expect(await database.counted()).toBe(paths)
      expect(end.taken.length).toBeLessThanOrEqual(10)
    },
    LONG,
  )

  test('S7: 404s that matched no route are one issue and one alert', async () => {
    const { klaxon } = isolates(1)[0]!
    const fetch = klaxon.wrap(() => new Response('no', { status: 404 })) as unknown as (
      request: Request,
    ) => Response
    for (let nth = 0; nth < 5_000; nth++) {
      fetch(new Request(`http://rig/${letters(nth)}`))
      while (klaxon.stats().inFlight > 400) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await klaxon.flush()
    expect(await database.sql('select count(*) n from klaxon_issues')).toEqual([{ n: 1 }])
    expect(end.taken).toHaveLength(1)
  })
})

async function send(one: Isolate, count: number): Promise<void> {
  for (let nth = 0; nth < count; nth++) {
    await one.fetch(new Request('http://rig/broken'))
    while (one.klaxon.stats().inFlight > 400) await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** A word of its own for every number: digits would be taken for an id. */
function letters(nth: number): string {
  return nth
    .toString()
    .padStart(7, '0')
    .replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)
}
