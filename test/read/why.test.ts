import { describe, expect, it } from 'vitest'
import type { AlertFacts } from '../../src/read/why.ts'
import { whyAlerted } from '../../src/read/why.ts'
import { NOON } from '../support/store-fixtures.ts'
import { DAY_MS, MINUTE_MS } from '../../src/util/time-units.ts'

const issue = {
  fingerprint: 'v1:a',
  title: 'Error: out of cheese',
  kind: 'thrown',
  service: null,
  environment: 'production',
  status: 500,
  method: 'GET',
  route: null,
  firstSeen: NOON - DAY_MS,
  lastSeen: NOON,
  count: 640,
  firstRelease: null,
  lastRelease: null,
  state: 'open',
  resolvedAt: null,
  mutedUntil: null,
  mutedUntilCount: null,
  resolvedIn: null,
  lastOccurrenceId: null,
} as const

const slack = {
  key: 'slack:0123456789abcdef',
  name: 'slack',
  service: '',
  environment: 'production',
  usedAt: NOON,
  pausedUntil: 0,
  permanent: false,
  reason: null,
}

const sent = {
  id: '1',
  fingerprint: 'v1:a',
  at: NOON - 3 * MINUTE_MS,
  what: 'sent',
  channel: slack.key,
  who: null,
  data: { reason: 'milestone', alert: 'milestone', digest: false },
}

const facts: AlertFacts = {
  issue,
  due: null,
  alertedAt: NOON - 3 * MINUTE_MS,
  channels: [slack],
  waiting: [],
  events: [sent],
  policy: null,
  now: NOON,
}

const untold = { events: [], alertedAt: null }
const minStatus = { ...untold, policy: { minStatus: 500 } }
const quiet = { ...untold, policy: { minStatus: 0, quiet: true } }

const say = (over: Partial<AlertFacts>): string =>
  whyAlerted({ ...facts, ...over })
    .map(({ sentence }) => sentence)
    .join(' | ')

describe('why an issue alerted or not', () => {
  it.each<[string, Partial<AlertFacts>, string]>([
    [
      'what was sent, and the next milestone',
      {},
      'Told at 11:57 (milestone). Next at 1,000, now 640.',
    ],
    [
      'the cooldown',
      { due: 'milestone' },
      'Told at 11:57 (milestone). Due (milestone), cooling down until 12:02.',
    ],
    [
      'that the next write sends it',
      { due: 'new', alertedAt: null, events: [] },
      'Not told yet. Due (new): the next write or `maintain` sends it.',
    ],
    [
      'a pause and its reason',
      { channels: [{ ...slack, pausedUntil: NOON + 9 * MINUTE_MS, reason: 'answered 429' }] },
      'Told at 11:57 (milestone). Paused until 12:09 (answered 429).',
    ],
    [
      'a channel that is disabled',
      { events: [], channels: [{ ...slack, pausedUntil: NOON + 60 * MINUTE_MS, permanent: true }] },
      'Not told yet. Disabled until 13:00.',
    ],
    [
      'a digest',
      { events: [{ ...sent, data: { digest: true } }] },
      'Told in the 11:57 digest. Next at 1,000, now 640.',
    ],
    [
      'what failed',
      {
        events: [{ ...sent, what: 'failed', data: { reason: 'answered 500' } }],
        waiting: [{ channel: slack.key, tries: 2, digest: false, createdAt: NOON }],
      },
      'Failed at 11:57: answered 500. Waiting after 2 of 5 tries.',
    ],
    [
      'what waits for a digest',
      { events: [], waiting: [{ channel: slack.key, tries: 0, digest: true, createdAt: NOON }] },
      'Not told yet. Waits for the next digest: over the alerts a minute.',
    ],
    [
      'a mute for a time',
      { events: [], issue: { ...issue, mutedUntil: NOON + DAY_MS } },
      'Not told yet. Silent: muted until 2026-11-22 12:00.',
    ],
    [
      'a mute until a count',
      { events: [], issue: { ...issue, mutedUntilCount: 700 } },
      'Not told yet. Silent: muted until 700 occurrences, now 640.',
    ],
    [
      'an ignored issue',
      { events: [], issue: { ...issue, state: 'ignored' } },
      'Not told yet. Silent: the issue is ignored.',
    ],
    [
      'a resolved issue',
      { events: [], issue: { ...issue, state: 'resolved' } },
      'Not told yet. Next when it comes back: the issue is resolved.',
    ],
    [
      'an alert for every occurrence',
      { policy: { every: true } },
      'Told at 11:57 (milestone). Next with the next occurrence.',
    ],
    [
      'milestones of its own',
      { policy: { milestones: [10, 700] } },
      'Told at 11:57 (milestone). Next at 700, now 640.',
    ],
    [
      'that the status is below the first one that alerts',
      { issue: { ...issue, kind: 'status', status: 404 }, due: 'new', ...minStatus },
      'Not told yet. Silent: alerts begin at status 500.',
    ],
    [
      'the same where nothing is due',
      { issue: { ...issue, kind: 'status', status: 404, count: 3 }, ...minStatus },
      'Not told yet. Silent: alerts begin at status 500.',
    ],
    [
      'the same of a resolved issue, whose return does not alert',
      { issue: { ...issue, kind: 'status', status: 404, state: 'resolved' }, ...minStatus },
      'Not told yet. Silent: alerts begin at status 500.',
    ],
    [
      'nothing of it for a throw that was answered below 400',
      { issue: { ...issue, status: 302 }, due: 'new', ...minStatus },
      'Not told yet. Due (new): the next write or `maintain` sends it.',
    ],
    [
      'what a quiet channel waits for',
      { issue: { ...issue, kind: 'status', status: 404, count: 3 }, due: 'new', ...quiet },
      'Not told yet. Due (new): waits for 10 within an hour (quiet).',
    ],
    [
      'the same after the first alert',
      { issue: { ...issue, kind: 'status', status: 404 }, ...quiet },
      'Not told yet. Next at 1,000, now 640: waits for 10 within an hour (quiet).',
    ],
    [
      'the cooldown of a quiet channel',
      { due: 'milestone', issue: { ...issue, kind: 'status', status: 404 }, policy: quiet.policy },
      'Told at 11:57 (milestone). Due (milestone), cooling down until 12:02, then waits for 10 within an hour (quiet).',
    ],
    [
      'nothing of it for a 5xx',
      { due: 'new', ...quiet },
      'Not told yet. Due (new): the next write or `maintain` sends it.',
    ],
    [
      'channels of other environments',
      { channels: [{ ...slack, environment: 'staging' }] },
      'No channel has asked for alerts of this service yet.',
    ],
  ])('says %s', (_what, over, sentence) => {
    expect(say(over)).toBe(sentence)
  })
})
