import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Claim, Settlement } from '../../src/model/alert.ts'
import type { IssueState } from '../../src/model/issue.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import type { Store, WriteBatch } from '../../src/model/store.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { memory } from '../../src/store/memory/memory.ts'
import {
  aBatch,
  aMergedEntry,
  anEntry,
  NOON,
  policy,
  SECOND_MS,
} from '../support/store-fixtures.ts'
import { migratedSqld } from '../support/store-server.ts'
import { onCallersTime } from '../support/callers-time.ts'
import { emptied } from '../support/store-wipe.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

type Step =
  | { do: 'wait'; ms: number }
  | {
      do: 'write'
      entries: { issue: number; count: number; row: boolean; ago: number }[]
      channels: string[]
      every: boolean
    }
  | { do: 'resend'; nth: number }
  | { do: 'settle'; nth: number; outcome: Settlement['outcome']; pause: number | null }
  | { do: 'set'; issue: number; state: IssueState | null; mute: number | null }
  | { do: 'prune'; rows: number; ageMs: number }

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(1, SECOND_MS, 31 * SECOND_MS, 61 * SECOND_MS, 5 * MINUTE_MS, HOUR_MS),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('write' as const),
        entries: fc.array(
          fc.record({
            issue: fc.nat(5),
            count: fc.constantFrom(1, 1, 4, 40),
            row: fc.boolean(),
            ago: fc.constantFrom(0, 0, SECOND_MS, HOUR_MS),
          }),
          { maxLength: 6 },
        ),
        channels: fc.subarray(['slack', 'mail']),
        every: fc.integer({ max: 7, min: 0 }).map((n) => n === 0),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('resend' as const), nth: fc.nat() }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('settle' as const),
        nth: fc.nat(),
        outcome: fc.constantFrom(
          'sent' as const,
          'sent' as const,
          'failed' as const,
          'dropped' as const,
        ),
        pause: fc.option(fc.constantFrom(SECOND_MS, MINUTE_MS, HOUR_MS), { freq: 5 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('set' as const),
        issue: fc.nat(5),
        state: fc.option(fc.constantFrom('open' as const, 'resolved' as const, 'ignored' as const)),
        mute: fc.option(fc.constantFrom(0, MINUTE_MS, HOUR_MS)),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('prune' as const),
        rows: fc.nat(12),
        ageMs: fc.constantFrom(2 * HOUR_MS, 24 * HOUR_MS),
      }),
    },
  ),
  { maxLength: 40, size: 'max' },
)

/** A claim without its random id, with the parts that identify it. */
const keyOf = ({ channel, reason, issue, occurrence, digest }: Claim): string =>
  JSON.stringify([channel, reason, issue?.fingerprint, occurrence?.id, digest])

const tight = { ...policy, milestones: [5, 20, 100], perMinute: 2 }

/** Runs the same steps on both stores and compares all their results after each step. */
async function walk(model: Store, real: Store, plan: readonly Step[]): Promise<void> {
  let now = NOON
  const written: WriteBatch[] = []
  const open = new Map<string, [Claim, Claim]>()
  const times = new Set<number>()

  const uniqueTime = (at: number): number => {
    let time = at
    while (times.has(time)) time--
    times.add(time)
    return time
  }
  const queuedOf = ({
    issue,
    count,
    row,
    ago,
  }: Extract<Step, { do: 'write' }>['entries'][number]): QueuedOccurrence => {
    const occurrence = {
      fingerprint: `v1:${issue}`,
      occurredAt: uniqueTime(now - ago),
      release: `r${times.size}`,
    }
    return row ? anEntry(occurrence) : aMergedEntry(count, occurrence)
  }
  async function write(batch: WriteBatch): Promise<void> {
    const [expected, actual] = await Promise.all([model.write(batch), real.write(batch)])
    const sorted = (claims: Claim[]): Claim[] =>
      claims.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const [fromModel, fromReal] = [sorted(expected.claims), sorted(actual.claims)]
    const visible = (claim: Claim): unknown => ({ ...claim, id: null })
    expect(fromReal.map(visible)).toEqual(fromModel.map(visible))
    for (const [nth, claim] of fromModel.entries()) open.set(claim.id, [claim, fromReal[nth]!])
  }

  for (const step of plan) {
    switch (step.do) {
      case 'wait':
        now += step.ms
        break
      case 'write': {
        const batch = aBatch({
          now,
          occurrences: step.entries.map(queuedOf),
          channels: step.channels,
          policy: { ...tight, every: step.every },
        })
        written.push(batch)
        await write(batch)
        break
      }
      case 'resend': {
        const recent = written.filter((batch) => batch.now > now - 15 * MINUTE_MS)
        const batch = recent[step.nth % Math.max(1, recent.length)]
        if (batch) await write({ ...batch, attempt: aBatch().attempt, now })
        break
      }
      case 'settle': {
        const pair = [...open.values()][step.nth % Math.max(1, open.size)]
        if (!pair) break
        const pause = step.pause === null ? {} : { pauseMs: step.pause }
        const settlement = ({ id, attempt, channel }: Claim): Settlement => ({
          id,
          attempt,
          channel,
          outcome: step.outcome,
          ...pause,
        })
        await Promise.all([
          model.settle([settlement(pair[0])], now),
          real.settle([settlement(pair[1])], now),
        ])
        break
      }
      case 'set': {
        const change = {
          ...(step.state === null ? {} : { state: step.state }),
          ...(step.mute === null ? {} : { mutedUntil: step.mute === 0 ? null : now + step.mute }),
        }
        const fingerprint = `v1:${step.issue}`
        const found = await Promise.all(
          [model, real].map((store) => store.setIssue(fingerprint, change, { now: now })),
        )
        expect(found[1]).toBe(found[0])
        break
      }
      case 'prune': {
        const retention = {
          occurrences: step.rows,
          perIssue: 1,
          occurrencesMs: step.ageMs,
          issuesMs: 3 * step.ageMs,
        }
        const pruned = await Promise.all([model, real].map((store) => store.prune(retention, now)))
        expect(pruned[1]).toEqual(pruned[0])
        break
      }
    }
    expect(await real.issues()).toEqual(await model.issues())
    expect(await real.occurrences({ limit: 500 })).toEqual(await model.occurrences({ limit: 500 }))
  }
}

describe('memory() and the database, given the same random steps, do the same', () => {
  const agree = async (real: Store, numRuns: number): Promise<void> =>
    fc.assert(
      fc.asyncProperty(steps, async (plan) =>
        walk(memory(), await emptied(onCallersTime(real)), plan),
      ),
      { numRuns },
    )

  test('in this process', { timeout: 60_000 }, async () => {
    const real = libsql({ url: ':memory:' })
    await migrate(real)
    await agree(real, 100)
  })

  describe('on a server', () => {
    const server = migratedSqld()
    test('over HTTP', { timeout: 60_000 }, () => agree(libsql({ url: server.url }), 10))
  })
})
