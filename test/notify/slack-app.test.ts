import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Alert } from '../../src/model/alert.ts'
import type { ChannelThreads } from '../../src/model/channel.ts'
import type { SlackMessage } from '../../src/notify/slack/_payload.ts'
import { createThreads } from '../../src/notify/slack/_threads.ts'
import { slack } from '../../src/notify/slack/slack.ts'
import { threadsOf } from '../../src/alerts/_threads.ts'
import { libsql, migrate } from '../../src/store/libsql/libsql.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { aDigest, anAlert, anIssue, aThrow } from '../support/notifier-fixtures.ts'
import { startVendor, type Answer } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const token = 'xoxb-0123456789-abcdef'
const posted = (ts = '1.000100') => ({
  status: 200,
  body: JSON.stringify({ ok: true, channel: 'C123', ts }),
})
const refusal = (error: string) => ({ status: 200, body: JSON.stringify({ ok: false, error }) })

notifierSuite('slack app', {
  make: (options) => slack({ token, channel: '#alerts', buttons: true, ...options }),
  accepted: posted(),
  refusals: [
    'invalid_auth',
    'channel_not_found',
    'is_archived',
    'missing_scope',
    'posting_to_general_channel_denied',
    'restricted_action_thread_only_channel',
    'two_factor_setup_required',
    'enterprise_is_restricted',
  ].map(refusal),
  limited: {
    answer: { ...refusal('ratelimited'), status: 429, headers: { 'retry-after': '30' } },
    retryAfterMs: 30_000,
  },
  expectInert(payload) {
    for (const { type, ...block } of (payload as SlackMessage).blocks ?? []) {
      if (type === 'actions') continue
      const text = JSON.stringify(block)
      expect(
        text.replace(
          /<https:\/\/errors\.example\.com\/[^<>|]*\|Open (?:in the dashboard|the trace)>/g,
          '',
        ),
      ).not.toMatch(/[<>]|@everyone/)
    }
  },
  expectWithinLimits(payload, message) {
    const { blocks = [] } = payload as SlackMessage
    expect(message.url).toBe('/api/chat.postMessage')
    expect(message.headers['authorization']).toBe(`Bearer ${token}`)
    expect(blocks.length).toBeLessThanOrEqual(50)
    expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(12_500)
  },
})

/**
 * Sends alerts one after another. Returns the method and a part of the body of each request to
 * Slack.
 */
async function conversation(alerts: Alert[], answers: Answer[], timeoutMs = 3_000) {
  const vendor = await startVendor()
  vendor.answers(...answers)
  const notifier = slack({ token, channel: '#alerts', timeoutMs })
  const results = []
  for (const alert of alerts) results.push(await notifier.send(alert, vendor.context))
  await vendor.close()
  const calls = vendor.received.map(({ url, body }) => {
    const { channel, ts, thread_ts, reply_broadcast } = JSON.parse(body) as Record<string, unknown>
    return { method: url.replace('/api/chat.', ''), channel, ts, thread_ts, reply_broadcast }
  })
  return { results, calls, received: vendor.received }
}

/** The threads of a store, in memory. These tests are about the requests. */
function keptThreads(): { threads: ChannelThreads; values: Map<string, string> } {
  const values = new Map<string, string>()
  const threads: ChannelThreads = {
    get: async (fingerprint) => values.get(fingerprint),
    set: async (fingerprint, value) => void values.set(fingerprint, value),
  }
  return { threads, values }
}

/** Resolves an issue on a channel that has sent nothing yet. */
async function resolved(answers: Answer[], threads?: ChannelThreads) {
  const vendor = await startVendor()
  vendor.answers(...answers)
  const context = threads === undefined ? vendor.context : { ...vendor.context, threads }
  const alert = anAlert({}, { reason: 'resolved' })
  const result = await slack({ token, channel: '#alerts' }).resolve!(alert, context)
  await vendor.close()
  return { result, received: vendor.received }
}

describe('a thread', () => {
  afterEach(() => {
    vi.useRealTimers()
  })
  const first = { method: 'postMessage', channel: '#alerts' }

  test('hangs on the first message, which is updated', async () => {
    const issue = anIssue({ count: 10 })
    const { results, calls } = await conversation(
      [
        anAlert(),
        anAlert({}, { reason: 'milestone', issue }),
        anAlert({}, { reason: 'regression' }),
      ],
      [posted()],
    )
    expect(results).toEqual([{ ok: true }, { ok: true }, { ok: true }])
    const reply = { method: 'postMessage', channel: 'C123', thread_ts: '1.000100' }
    const update = { method: 'update', channel: 'C123', ts: '1.000100' }
    expect(calls).toEqual([
      first,
      { ...reply, reply_broadcast: false },
      update,
      { ...reply, reply_broadcast: true },
      update,
    ])
  })

  test('begins anew when its message is gone', async () => {
    const { calls } = await conversation(
      [anAlert(), anAlert({}, { reason: 'milestone' }), anAlert({}, { reason: 'milestone' })],
      [posted(), refusal('thread_not_found'), posted('2.0'), posted('3.0')],
    )
    expect(calls.map(({ method, thread_ts, ts }) => [method, thread_ts ?? ts])).toEqual([
      ['postMessage', undefined],
      ['postMessage', '1.000100'],
      ['postMessage', undefined],
      ['postMessage', '2.0'],
      ['update', '2.0'],
    ])
  })

  test('is told that its issue is resolved, in whatever isolate', async () => {
    const { threads, values } = keptThreads()
    values.set(anIssue().fingerprint, 'C123 1.000100')
    const { result, received } = await resolved([posted('2.0')], threads)
    expect(result).toEqual({ ok: true })
    expect(received).toHaveLength(1)
    expect(received[0]!.url).toBe('/api/chat.postMessage')
    expect(JSON.parse(received[0]!.body)).toMatchObject({
      channel: 'C123',
      thread_ts: '1.000100',
      reply_broadcast: false,
      text: '✅ Resolved: GET /x 404',
    })
  })

  test('that is gone or never was is told nothing of the end', async () => {
    expect(await resolved([posted()])).toEqual({ result: { ok: true }, received: [] })
    const { threads, values } = keptThreads()
    values.set(anIssue().fingerprint, 'C123 1.000100')
    for (const code of [
      'thread_not_found',
      'is_archived',
      'channel_not_found',
      'restricted_action_thread_locked',
    ]) {
      const { result, received } = await resolved([refusal(code)], threads)
      expect([result, received.length]).toEqual([{ ok: true }, 1])
    }
  })

  test('is told of the end later where Slack is away or has no time', async () => {
    const { threads, values } = keptThreads()
    values.set(anIssue().fingerprint, 'C123 1.000100')
    expect((await resolved([{ status: 503 }], threads)).result).toMatchObject({ ok: false })
    const limited = { ...refusal('ratelimited'), status: 429, headers: { 'retry-after': '30' } }
    expect((await resolved([limited], threads)).result).toMatchObject({ retryAfterMs: 30_000 })
  })

  test('is not kept for digests and tests', async () => {
    const test = anAlert({}, { reason: 'test' })
    const { calls } = await conversation([aDigest(), aDigest(), test, test], [posted()])
    expect(calls).toEqual([first, first, first, first])
  })

  test('whose first message cannot be updated is no failure', async () => {
    const { results } = await conversation(
      [anAlert(), anAlert({}, { reason: 'milestone' })],
      [posted(), posted('2.0'), refusal('edit_window_closed')],
    )
    expect(results).toEqual([{ ok: true }, { ok: true }])
  })

  test('whose first message takes long to update is no failure either', async () => {
    const { results } = await conversation(
      [anAlert(), anAlert({}, { reason: 'milestone' })],
      [posted(), posted('2.0'), { ...posted(), hang: 'silent' }],
      1_000,
    )
    expect(results).toEqual([{ ok: true }, { ok: true }])
  })

  test('leaves its first message as it is when no time is left', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const methods: string[] = []
    const slow: typeof fetch = async (input) => {
      methods.push(String(input).replace('https://slack.com/api/chat.', ''))
      vi.setSystemTime(Date.now() + 2_900)
      return new Response(posted().body)
    }
    const notifier = slack({ token, channel: '#alerts' })
    await notifier.send(anAlert(), { fetch: slow })
    const result = await notifier.send(anAlert({}, { reason: 'milestone' }), { fetch: slow })
    expect(result).toEqual({ ok: true })
    expect(methods).toEqual(['postMessage', 'postMessage'])
  })

  test('whose reply fails fails, and is kept', async () => {
    const milestone = anAlert({}, { reason: 'milestone' })
    const { results, calls } = await conversation(
      [anAlert(), milestone, milestone],
      [posted(), { status: 500 }, posted('2.0')],
    )
    expect(results[1]).toEqual({ ok: false, reason: 'answered 500' })
    expect(calls[2]).toMatchObject({ thread_ts: '1.000100' })
  })

  test('is remembered for the last 1,000 issues', async () => {
    const threads = createThreads()
    for (let n = 0; n <= 1_000; n++) {
      await threads.set(`v1:${n}`, { channel: 'C', ts: String(n) }, undefined)
    }
    expect(await threads.get('v1:0', undefined)).toBeUndefined()
    expect(await threads.get('v1:1', undefined)).toEqual({ channel: 'C', ts: '1' })
  })

  test('is found again by another isolate, through the store', async () => {
    const vendor = await startVendor()
    vendor.answers(posted(), posted('2.0'), posted('1.000100'))
    const store = libsql({ url: 'file::memory:?cache=shared' })
    const threads = (): ChannelThreads => threadsOf(store, 'slack')!
    await migrate(store)
    for (const alert of [anAlert(), anAlert({}, { reason: 'milestone' })]) {
      const isolate = slack({ token, channel: '#alerts' })
      expect(await isolate.send(alert, { ...vendor.context, threads: threads() })).toEqual({
        ok: true,
      })
    }
    await vendor.close()
    expect(vendor.received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { channel: '#alerts' },
      { channel: 'C123', thread_ts: '1.000100' },
      { channel: 'C123', ts: '1.000100' },
    ])
  })

  test('that is slow to remember is no failure: the alert was sent', async () => {
    const vendor = await startVendor()
    vendor.answers(posted())
    const slow = { get: async () => undefined, set: () => new Promise<never>(() => {}) }
    const isolate = slack({ token, channel: '#alerts', timeoutMs: 1_000 })
    const sent = await isolate.send(anAlert(), { ...vendor.context, threads: slow })
    await vendor.close()
    expect(sent).toEqual({ ok: true })
  })

  test('is begun anew when the store fails or never answers, and the alert is sent', async () => {
    const vendor = await startVendor()
    const store = {
      ...memory(),
      getThread: () => new Promise<never>(() => {}),
      remember: async () => Promise.reject(new Error('away')),
    }
    const isolate = slack({ token, channel: '#alerts' })
    vendor.answers(posted())
    const context = { ...vendor.context, threads: threadsOf(store, 'slack')! }
    const sent = await isolate.send(anAlert({}, { reason: 'milestone' }), context)
    await vendor.close()
    expect(sent).toEqual({ ok: true })
    expect(vendor.received).toHaveLength(1)
  })
})

test('a message that is called invalid goes out once more as plain text', async () => {
  const { results, received } = await conversation(
    [aThrow()],
    [refusal('invalid_blocks'), posted()],
  )
  expect(results).toEqual([{ ok: true }])
  expect(JSON.parse(received[1]?.body ?? '')).not.toHaveProperty('blocks')
})

test('an answer that is not ok is no success, whatever else it holds', async () => {
  const body = JSON.stringify({ ok: false, error: 'echo', channel: 'C123', ts: '1.0' })
  const { results } = await conversation([anAlert()], [{ status: 200, body }])
  expect(results).toEqual([{ ok: false, reason: 'refused (unknown error)' }])
})

test('an answer of 200 without a word in it is no success', async () => {
  const { results } = await conversation([anAlert()], [{ status: 200, body: '<html>' }])
  expect(results).toEqual([{ ok: false, reason: 'refused (no JSON in the answer)' }])
})
