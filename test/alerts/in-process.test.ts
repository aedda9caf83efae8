import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Alert, Claim, SendResult, Settlement } from '../../src/core/types.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { createLocalAlerts } from '../../src/outbox/local.ts'
import { anEntry, entries } from '../_store-fixtures.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

function channel(name: string): {
  name: string
  sent: Alert[]
  send(alert: Alert): Promise<{ ok: true }>
} {
  const sent: Alert[] = []
  return {
    name,
    sent,
    async send(alert) {
      sent.push(alert)
      return { ok: true }
    },
  }
}

test('what a channel does not take costs it no budget, without a store as with one', async () => {
  const [pager, chat] = [channel('pager'), channel('chat')]
  const instance = createKlaxon({
    notify: [{ to: pager, when: (issue) => issue.status >= 500 }, chat],
    log: false,
  })
  const handler = instance.wrap((request: Request) => {
    const status = Number(new URL(request.url).searchParams.get('status'))
    return new Response(null, { status })
  })
  for (let status = 405; status < 435; status++) handler(new Request(`http://x/a?status=${status}`))
  handler(new Request('http://x/a?status=503'))
  await instance.flush()
  expect(chat.sent).toHaveLength(10)
  expect(pager.sent).toMatchObject([{ issue: { status: 503 } }])
})

test('an alert that could not be sent is sent with the next record, without a store', async () => {
  let now = 1_800_000_000_000
  vi.spyOn(Date, 'now').mockImplementation(() => now)
  const chat = channel('chat')
  let isUp = false
  const flaky = {
    name: 'flaky',
    sent: [] as Alert[],
    async send(alert: Alert): Promise<SendResult> {
      if (!isUp) return { ok: false, reason: 'HTTP 500' }
      this.sent.push(alert)
      return { ok: true }
    },
  }
  const instance = createKlaxon({ notify: [flaky, chat], log: false })
  const handler = instance.wrap(
    (request: Request) => new Response(null, { status: request.url ? 503 : 0 }),
  )
  const fail = async (): Promise<void> => {
    handler(new Request('http://x/a'))
    await instance.flush()
  }
  await fail()
  expect(chat.sent).toHaveLength(1)
  isUp = true
  // Past the rest of a channel that failed.
  now += 11_000
  await fail()
  expect(flaky.sent).toMatchObject([{ reason: 'new', issue: { status: 503, count: 1 } }])
  expect(chat.sent).toHaveLength(1)
  // Not a second time, and not after an hour.
  await fail()
  expect(flaky.sent).toHaveLength(1)
  isUp = false
  now += 5 * 60_000
  for (let nth = 0; nth < 10; nth++) await fail()
  isUp = true
  now += 61 * 60_000
  await fail()
  expect(flaky.sent).toHaveLength(1)
})

describe('alerts that could not be sent', () => {
  const policy = { every: false, cooldownMs: 300_000, milestones: [], perMinute: 10 }
  const open = () => createLocalAlerts(policy, [{ name: 'chat', takes: () => true }])
  const failed = (claims: readonly Claim[]): Settlement[] =>
    claims.map(({ id, channel }) => ({ id, channel, outcome: 'failed' }))
  const START = 1_800_000_000_000

  test('go out within the budget when the channel is back, and the rest by a digest', () => {
    const local = open()
    for (let minute = 0; minute < 15; minute++) {
      const now = START + minute * 60_000
      const some = entries(10, (nth) => ({ fingerprint: `v1:${minute}-${nth}`, occurredAt: now }))
      const claims = local.decide(some, now)
      local.settle(claims, failed(claims))
    }
    const back = local.decide([], START + 16 * 60_000)
    expect(back.filter(({ issue }) => issue !== null)).toHaveLength(10)
    expect(back.filter(({ issue }) => issue === null)).toMatchObject([
      { digest: { issues: 140, since: START + 60_000 } },
    ])
    expect(local.decide([], START + 18 * 60_000)).toEqual([])
  })

  test('are no news after an hour, however often they were tried', () => {
    const local = open()
    let claims = local.decide([anEntry({ occurredAt: START })], START)
    expect(claims).toHaveLength(1)
    for (let minute = 10; minute < 60; minute += 10) {
      local.settle(claims, failed(claims))
      claims = local.decide([], START + minute * 60_000)
      expect(claims).toHaveLength(1)
    }
    local.settle(claims, failed(claims))
    expect(local.decide([], START + 60 * 60_000)).toEqual([])
  })
})
