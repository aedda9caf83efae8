import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { slack } from '../../src/notify/slack/slack.ts'
import { libsql } from '../../src/store/libsql/libsql.ts'
import { type SlackPost } from '../support/slack-server.ts'
import { onCallersTime } from '../support/callers-time.ts'
import { expectAccounts } from '../support/rig/checker.ts'
import { type Database, startDatabase } from '../support/rig/database.ts'
import { fastClock } from '../support/rig/fast-clock.ts'
import { soak } from '../support/rig/scale.ts'
import { type SlackEnd, startSlack } from '../support/rig/slack.ts'
import { type Isolate, isolate, storm } from '../support/rig/storm.ts'
import { MINUTE_MS } from '../../src/util/time-units.ts'
import { SECOND_MS } from '../support/store-fixtures.ts'

const LONG = soak ? 30 * MINUTE_MS : MINUTE_MS
let database: Database
let end: SlackEnd

beforeAll(async () => {
  database = await startDatabase()
})
afterAll(() => database.stop())
beforeEach(async () => {
  for (const table of ['occurrences', 'issues', 'counted_ids', 'alerts', 'channels'])
    await database.sql(`delete from klaxon_${table}`)
  await database.proxy.up()
  end = await startSlack()
  // Only the clock is fake. Sockets and timers are real.
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

/**
 * Lets every isolate work and write, five at a time. On a slow machine twenty would wait longer for
 * the server than a try may take.
 */
async function everyOne(all: Isolate[], work: (one: Isolate) => Promise<unknown>): Promise<void> {
  const width = soak ? all.length : 5
  for (let at = 0; at < all.length; at += width)
    await Promise.all(
      all.slice(at, at + width).map(async (one) => {
        await work(one)
        await one.klaxon.flush()
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
    'the same error from 20 isolates is one alert, then milestones, with an exact count',
    async () => {
      const all = isolates(20)
      // The soak test has 100,000.
      const each = soak ? 5_000 : 750
      await everyOne(all, (one) => send(one, 250))
      expect(end.taken).toHaveLength(1)
      later(5 * MINUTE_MS)
      await everyOne(all, (one) => send(one, each - 250))
      expect(await database.counted()).toBe(20 * each)
      expect(await database.sql('select count(*) n from klaxon_issues')).toEqual([{ n: 1 }])
      // One alert for all milestones passed within a cooldown.
      expect(end.taken).toHaveLength(2)
      for (const { klaxon } of all) {
        expectAccounts(klaxon)
        expect(klaxon.stats()).toMatchObject({ captured: each, stored: each })
      }
    },
    LONG,
  )

  test(
    '10,000 different errors in a minute are at most 10 alerts and one digest',
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
      later(MINUTE_MS)
      expect(await all[0]!.klaxon.maintain()).toMatchObject({ alerts: 1, failed: [] })
      later(MINUTE_MS)
      expect(await all[1]!.klaxon.maintain()).toMatchObject({ alerts: 0, failed: [] })
      expect(end.taken).toHaveLength(11)
      expect(texts()[10]).toMatch(/more issues/)
    },
    LONG,
  )

  test('after a 429 no isolate sends until Retry-After is over, then all waiting alerts go out', async () => {
    const [first, second, third] = isolates(3) as [Isolate, Isolate, Isolate]
    end.answer = () => ({ status: 429, headers: { 'retry-after': '30' } })
    await fail(first)
    expect(end.posts).toBe(1)
    end.answer = () => 'ok'
    later(29 * SECOND_MS)
    await fail(first, '/broken?kind=a')
    await fail(second, '/broken?kind=b')
    await third.klaxon.maintain()
    expect(end.posts).toBe(1)
    later(2 * SECOND_MS)
    await third.klaxon.maintain()
    expect(end.taken).toHaveLength(3)
  })

  test('an alert that a dead sender had claimed is sent by another within a minute, once', async () => {
    const [dying] = isolates(1, {
      // The same channel as that of the other: the same name and address.
      notify: { name: 'slack', address: end.webhookUrl, send: () => new Promise(() => {}) },
      store: { ...libsql({ url: database.proxy.url }), settle: () => new Promise(() => {}) },
    }) as [Isolate]
    const [other] = isolates(1) as [Isolate]
    await dying.fetch(new Request('http://rig/broken'))
    await vi.waitFor(async () => expect(await database.ids()).toHaveLength(1))
    await other.klaxon.maintain()
    expect(end.taken).toHaveLength(0)
    later(MINUTE_MS)
    await other.klaxon.maintain()
    await other.klaxon.maintain()
    expect(end.taken).toHaveLength(1)
  })

  test('a resolved issue that comes back in many isolates is one alert', async () => {
    const all = isolates(8)
    await fail(all[0]!)
    const store = onCallersTime(libsql({ url: database.url }))
    const [{ fingerprint } = { fingerprint: '' }] = await store.issues()
    await store.setIssue(fingerprint, { state: 'resolved' }, { now: Date.now() })
    later(6 * MINUTE_MS)
    await Promise.all(all.map((each) => fail(each)))
    expect(end.taken).toHaveLength(2)
    expect(texts()[1]).toMatch(/again|regression|back/i)
  })
})

describe('a channel that fails', () => {
  test('answers 500: its alert stays pending, and occurrences are stored', async () => {
    const [one] = isolates(1) as [Isolate]
    end.answer = () => ({ status: 500 })
    await storm(one, { requests: 500 })
    await one.klaxon.flush()
    expect(one.klaxon.stats()).toMatchObject({ stored: 500, logged: 0 })
    // Each alert waits after a failure, however many flushes there are.
    expect(end.posts).toBeLessThanOrEqual(5)
    end.answer = () => 'ok'
    later(MINUTE_MS)
    expect((await one.klaxon.maintain())!.alerts).toBe(5)
    expect(end.taken).toHaveLength(5)
  })

  test.each([
    ['404 no_service', { status: 404, body: 'no_service' }],
    ['410 channel_is_archived', { status: 410, body: 'channel_is_archived' }],
  ])(
    'answers %s: no isolate sends to it for an hour, and the log says so once',
    async (_name, answer) => {
      const [first, second] = isolates(2) as [Isolate, Isolate]
      end.answer = () => ({ status: 503 })
      await fail(first)
      end.answer = () => answer
      later(MINUTE_MS)
      await fail(first, '/broken?kind=a')
      expect(end.posts).toBe(2)
      end.answer = () => 'ok'
      for (let nth = 0; nth < 5; nth++) {
        later(10 * MINUTE_MS)
        await fail(first)
        await fail(second)
      }
      expect(end.posts).toBe(2)
      const warnings = [first, second]
        .flatMap(({ log }) => log.warnings())
        .filter(({ message }) => message.includes('for good'))
      expect(warnings).toHaveLength(1)
      later(10 * MINUTE_MS + SECOND_MS)
      await second.klaxon.maintain()
      expect(end.taken.length).toBeGreaterThanOrEqual(2)
    },
  )

  test('throws or fails: the other channels still get their alerts', async () => {
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
  test('alerts are sent with the mark "not stored", once per issue, isolate and five minutes', async () => {
    await database.proxy.down()
    const [one] = isolates(1) as [Isolate]
    for (let nth = 0; nth < 4; nth++) {
      await storm(one, { requests: 50 })
      await fastClock(() => one.klaxon.flush())
      later(40 * SECOND_MS)
    }
    expectAccounts(one.klaxon)
    expect(end.taken).toHaveLength(5)
    for (const text of texts()) expect(text).toMatch(/not stored/)
    // Less, and the time of the flushes would decide whether five minutes are over.
    later(5 * MINUTE_MS)
    await storm(one, { requests: 350 })
    await fastClock(() => one.klaxon.flush())
    expect(end.taken).toHaveLength(10)
    await database.proxy.up()
  })

  test('`alerts: "every"` does not flood the channel', async () => {
    await database.proxy.down()
    const [one] = isolates(1, { alerts: 'every' }) as [Isolate]
    await storm(one, { requests: 400 })
    await fastClock(() => one.klaxon.flush())
    expect(end.taken).toHaveLength(5)
    await database.proxy.up()
  })
})

describe('a scanner', () => {
  test(
    'random paths without a route are at most 100 issues and one overflow issue',
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
      expect(await database.sql('select count(*) n from klaxon_issues')).toEqual([{ n: 101 }])
      expect(await database.counted()).toBe(paths)
      expect(end.taken.length).toBeLessThanOrEqual(10)
    },
    LONG,
  )

  test('404s without a route are one issue and one alert', async () => {
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

/** A different word for every number, because digits would be taken for an id. */
function letters(nth: number): string {
  return nth
    .toString()
    .padStart(7, '0')
    .replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!)
}
