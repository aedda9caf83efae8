import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { aBatch, anEntry, entries, describeClaims } from '../support/store-fixtures.ts'
import { emptied } from '../support/store-wipe.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

const store = libsql({ url: ':memory:' })
beforeAll(() => migrate(store))
beforeEach(() => emptied(store))

const now = (): number => Date.now()

describe("the database's clock decides, whatever the caller's says", () => {
  test.for([
    ['a day behind', -DAY_MS],
    ['a day ahead', DAY_MS],
    ['in 1970', -Date.now()],
  ] as const)('on cooldowns, leases and budgets: %s', async ([, off]) => {
    const first = await store.write(
      aBatch({ now: now(), occurrences: [anEntry({ occurredAt: now() })] }),
    )
    expect(describeClaims(first.claims)).toEqual(['slack: new v1:a 1'])
    const again = entries(30, () => ({ occurredAt: now() }))
    const second = await store.write(aBatch({ now: now() + off, occurrences: again }))
    expect(second.claims).toEqual([])
  })

  test('on pauses: the length counts', async () => {
    const { claims } = await store.write(
      aBatch({ now: now(), occurrences: [anEntry({ occurredAt: now() })] }),
    )
    const { id, attempt, channel } = claims[0]!
    const settled = { id, attempt, channel, outcome: 'failed', pauseMs: HOUR_MS } as const
    await store.settle([settled], now() + 30 * DAY_MS)
    expect((await store.write(aBatch({ now: now() + 2 * HOUR_MS }))).claims).toEqual([])
  })

  test('on retention: a caller a year ahead deletes nothing', async () => {
    await store.write(
      aBatch({ now: now(), occurrences: entries(20, () => ({ occurredAt: now() })) }),
    )
    const retention = { occurrencesMs: 30 * DAY_MS, occurrences: 10_000, issuesMs: 90 * DAY_MS }
    expect(await store.prune(retention, now() + 365 * DAY_MS)).toMatchObject({
      occurrences: 0,
      issues: 0,
    })
  })

  test('on resolving and muting: a caller a year ahead hides no occurrence', async () => {
    await store.write(
      aBatch({ now: now(), occurrences: [anEntry({ occurredAt: now() })], channels: [] }),
    )
    const ahead = now() + 365 * DAY_MS
    await store.setIssue('v1:a', { state: 'resolved', mutedUntil: ahead + HOUR_MS }, { now: ahead })
    const [issue] = await store.issues()
    expect(issue!.resolvedAt).toBeLessThan(now() + MINUTE_MS)
    expect(issue!.mutedUntil).toBeLessThan(now() + HOUR_MS + MINUTE_MS)
  })

  test('on the time of an occurrence that is far ahead, which is noted', async () => {
    const ahead = now() + 3 * HOUR_MS
    const entry = anEntry({ occurredAt: ahead, extra: { order: 7 } })
    const little = anEntry({ occurredAt: now() + MINUTE_MS })
    await store.write(aBatch({ now: ahead, occurrences: [entry, little] }))
    const [row] = await store.occurrences({ id: entry.occurrence.id })
    expect(row!.occurredAt).toBeLessThan(now() + MINUTE_MS)
    expect(row!.extra).toMatchObject({ order: 7, clockAheadMs: ahead - row!.occurredAt })
    const [kept] = await store.occurrences({ id: little.occurrence.id })
    expect(kept).toEqual(little.occurrence)
    expect((await store.issues())[0]!.lastSeen).toBe(little.occurrence.occurredAt)
  })
})
