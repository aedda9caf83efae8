import { describe, expect, test } from 'vitest'
import { MILESTONES } from '../../src/model/limits.ts'
import {
  countIn,
  type IssueRecord,
  isAudible,
  isBelow,
  isClientCaused,
  clientCausedBudget,
  markAlerted,
  mayAlert,
  newIssue,
  toIssue,
} from '../../src/alerts/policy.ts'
import type { AlertPolicy, Claim, Settlement } from '../../src/model/alert.ts'
import type { Issue } from '../../src/model/issue.ts'
import type { QueuedOccurrence } from '../../src/model/occurrence.ts'
import { createLocalAlerts, unstoredPolicy } from '../../src/alerts/in-process.ts'
import {
  aMergedEntry,
  anEntry,
  anOccurrence,
  NOON,
  policy,
  SECOND_MS,
  describeClaims,
} from '../support/store-fixtures.ts'
import { HOUR_MS, MINUTE_MS } from '../../src/util/time-units.ts'

function issue(change: Partial<IssueRecord> = {}): IssueRecord {
  return { ...newIssue(anOccurrence(), NOON), ...change }
}

/** Counts `count` occurrences at `at`. */
function add(
  record: IssueRecord,
  count: number,
  { at = NOON, release = null as string | null, alertedAt = null as number | null } = {},
): IssueRecord {
  countIn(record, { count, seen: [{ at, release }], alertedAt, now: at }, policy)
  return record
}

const may = (
  change: Partial<IssueRecord>,
  { recent = 0, ...over }: Partial<AlertPolicy> & { recent?: number } = {},
): boolean =>
  mayAlert(issue(change), { policy: { ...policy, ...over }, now: NOON, recent: () => recent })

test('the milestones are the powers of ten up to a billion', () => {
  expect(MILESTONES).toEqual([10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9])
})

test('an issue is new until its first alert', () => {
  const record = issue()
  expect(record).toMatchObject({ count: 0, state: 'open', due: 'new', alertedAt: null })
  add(record, 12)
  expect(record).toMatchObject({ count: 12, due: 'new' })
  markAlerted(record, NOON)
  expect(record).toMatchObject({ due: null, alertedAt: NOON, alertedCount: 12 })
})

describe('counting', () => {
  test.each([
    [8, 1, null],
    [9, 1, 'milestone'],
    [9, 5, 'milestone'],
    [9, 0, null],
    [10, 1, null],
    [10, 89, null],
    [10, 90, 'milestone'],
    [5, 2_000, 'milestone'],
    [1_000, 5_000, null],
  ])('from %i by %i makes %s due', (count, added, due) => {
    expect(add(issue({ count, due: null }), added)).toMatchObject({ count: count + added, due })
  })

  test('leaves what is due already', () => {
    expect(add(issue({ count: 9, due: 'regression' }), 1).due).toBe('regression')
  })

  test.each([
    ['after it', NOON + 1, 'open', 'regression'],
    ['at the same time', NOON, 'open', 'regression'],
    ['before it', NOON - 1, 'resolved', null],
  ])('a resolved issue comes back by what happened %s', (_, at, becomes, due) => {
    const record = issue({ state: 'resolved', resolvedAt: NOON, due: null, count: 9 })
    expect(add(record, 1, { at })).toMatchObject({ state: becomes, due, count: 10 })
    expect(record.resolvedAt).toBe(becomes === 'open' ? null : NOON)
  })

  test('a resolved issue that does not know since when comes back', () => {
    const record = issue({ state: 'resolved', due: null })
    expect(add(record, 1, { at: 0 })).toMatchObject({ state: 'open', due: 'regression' })
  })

  test.each([
    ['one that was known then', '1.0', 'resolved', null],
    ['the other one', '0.9', 'resolved', null],
    ['any other', '1.1', 'open', 'regression'],
    ['none', null, 'open', 'regression'],
  ])('an issue resolved in the next release comes back by %s', (_, release, state, due) => {
    const record = issue({
      state: 'resolved',
      resolvedAt: NOON,
      resolvedIn: ['0.9', '1.0'],
      due: null,
    })
    expect(add(record, 1, { release })).toMatchObject({ state, due, count: 1 })
  })

  test('one of several occurrences is enough to bring an issue back', () => {
    const record = issue({ state: 'resolved', resolvedAt: NOON, resolvedIn: ['1.0'], due: null })
    const seen = ['1.0', '1.1'].map((release) => ({ at: NOON, release }))
    countIn(record, { count: 2, seen, alertedAt: null, now: NOON }, policy)
    expect(record).toMatchObject({ state: 'open', due: 'regression' })
  })

  test('an issue resolved at once comes back by any release', () => {
    const record = issue({ state: 'resolved', resolvedAt: NOON, due: null })
    expect(add(record, 1, { release: '1.0' })).toMatchObject({ state: 'open', due: 'regression' })
  })

  test.each([
    ['yesterday', NOON - 12 * HOUR_MS - 1, 'new'],
    ['at the start of the day', NOON - 12 * HOUR_MS, null],
    ['never', null, 'new'],
  ])('an overflow issue that alerted %s is due once a UTC day', (_, alertedAt, due) => {
    const record = issue({ fingerprint: 'v1:overflow:x', due: null, count: 9, alertedAt })
    expect(add(record, 1).due).toBe(due)
    expect(add(issue({ fingerprint: 'v1:x:v1:overflow:', due: null, count: 9 }), 1).due).toBe(
      'milestone',
    )
  })

  test('an ignored issue has no milestones and does not come back', () => {
    const record = issue({ state: 'ignored', due: null, count: 9, resolvedAt: 1 })
    expect(add(record, 1)).toMatchObject({ state: 'ignored', due: null, count: 10 })
  })

  test('an issue that is muted until a count is due when it gets there', () => {
    const record = issue({ due: null, count: 4, mutedUntilCount: 7 })
    expect(add(record, 2)).toMatchObject({ mutedUntilCount: 7, due: null })
    expect(add(record, 1)).toMatchObject({ mutedUntilCount: null, due: 'milestone' })
  })

  test('what an isolate has alerted by itself is not due again', () => {
    const record = add(issue(), 1, { alertedAt: NOON })
    expect(record).toMatchObject({ due: null, alertedAt: NOON, alertedCount: 1 })
    expect(add(record, 1, { alertedAt: NOON - 1 })).toMatchObject({ alertedAt: NOON })
  })
})

describe('an alert', () => {
  test.each<[string, Partial<IssueRecord>, boolean]>([
    ['due', {}, true],
    ['not due', { due: null }, false],
    ['of a resolved issue', { state: 'resolved' }, false],
    ['that tells of a resolved issue', { state: 'resolved', due: 'resolved' }, true],
    ['that tells of a resolved issue which is open again', { due: 'resolved' }, false],
    ['of an ignored issue', { state: 'ignored' }, false],
    ['of a muted issue', { mutedUntil: NOON + 1 }, false],
    ['of one that was muted until now', { mutedUntil: NOON }, true],
    ['of one that is muted until a count', { mutedUntilCount: 5 }, false],
    ['within 5 minutes of the last', { alertedAt: NOON - 5 * MINUTE_MS + 1 }, false],
    ['5 minutes after the last', { alertedAt: NOON - 5 * MINUTE_MS }, true],
  ])('%s', (_, change, expected) => {
    expect(may(change)).toBe(expected)
  })

  test.each<[Issue['kind'], number, boolean]>([
    ['status', 499, false],
    ['status', 500, true],
    ['thrown', 404, false],
    ['thrown', 302, true],
    ['browser', 0, true],
  ])('with minStatus 500, of kind %s and status %i: %s', (kind, status, expected) => {
    expect(may({ kind, status }, { minStatus: 500 })).toBe(expected)
  })

  test.each([
    [404, 9, false],
    [404, 10, true],
    [499, 9, false],
    [500, 1, true],
  ])(
    'with quiet, of status %i with %i occurrences within an hour: %s',
    (status, recent, expected) => {
      expect(may({ kind: 'status', status }, { quiet: true, recent })).toBe(expected)
    },
  )

  test.each<[Issue['kind'], number, boolean]>([
    ['status', 499, true],
    ['status', 500, false],
    ['thrown', 404, true],
    ['thrown', 302, false],
    ['browser', 0, true],
    ['missed', 500, false],
  ])('of kind %s and status %i is one that a client can make at will: %s', (kind, status, low) => {
    expect(isClientCaused(issue({ kind, status }))).toBe(low)
  })

  test.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 2],
    [10, 7],
    [Infinity, Infinity],
  ])('that a client can make at will has of %i a minute %i', (perMinute, share) => {
    expect(clientCausedBudget({ ...policy, perMinute })).toBe(share)
  })

  test.each<[string, Partial<IssueRecord>, boolean]>([
    ['below', { status: 499 }, true],
    ['not below', { status: 500 }, false],
    ['that is not due', { status: 499, due: null }, false],
    ['that tells of a resolved issue', { status: 499, due: 'resolved' }, false],
  ])('%s minStatus is given up for good: %s', (_, change, expected) => {
    const record = issue({ kind: 'status', ...change })
    expect(isBelow(record, { ...policy, minStatus: 500 })).toBe(expected)
    expect(isBelow(record, policy)).toBe(false)
  })

  test('that tells of a resolved issue starts no cooldown', () => {
    const record = issue({ due: 'resolved', count: 3, alertedAt: NOON })
    markAlerted(record, NOON + 1)
    expect(record).toMatchObject({ due: null, alertedAt: NOON, alertedCount: 3 })
  })

  test('is shown without its state, and with releases of its own', () => {
    const record = issue({ resolvedIn: ['1.0'] })
    const shown = toIssue(record)
    expect(Object.keys(shown)).not.toContain('due')
    expect(shown.resolvedIn).toEqual(['1.0'])
    expect(shown.resolvedIn).not.toBe(record.resolvedIn)
  })

  test('is listened to while open and not muted', () => {
    expect(isAudible(issue(), 0)).toBe(true)
    expect(isAudible(issue({ mutedUntil: 5 }), 4)).toBe(false)
    expect(isAudible(issue({ mutedUntil: 5 }), 5)).toBe(true)
    expect(isAudible(issue({ mutedUntilCount: 5 }), 5)).toBe(false)
    expect(isAudible(issue({ state: 'resolved' }), 5)).toBe(false)
  })
})

describe('without a store', () => {
  const all = { takes: (_issue: Issue) => true }
  const issueOf = (claim: Claim | undefined): Issue => claim!.issue!

  function local(change: Partial<AlertPolicy> = {}, channels = [{ key: 'slack', ...all }]) {
    const alerts = createLocalAlerts({ ...policy, ...change }, channels)
    return (entries: readonly QueuedOccurrence[], now: number) => {
      const claims = alerts.decide(entries, now)
      alerts.settle(
        claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'sent' })),
        now,
      )
      return claims
    }
  }

  function different(count: number, from = 0): QueuedOccurrence[] {
    return Array.from({ length: count }, (_, nth) => anEntry({ fingerprint: `v1:${from + nth}` }))
  }

  test('the policy is never one alert per occurrence, nor more often than every 5 minutes', () => {
    expect(
      unstoredPolicy({ every: true, cooldownMs: 0, milestones: [7], perMinute: Infinity }),
    ).toEqual({ every: false, cooldownMs: 300_000, milestones: [7], perMinute: 10 })
    expect(unstoredPolicy({ ...policy, cooldownMs: 300_001, perMinute: 9 })).toEqual({
      ...policy,
      cooldownMs: 300_001,
      perMinute: 9,
    })
  })

  test('a claim tells all of the issue', () => {
    const decide = local()
    const entry = anEntry({ release: '1', route: '/r' })
    const { occurrence: o } = entry
    const issue = {
      fingerprint: o.fingerprint,
      title: o.title,
      kind: o.kind,
      service: null,
      environment: null,
      status: o.status,
      method: o.method,
      route: '/r',
      firstSeen: NOON,
      lastSeen: NOON,
      count: 1,
      firstRelease: '1',
      lastRelease: '1',
      state: 'open',
      resolvedAt: null,
      mutedUntil: null,
      mutedUntilCount: null,
      resolvedIn: null,
      lastOccurrenceId: o.id,
    }
    const [claim] = decide([entry], NOON)
    expect(claim).toEqual({
      id: expect.any(String) as string,
      attempt: expect.any(String) as string,
      tries: 0,
      added: 1,
      newest: [],
      places: [],
      history: [],
      channel: 'slack',
      reason: 'new',
      issue,
      occurrence: o,
      digest: null,
    })
    const later = aMergedEntry(9, { release: '2', occurredAt: NOON + 6 * MINUTE_MS })
    const [second] = decide([later], NOON + 6 * MINUTE_MS)
    expect(second).toMatchObject({ reason: 'milestone', added: 9 })
    expect(issueOf(second)).toEqual({
      ...issue,
      count: 10,
      lastSeen: NOON + 6 * MINUTE_MS,
      lastRelease: '2',
      lastOccurrenceId: later.occurrence.id,
    })
    // Claims that were given out do not change.
    expect(issueOf(claim).count).toBe(1)
  })

  test('an issue alerts once, and again at its milestones', () => {
    const decide = local()
    expect(describeClaims(decide([anEntry(), anEntry()], NOON))).toEqual(['slack: new v1:a 2'])
    expect(decide([aMergedEntry(7)], NOON + MINUTE_MS)).toEqual([])
    expect(describeClaims(decide([anEntry()], NOON + 5 * MINUTE_MS))).toEqual([
      'slack: milestone v1:a 10',
    ])
    expect(decide([anEntry()], NOON + 20 * MINUTE_MS)).toEqual([])
  })

  test('with every, each entry alerts', () => {
    const decide = local({ every: true, perMinute: Infinity })
    expect(describeClaims(decide([anEntry(), anEntry()], NOON))).toEqual([
      'slack: every v1:a 2',
      'slack: every v1:a 2',
    ])
  })

  test('over the budget of a minute the rest is one digest, at the first chance after it', () => {
    const decide = local()
    expect(decide(different(12), NOON)).toHaveLength(10)
    expect(decide([aMergedEntry(5, { fingerprint: 'v1:x' })], NOON + MINUTE_MS - 1)).toEqual([])
    const claims = decide([], NOON + MINUTE_MS)
    expect(claims).toMatchObject([
      {
        channel: 'slack',
        reason: null,
        issue: null,
        occurrence: null,
        digest: { issues: 3, occurrences: 7, since: NOON },
      },
    ])
    expect(decide([], NOON + 2 * MINUTE_MS)).toEqual([])
    expect(describeClaims(decide(different(1, 100), NOON + 2 * MINUTE_MS))).toEqual([
      'slack: new v1:100 1',
    ])
  })

  test('a digest counts what an issue has grown by since its last alert', () => {
    const decide = local({ perMinute: 1, cooldownMs: 0 })
    expect(describeClaims(decide([aMergedEntry(9)], NOON))).toEqual(['slack: new v1:a 9'])
    expect(decide([aMergedEntry(3)], NOON + SECOND_MS)).toEqual([])
    expect(decide([aMergedEntry(90)], NOON + SECOND_MS)).toEqual([])
    expect(describeClaims(decide([], NOON + 2 * MINUTE_MS))).toEqual([
      'slack: digest 1 issues 93 occurrences',
    ])
  })

  test('a digest knows of the 1,000 issues that are remembered', () => {
    const decide = local({ perMinute: 0 })
    decide(different(1_100), NOON)
    expect(describeClaims(decide([], NOON + MINUTE_MS))).toEqual([
      'slack: digest 1000 issues 1000 occurrences',
    ])
  })

  test('with quiet, a status below 500 alerts at ten occurrences in its first hour', () => {
    const quiet = (): ReturnType<typeof local> => local({ quiet: true })
    const over = { kind: 'status', status: 404 } as const
    const decide = quiet()
    expect(decide([aMergedEntry(9, over)], NOON)).toEqual([])
    expect(describeClaims(decide([anEntry(over)], NOON + HOUR_MS))).toEqual(['slack: new v1:a 10'])
    const slow = quiet()
    expect(slow([aMergedEntry(9, over)], NOON)).toEqual([])
    expect(slow([anEntry(over)], NOON + HOUR_MS + 1)).toEqual([])
  })

  test('beyond 2,000 occurrences only the last of each issue is kept for its alert', () => {
    const alerts = createLocalAlerts(policy, [{ key: 'slack', ...all }])
    const [first, other] = [anEntry(), anEntry({ fingerprint: 'v1:b' })]
    /** The occurrences of the claims, none of which can be sent. */
    const shown = (queued: readonly QueuedOccurrence[]): unknown[] => {
      const claims = alerts.decide(queued, NOON)
      alerts.settle(
        claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'failed' })),
        NOON,
      )
      return claims.map(({ occurrence }) => occurrence)
    }
    const both = [first.occurrence, other.occurrence]
    shown([first, other])
    shown(Array.from({ length: 1_998 }, () => anEntry()))
    expect(shown([anEntry()])).toEqual(both)
    expect(shown([])).toEqual([null, other.occurrence])
  })

  test('channels have budgets of their own, and pay for nothing that they do not take', () => {
    const odd = {
      key: 'pager',
      takes: ({ fingerprint }: Issue) => Number(fingerprint.slice(3)) % 2 === 1,
    }
    const decide = local({ perMinute: 3 }, [{ key: 'slack', ...all }, odd])
    const claims = decide(different(7), NOON)
    expect(claims.map(({ channel, issue }) => `${channel} ${issue!.fingerprint}`)).toEqual([
      'slack v1:0',
      'slack v1:1',
      'slack v1:2',
      'pager v1:1',
      'pager v1:3',
      'pager v1:5',
    ])
    expect(describeClaims(decide([], NOON + MINUTE_MS))).toEqual([
      'slack: digest 4 issues 4 occurrences',
    ])
  })

  test('beyond 1,000 issues the one that was silent longest is forgotten', () => {
    const decide = local({ perMinute: Infinity })
    decide(different(1_000), NOON)
    // The silence is over.
    expect(decide(different(1), NOON + SECOND_MS)).toEqual([])
    expect(decide(different(1, 1_000), NOON + SECOND_MS)).toHaveLength(1)
    expect(decide(different(1), NOON + SECOND_MS)).toEqual([])
    expect(decide(different(1, 2), NOON + SECOND_MS)).toEqual([])
    expect(describeClaims(decide(different(1, 1), NOON + SECOND_MS))).toEqual(['slack: new v1:1 1'])
  })

  test('what could not be sent is given again by a later decision, without its time being over', () => {
    const alerts = createLocalAlerts({ ...policy, perMinute: Infinity }, [{ key: 'slack', ...all }])
    const settle = (claims: readonly Claim[], over: Partial<Settlement>, now: number): void =>
      alerts.settle(
        claims.map(({ id, attempt, channel }) => ({
          ...{ id, attempt, channel, outcome: 'failed' },
          ...over,
        })),
        now,
      )
    const claims = alerts.decide(different(3), NOON)
    settle(claims.slice(2), { outcome: 'sent' }, NOON)
    settle(claims.slice(0, 2), { retryMs: 10 * SECOND_MS, tries: 1 }, NOON)
    expect(alerts.decide([], NOON + 9 * SECOND_MS)).toEqual([])
    const second = alerts.decide([], NOON + 10 * SECOND_MS)
    expect(describeClaims(second)).toEqual(describeClaims(claims.slice(0, 2)))
    expect(second.map(({ tries }) => tries)).toEqual([1, 1])
    expect(alerts.decide([], NOON + 11 * SECOND_MS)).toEqual([])
    settle(second, { outcome: 'gave up' }, NOON + 12 * SECOND_MS)
    expect(alerts.decide([], NOON + HOUR_MS)).toEqual([])
  })

  test('occurrences of an issue that was alerted here are marked for the cooldown', () => {
    const alerts = createLocalAlerts(policy, [{ key: 'slack', ...all }])
    const [first, again, later] = [anEntry(), anEntry(), anEntry()]
    alerts.decide([first], NOON)
    alerts.mark([first, again], NOON + MINUTE_MS)
    alerts.mark([later], NOON + 5 * MINUTE_MS)
    const unknown = anEntry({ fingerprint: 'v1:unknown' })
    alerts.mark([unknown], NOON)
    expect(unknown.alerted).toBeUndefined()
    expect([first, again, later].map(({ alerted }) => alerted)).toEqual([true, true, undefined])
  })
})
