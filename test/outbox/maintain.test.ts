import { expect, test, vi } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'

test('maintain() sends a backlog that is longer than one claim', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const store = memory()
    const sent: string[] = []
    let answer: { ok: true } | { ok: false; reason: string } = { ok: false, reason: 'down' }
    const notify = {
      name: 'channel',
      async send(alert: { kind: string }) {
        if (answer.ok) sent.push(alert.kind)
        return answer
      },
    }
    const instance = createKlaxon({ store, notify, log: false, alerts: { perMinute: 1_000 } })
    const fail = instance.wrap((request: Request) => new Response(request.url, { status: 500 }))
    for (let i = 0; i < 30; i++)
      fail(new Request(`http://x/${'abcdefghij'[i % 10]}${'klm'[i % 3]}`))
    await instance.flush()
    expect(sent).toEqual([])
    answer = { ok: true }
    vi.setSystemTime(Date.now() + 60_000)
    const report = await instance.maintain()
    expect(report!.alerts).toBe(30)
    expect(sent).toHaveLength(30)
    expect(await instance.maintain()).toMatchObject({ alerts: 0, failed: [] })
  } finally {
    vi.useRealTimers()
  }
})
