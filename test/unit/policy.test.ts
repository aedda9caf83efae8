import { describe, expect, test } from 'vitest'
import {
  type AlertState,
  countIn,
  listens,
  markAlerted,
  mayAlert,
  MILESTONES,
  newAlertState,
} from '../../src/core/policy.ts'
import type { AlertPolicy, Claim, Entry, Issue } from '../../src/core/types.ts'
import { createLocalAlerts, unstoredPolicy } from '../../src/outbox/local.ts'
import {
  aMergedEntry,
  anEntry,
  HOUR,
  MINUTE,
  NOON,
  policy,
  SECOND,
  told,
} from '../_store-fixtures.ts'

function state(change: Partial<AlertState> = {}): AlertState {
  return { ...newAlertState(), ...change }
}

test('the milestones are the powers of ten up to a billion', () => {
  expect(MILESTONES).toEqual([10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9])
})

test('an issue is new until its first alert', () => {
  const issue = newAlertState()
  expect(issue).toEqual({
    count: 0,
    state: 'open',
    resolvedAt: null,
    mutedUntil: null,
    due: 'new',
    alertedAt: null,
    alertedCount: 0,
  })
  countIn(issue, 12, NOON, policy)
  expect(issue).toMatchObject({ count: 12, due: 'new' })
  markAlerted(issue, NOON)
  expect(issue).toMatchObject({ due: null, alertedAt: NOON, alertedCount: 12 })
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
    const issue = state({ count, due: null })
    countIn(issue, added, NOON, policy)
    expect(issue).toMatchObject({ count: count + added, due })
  })

  test('leaves what is due already', () => {
    const issue = state({ count: 9, due: 'regression' })
    countIn(issue, 1, NOON, policy)
    expect(issue.due).toBe('regression')
  })

  test.each([
    ['after it', NOON + 1, 'open', 'regression'],
    ['at the same time', NOON, 'open', 'regression'],
    ['before it', NOON - 1, 'resolved', null],
  ])('a resolved issue comes back by what happened %s', (_, at, becomes, due) => {
    const issue = state({ state: 'resolved', resolvedAt: NOON, due: null, count: 9 })
    countIn(issue, 1, at, policy)
    expect(issue).toMatchObject({ state: becomes, due, count: 10 })
    expect(issue.resolvedAt).toBe(becomes === 'open' ? null : NOON)
  })

  test('a resolved issue that does not know since when comes back', () => {
    const issue = state({ state: 'resolved', due: null })
    countIn(issue, 1, 0, policy)
    expect(issue).toMatchObject({ state: 'open', due: 'regression' })
  })

  test('an ignored issue has no milestones and does not come back', () => {
    const issue = state({ state: 'ignored', due: null, count: 9, resolvedAt: 1 })
    countIn(issue, 1, NOON, policy)
    expect(issue).toMatchObject({ state: 'ignored', due: null, count: 10 })
  })
})

describe('an alert', () => {
  test.each<[string, Partial<AlertState>, boolean]>([
    ['due', {}, true],
    ['not due', { due: null }, false],
    ['of a resolved issue', { state: 'resolved' }, false],
    ['of an ignored issue', { state: 'ignored' }, false],
    ['of a muted issue', { mutedUntil: NOON + 1 }, false],
    ['of one that was muted until now', { mutedUntil: NOON }, true],
    ['within 5 minutes of the last', { alertedAt: NOON - 5 * MINUTE + 1 }, false],
    ['5 minutes after the last', { alertedAt: NOON - 5 * MINUTE }, true],
  ])('%s', (_, change, may) => {
    expect(mayAlert(state(change), NOON, policy)).toBe(may)
  })

  test('has no pause with every', () => {
    const every = { ...policy, every: true }
    expect(mayAlert(state({ alertedAt: NOON }), NOON, every)).toBe(true)
    expect(mayAlert(state({ alertedAt: NOON, due: null }), NOON, every)).toBe(false)
  })

  test('is listened to while open and not muted', () => {
    expect(listens(state(), 0)).toBe(true)
    expect(listens(state({ mutedUntil: 5 }), 4)).toBe(false)
    expect(listens(state({ mutedUntil: 5 }), 5)).toBe(true)
    expect(listens(state({ state: 'resolved' }), 5)).toBe(false)
  })
})

describe('without a store', () => {
  const all = { takes: (_issue: Issue) => true }
  const issueOf = (claim: Claim | undefined): Issue => claim!.issue!

  function local(change: Partial<AlertPolicy> = {}, channels = [{ name: 'slack', ...all }]) {
    const alerts = createLocalAlerts({ ...policy, ...change }, channels)
    return (entries: readonly Entry[], now: number) => alerts.decide(entries, now)
  }

  function different(count: number, from = 0): Entry[] {
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
      lastOccurrenceId: o.id,
    }
    const [claim] = decide([entry], NOON)
    expect(claim).toEqual({
      id: 'local-1',
      channel: 'slack',
      reason: 'new',
      issue,
      occurrence: o,
      digest: null,
    })
    const later = aMergedEntry(9, { release: '2', occurredAt: NOON + 6 * MINUTE })
    const [second] = decide([later], NOON + 6 * MINUTE)
    expect(second).toMatchObject({ id: 'local-2', reason: 'milestone' })
    expect(issueOf(second)).toEqual({
      ...issue,
      count: 10,
      lastSeen: NOON + 6 * MINUTE,
      lastRelease: '2',
      lastOccurrenceId: later.occurrence.id,
    })
    // What was handed out stays as it was.
    expect(issueOf(claim).count).toBe(1)
  })

  test('an issue alerts once, and again at its milestones', () => {
    const decide = local()
    expect(told(decide([anEntry(), anEntry()], NOON))).toEqual(['slack: new v1:a 1'])
    expect(decide([aMergedEntry(8)], NOON + MINUTE)).toEqual([])
    expect(told(decide([anEntry()], NOON + 5 * MINUTE))).toEqual(['slack: milestone v1:a 11'])
    expect(decide([anEntry()], NOON + 20 * MINUTE)).toEqual([])
  })

  test('with every, each entry alerts', () => {
    const decide = local({ every: true, perMinute: Infinity })
    expect(told(decide([anEntry(), anEntry()], NOON))).toEqual([
      'slack: every v1:a 1',
      'slack: every v1:a 2',
    ])
  })

  test('over the budget of a minute the rest is one digest, at the first chance after it', () => {
    const decide = local()
    expect(decide(different(12), NOON)).toHaveLength(10)
    expect(decide([aMergedEntry(5, { fingerprint: 'v1:x' })], NOON + MINUTE - 1)).toEqual([])
    const claims = decide([], NOON + MINUTE)
    expect(claims).toMatchObject([
      {
        channel: 'slack',
        reason: null,
        issue: null,
        occurrence: null,
        digest: { issues: 3, occurrences: 7, since: NOON },
      },
    ])
    expect(decide([], NOON + 2 * MINUTE)).toEqual([])
    expect(told(decide(different(1, 100), NOON + 2 * MINUTE))).toEqual(['slack: new v1:100 1'])
  })

  test('a digest counts what an issue has grown by since its last alert', () => {
    const decide = local({ perMinute: 1, cooldownMs: 0 })
    expect(told(decide([aMergedEntry(9)], NOON))).toEqual(['slack: new v1:a 9'])
    expect(decide([aMergedEntry(3)], NOON + SECOND)).toEqual([])
    expect(decide([aMergedEntry(90)], NOON + SECOND)).toEqual([])
    expect(told(decide([], NOON + 2 * MINUTE))).toEqual(['slack: digest 1 issues 93 occurrences'])
  })

  test('a digest knows of 1,000 issues at most, and of all occurrences', () => {
    const decide = local({ perMinute: 0 })
    decide(different(1_100), NOON)
    expect(told(decide([], NOON + MINUTE))).toEqual(['slack: digest 1000 issues 1100 occurrences'])
  })

  test('channels have budgets of their own, and pay for nothing that they do not take', () => {
    const odd = {
      name: 'pager',
      takes: ({ fingerprint }: Issue) => Number(fingerprint.slice(3)) % 2 === 1,
    }
    const decide = local({ perMinute: 3 }, [{ name: 'slack', ...all }, odd])
    const claims = decide(different(7), NOON)
    expect(claims.map(({ channel, issue }) => `${channel} ${issue!.fingerprint}`)).toEqual([
      'slack v1:0',
      'slack v1:1',
      'pager v1:1',
      'slack v1:2',
      'pager v1:3',
      'pager v1:5',
    ])
    expect(told(decide([], NOON + MINUTE))).toEqual(['slack: digest 4 issues 4 occurrences'])
  })

  test('beyond 1,000 issues the one that was silent longest is forgotten', () => {
    const decide = local({ perMinute: Infinity })
    decide(different(1_000), NOON)
    // Not silent any more.
    expect(decide(different(1), NOON + SECOND)).toEqual([])
    expect(decide(different(1, 1_000), NOON + SECOND)).toHaveLength(1)
    expect(decide(different(1), NOON + SECOND)).toEqual([])
    expect(decide(different(1, 2), NOON + SECOND)).toEqual([])
    expect(told(decide(different(1, 1), NOON + SECOND))).toEqual(['slack: new v1:1 1'])
  })

  test('what could not be sent is given again by the next decision, for a while and up to a number', () => {
    const alerts = createLocalAlerts({ ...policy, perMinute: Infinity }, [
      { name: 'slack', ...all },
    ])
    const decide = (now: number) => alerts.decide([], now)
    const settle: typeof alerts.settle = (...of) => alerts.settle(...of)
    const failed = (claims: readonly Claim[], outcome: 'failed' | 'sent' = 'failed') =>
      claims.map(({ id, channel }) => ({ id, channel, outcome }))
    const claims = alerts.decide(different(3), NOON)
    settle(claims, [...failed(claims.slice(0, 2)), ...failed(claims.slice(2), 'sent')])
    expect(decide(NOON + SECOND)).toEqual(claims.slice(0, 2))
    expect(decide(NOON + SECOND)).toEqual([])
    settle(claims, failed(claims))
    expect(decide(NOON + HOUR - 1)).toEqual(claims)
    settle(claims, failed(claims))
    expect(decide(NOON + HOUR)).toEqual([])
    const many = Array.from({ length: 100 + 1 }, (_, nth) => ({ ...claims[0]!, id: `${nth}` }))
    settle(many, failed(many))
    expect(decide(NOON)).toEqual(many.slice(0, 100))
  })
})
