import { expect, test } from 'vitest'
import type { Alert } from '../../src/core/types.ts'
import { createKlaxon } from '../../src/klaxon.ts'

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
