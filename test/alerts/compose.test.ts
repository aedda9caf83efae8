import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { composeAlert } from '../../src/alerts/compose.ts'
import { newIssue, toIssue } from '../../src/alerts/policy.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import type { Claim, EarlierEvent, IssueAlert, Place } from '../../src/model/alert.ts'
import type { Channel } from '../../src/model/channel.ts'
import { createReader } from '../../src/read/reader.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { anOccurrence, NOON } from '../support/store-fixtures.ts'
import { HOUR_MS } from '../../src/util/time-units.ts'

function composed(over: Partial<Claim>): IssueAlert {
  const occurrence = anOccurrence({ release: 'r7' })
  const issue = { ...toIssue(newIssue(occurrence, NOON)), count: 1 }
  const details = { newest: [], places: [], history: [], digest: null }
  const claim = { reason: 'new', issue, occurrence, added: 1, ...details, ...over } as const
  return composeAlert(claim, { stored: true, timeZone: 'UTC' }) as IssueAlert
}

const event = (over: Partial<EarlierEvent>): EarlierEvent => ({
  ...{ at: NOON, what: 'sent', channel: null, who: null, reason: null },
  ...over,
})

test('a new issue is new in its release', () => {
  expect(composed({}).changed).toBe('new in r7')
  const occurrence = anOccurrence()
  expect(composed({ occurrence, issue: toIssue(newIssue(occurrence, NOON)) }).changed).toBeNull()
})

test('places are named by method and route, and a path without a route by its form', () => {
  const places: Place[] = [
    { method: 'GET', route: '/users/:name', path: null },
    { method: 'GET', route: null, path: '/orders/8812' },
    { method: 'GET', route: null, path: '/orders/8813' },
    { method: 'POST', route: null, path: '/orders' },
  ]
  expect(composed({ places }).places).toEqual([
    'GET /users/:name',
    'GET /orders/:id',
    'POST /orders',
  ])
})

test('an event is a place by its own subject, and without one by its method', () => {
  const place = (method: string, path: string): Place => ({ method, route: null, path })
  const places = [
    place('SCHEDULED', '*/5 3 * * 1-5'),
    place('QUEUE', 'orders-2024'),
    place('JOB', 'nightly-import-7'),
    place('WORKFLOW', 'Checkout2024V2'),
    place('REPORT', ''),
    place('GET', '/orders/8812'),
  ]
  expect(composed({ places }).places).toEqual([
    'SCHEDULED */5 3 * * 1-5',
    'QUEUE orders-2024',
    'JOB nightly-import-7',
    'WORKFLOW Checkout2024V2',
    'REPORT',
    'GET /orders/:id',
  ])
})

test.each([
  ['ada', 'ada'],
  ['ada@example.com', 'ada'],
  ['Ada Lovelace <ada.l+x@mail.example.com>', 'Ada Lovelace <ada.l+x>'],
  ['claude for ada@example.com', 'claude for ada'],
  ['<@U0123ABCD>', 'U0123ABCD in Slack'],
  [null, null],
])('%s who acted is %s in the history', (who, said) => {
  const history = [event({ what: 'resolved', who })]
  expect(composed({ history }).history).toEqual([event({ what: 'resolved', who: said })])
})

test('one place alone is not named, also when its paths differ by an id', () => {
  const place = (path: string): Place => ({ method: 'GET', route: null, path })
  expect(composed({ places: [place('/a')] }).places).toEqual([])
  expect(composed({ places: [place('/a/11'), place('/a/12')] }).places).toEqual([])
  expect(composed({ places: [place('/a/11'), place('/b/12')] }).places).toHaveLength(2)
})

test('the history has the last event of each channel and action, and no channel’s address', () => {
  const history = [
    event({ at: NOON - 1, what: 'resolved', who: 'ada' }),
    event({ at: NOON - 2, channel: 'slack:0123456789abcdef', reason: 'milestone' }),
    event({ at: NOON - 3, what: 'resolved', who: 'bob' }),
    event({ at: NOON - 4, channel: 'slack:fedcba9876543210', reason: 'new' }),
    event({ at: NOON - 5, channel: 'pagerduty', reason: 'new' }),
  ]
  expect(composed({ history }).history).toEqual([
    event({ at: NOON - 1, what: 'resolved', who: 'ada' }),
    event({ at: NOON - 2, channel: 'slack', reason: 'milestone' }),
    event({ at: NOON - 5, channel: 'pagerduty', reason: 'new' }),
  ])
})

describe('with memory()', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('the alert of an issue that came back names its places, who was told and who resolved it', async () => {
    const sent: IssueAlert[] = []
    const notify: Channel = {
      name: 'chat',
      address: 'https://chat.example/secret-token',
      async send(alert) {
        sent.push(alert as IssueAlert)
        return { ok: true }
      },
    }
    const store = memory()
    const { actions } = createReader(store)
    const klaxon = createKlaxon({ store, notify })
    const fail = async (path: string): Promise<void> => {
      const request = new Request(`https://example.com${path}`)
      klaxon.report(new Error('out of cheese'), { request })
      await klaxon.flush()
    }
    await fail('/a')
    const later = (hours: number): number => {
      vi.setSystemTime(NOON + hours * HOUR_MS)
      return Date.now()
    }
    const commentedAt = later(1)
    const { fingerprint } = sent[0]!.issue
    await actions.comment(fingerprint, 'looking', { who: 'bob' })
    const resolvedAt = later(2)
    await actions.resolve(fingerprint, { who: 'ada' })
    later(3)
    await fail('/b')
    expect(sent).toMatchObject([
      { reason: 'new', places: [], history: [] },
      {
        reason: 'regression',
        places: [expect.stringMatching(/ \/b$/), expect.stringMatching(/ \/a$/)],
      },
    ])
    expect(sent[1]!.history).toEqual([
      event({ at: resolvedAt, what: 'resolved', who: 'ada' }),
      event({ at: commentedAt, what: 'comment', who: 'bob' }),
      event({ at: NOON, channel: 'chat', reason: 'new' }),
    ])
  })
})
