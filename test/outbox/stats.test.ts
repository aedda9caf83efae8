import { expect, test } from 'vitest'
import type { Account } from '../../src/model/store.ts'
import { createCounters, createStats, type Sink } from '../../src/outbox/stats.ts'
import { seeded } from '../support/rig/seeded.ts'

/** Counters, and the end of occurrences of a batch that was reported. */
function counting() {
  const counters = createCounters(createStats())
  const end = (sink: Sink, count: number): void => {
    counters.ofReportEnded(count)
    counters.ended(sink, count)
  }
  /** The sum of the accounts that one write sends. */
  const accounts = (count: number) => {
    const all = [counters.correction(), counters.report(count)]
    const sum = { captured: 0, stored: 0, fallback: 0, logged: 0, dropped: 0 }
    for (const account of all) for (const name of NAMES) sum[name] += account?.[name] ?? 0
    return sum
  }
  return { ...counters, end, accounts }
}

test('each of two reports on their way counts its own batch as stored', () => {
  const counters = counting()
  expect([counters.report(100), counters.report(30)]).toMatchObject([
    { captured: 100, stored: 100 },
    { captured: 30, stored: 30 },
  ])
  counters.end('stored', 100)
  counters.end('stored', 30)
  expect(counters.correction()).toBeNull()
  expect(counters.report(5)).toEqual({ captured: 5, stored: 5, fallback: 0, logged: 0, dropped: 0 })
})

test('one that is taken back leaves the other as it is, and its batch to the next', () => {
  const counters = counting()
  counters.report(100)
  const lost = counters.report(30)
  counters.takeBack(lost, 30)
  counters.ended('logged', 30)
  counters.end('stored', 100)
  expect(counters.accounts(5)).toEqual({
    captured: 35,
    stored: 5,
    fallback: 0,
    logged: 30,
    dropped: 0,
  })
})

test('occurrences of a reported batch that end in the log are corrected by the next report', () => {
  const counters = counting()
  counters.report(100)
  counters.end('logged', 1)
  expect(counters.accounts(10)).toMatchObject({ captured: 10, stored: 9, logged: 1 })
  counters.end('stored', 99)
  // Of a batch that is taken back some have ended before.
  const lost = counters.report(20)
  counters.end('logged', 5)
  counters.takeBack(lost, 15)
  counters.ended('fallback', 15)
  counters.end('stored', 10)
  expect(counters.accounts(0)).toEqual({
    captured: 20,
    stored: 0,
    fallback: 15,
    logged: 5,
    dropped: 0,
  })
})

test('after any order of reports, ends and lost replies, the reports add up to the stats', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = seeded(seed)
    const next = (limit: number): number => Math.floor(random() * limit)
    const stats = createStats()
    const counters = createCounters(stats)
    const sums = { captured: 0, stored: 0, fallback: 0, logged: 0, dropped: 0 }
    const count = (account: Omit<Account, 'id'> | null, sign = 1): void => {
      for (const name of NAMES) sums[name] += sign * (account?.[name] ?? 0)
    }
    const onTheirWay: { report: Omit<Account, 'id'>; open: number }[] = []
    const begin = (open: number): void => {
      count(counters.correction())
      const report = counters.report(open)
      count(report)
      onTheirWay.push({ report, open })
    }
    const end = (sink: Sink, count: number): void => {
      counters.ofReportEnded(count)
      counters.ended(sink, count)
    }
    for (let step = 0; step < 40; step++) {
      const batch = onTheirWay[next(onTheirWay.length)]
      const what = next(9)
      if (batch === undefined || what < 3) begin(next(100))
      else if (what < 5 && batch.open > 0) {
        // The store refuses one occurrence of it.
        end('logged', 1)
        batch.open--
      } else {
        onTheirWay.splice(onTheirWay.indexOf(batch), 1)
        if (next(3) > 0) end('stored', batch.open)
        else {
          // The store did not take the batch.
          count(batch.report, -1)
          counters.takeBack(batch.report, batch.open)
          counters.ended(next(2) === 0 ? 'fallback' : 'logged', batch.open)
        }
      }
    }
    for (const { open } of onTheirWay.splice(0)) end('stored', open)
    begin(0)
    const { stored, fallback, logged } = stats
    expect(sums, `seed ${seed}`).toEqual({
      ...{ stored, fallback, logged, dropped: 0 },
      captured: stored + fallback + logged,
    })
  }
})

const NAMES = ['captured', 'stored', 'fallback', 'logged', 'dropped'] as const
