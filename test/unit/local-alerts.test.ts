import { afterEach, expect, test, vi } from 'vitest'
import type { Alert, SendResult } from '../../src/core/types.ts'
import { createKlaxon } from '../../src/klaxon.ts'

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
