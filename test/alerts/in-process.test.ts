import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Alert, Claim, Settlement } from '../../src/model/alert.ts'
import type { SendResult } from '../../src/model/channel.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { createLocalAlerts } from '../../src/alerts/in-process.ts'
import { anEntry, entries } from '../support/store-fixtures.ts'

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
  // Statuses below 500 leave a third of the ten.
  expect(chat.sent).toHaveLength(7)
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
  // After the pause of a channel that failed.
  now += 11_000
  await fail()
  expect(flaky.sent).toMatchObject([{ reason: 'new', issue: { status: 503, count: 2 } }])
  expect(chat.sent).toHaveLength(1)
  // It is not given a second time.
  await fail()
  expect(flaky.sent).toHaveLength(1)
})

test('an endless cooldown marks only what has alerted', () => {
  const policy = { every: false, cooldownMs: Infinity, milestones: [], perMinute: 10 }
  const local = createLocalAlerts(policy, [{ key: 'chat', takes: () => true }])
  const [first, second] = [anEntry(), anEntry()]
  local.mark([first], 1_800_000_000_000)
  expect(first.alerted).toBeUndefined()
  local.decide([first], 1_800_000_000_000)
  local.mark([second], 1_800_000_100_000)
  expect(second.alerted).toBe(true)
})

describe('alerts that could not be sent', () => {
  const policy = { every: false, cooldownMs: 300_000, milestones: [], perMinute: 10 }
  const open = () => createLocalAlerts(policy, [{ key: 'chat', takes: () => true }])
  const failed = (claims: readonly Claim[]): Settlement[] =>
    claims.map(({ id, attempt, channel }) => ({ id, attempt, channel, outcome: 'failed' }))
  const START = 1_800_000_000_000

  test('go out within the budget when the channel is back, and the rest by a digest', () => {
    const local = open()
    for (let minute = 0; minute < 15; minute++) {
      const now = START + minute * 60_000
      const some = entries(10, (nth) => ({ fingerprint: `v1:${minute}-${nth}`, occurredAt: now }))
      const claims = local.decide(some, now)
      local.settle(failed(claims), now)
    }
    const back = local.decide([], START + 16 * 60_000)
    expect(back.filter(({ issue }) => issue !== null)).toHaveLength(10)
    expect(back.filter(({ issue }) => issue === null)).toMatchObject([
      { digest: { issues: 140, since: START + 60_000 } },
    ])
    local.settle(
      failed(back).map((one) => ({ ...one, outcome: 'sent' })),
      START + 16 * 60_000,
    )
    expect(local.decide([], START + 18 * 60_000)).toEqual([])
  })

  test('are told by a digest after 24 hours', () => {
    const local = open()
    const claims = local.decide([anEntry({ occurredAt: START })], START)
    local.settle(failed(claims), START)
    const later = local.decide([], START + 24 * 3_600_000 + 1)
    expect(later).toMatchObject([{ issue: null, digest: { issues: 1, since: START } }])
  })
})
