import { afterEach, describe, expect, test, vi } from 'vitest'
import { budget, post } from '../../src/notify/http/post.ts'
import { judgeStatus, rateLimited, retryAfterMs } from '../../src/notify/http/refusal.ts'
import { slack } from '../../src/notify/slack/slack.ts'
import { anAlert } from '../support/notifier-fixtures.ts'

const reply = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers: new Headers(headers),
  text: '',
})

describe('the address of a channel', () => {
  test.each([
    ['http://hooks.slack.com/x', 'must be https'],
    ['ftp://127.0.0.1/x', 'must be https'],
    ['http://127.0.0.1.evil.example/x', 'must be https'],
    ['http://localhost.evil.example/x', 'must be https'],
    ['hooks.slack.com/services/secret', 'must be a whole URL'],
    ['https://user:secret@hooks.slack.com/x', 'must contain no user name'],
    [42, 'must be a whole URL'],
  ])('%s is refused: it %s', (webhookUrl, problem) => {
    const make = () => slack({ webhookUrl: webhookUrl as string })
    expect(make).toThrow(`klaxon: slack(): option \`webhookUrl\` ${problem}`)
    expect(make).not.toThrow(/secret(?! in the environment)/)
  })

  test.each([
    'https://hooks.slack.com/services/T/B/x',
    'http://localhost:8065/hooks/x',
    'http://127.0.0.1:1/x',
    'http://[::1]:1/x',
    'http://slack.localhost/x',
  ])('%s is taken', (webhookUrl) => {
    expect(slack({ webhookUrl }).name).toBe('slack')
  })

  test('is a secret, and so is its path', () => {
    const { secrets } = slack({ webhookUrl: 'https://hooks.slack.com/services/T0/B0/abcdef' })
    expect(secrets).toEqual([
      'https://hooks.slack.com/services/T0/B0/abcdef',
      '/services/T0/B0/abcdef',
    ])
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0)
  test.each([
    ['30', 30_000],
    ['0', 0],
    ['0.65', 650],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['99999999', 3_600_000],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('%j is %s ms', (value, ms) => {
    expect(retryAfterMs(new Headers({ 'retry-after': value }), now)).toBe(ms)
  })

  test('that is missing from a 429 means 30 s', () => {
    expect(judgeStatus(reply(429))).toMatchObject({ retryAfterMs: 30_000 })
  })

  test("gives way to a vendor's longer field, never to a shorter one", () => {
    expect(rateLimited(reply(429), 1.5).retryAfterMs).toBe(1_500)
    expect(rateLimited(reply(429, { 'retry-after': '30' }), 1.5).retryAfterMs).toBe(30_000)
    expect(rateLimited(reply(429), 'soon').retryAfterMs).toBe(30_000)
  })

  test('of a 503 counts too', () => {
    expect(judgeStatus(reply(503, { 'retry-after': '5' }))).toMatchObject({ retryAfterMs: 5_000 })
    expect(judgeStatus(reply(503))).toEqual({
      ok: false,
      unreachable: true,
      reason: 'answered 503',
    })
  })
})

describe('the time of one alert', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is 3 s at most and runs out over all its requests', () => {
    vi.useFakeTimers({ now: 0 })
    const left = budget(60_000)
    expect(left()).toBe(3_000)
    vi.advanceTimersByTime(2_000)
    expect(left()).toBe(1_000)
    vi.advanceTimersByTime(2_000)
    expect(left()).toBe(1)
  })
})

describe('one try', () => {
  test('is never longer than 3 s, whatever is asked for', async () => {
    const delays: unknown[] = []
    const original = globalThis.setTimeout
    globalThis.setTimeout = ((run: () => void, ms: number) => {
      delays.push(ms)
      return original(run, 0)
    }) as typeof setTimeout
    try {
      const never: typeof fetch = () => new Promise(() => {})
      const result = await post(
        { url: 'https://x.example/', body: '', timeoutMs: 60_000 },
        { fetch: never },
      )
      expect(result).toEqual({ ok: false, unanswered: true, reason: 'no answer within 3000 ms' })
    } finally {
      globalThis.setTimeout = original
    }
    expect(delays).toEqual([3_000])
  })

  test('aborts the request that took too long', async () => {
    let signal: AbortSignal | null | undefined
    const never: typeof fetch = (_, init) => {
      signal = init?.signal
      return new Promise(() => {})
    }
    await post({ url: 'https://x.example/', body: '', timeoutMs: 5 }, { fetch: never })
    expect(signal?.aborted).toBe(true)
  })

  test('cancels a reply that does not end', async () => {
    let cancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4_096)),
      cancel: () => {
        cancelled = true
      },
    })
    const fake: typeof fetch = () => Promise.resolve(new Response(endless, { status: 500 }))
    expect(await post({ url: 'https://x.example/', body: '' }, { fetch: fake })).toEqual({
      ok: false,
      reason: 'answered 500',
    })
    expect(cancelled).toBe(true)
  })

  test('calls fetch without a receiver, as workerd demands', async () => {
    const receivers: unknown[] = []
    function fake(this: unknown) {
      receivers.push(this)
      return Promise.resolve(new Response('ok'))
    }
    await slack({ webhookUrl: 'https://x.example/hook' }).send(anAlert(), { fetch: fake })
    expect(receivers).toEqual([undefined])
  })

  test('keeps the address out of the reason when the error tells it', async () => {
    const fake: typeof fetch = () =>
      Promise.reject(new TypeError('error sending request for url (https://x.example/secret)'))
    expect(await post({ url: 'https://x.example/secret', body: '' }, { fetch: fake })).toEqual({
      ok: false,
      unreachable: true,
      reason: 'network error',
    })
  })

  test('takes an opaque redirect for one', () => {
    expect(judgeStatus(reply(0))).toMatchObject({ permanent: true })
  })
})
