import { generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Alert, IssueAlert } from '../../src/model/alert.ts'
import type { ChannelThreads, SendResult } from '../../src/model/channel.ts'
import { github } from '../../src/notify/github/github.ts'
import { aThrow } from '../support/notifier-fixtures.ts'
import { type Answer, type Received, startVendor } from '../support/notifier-server.ts'
import { notifierSuite, type NotifierCase } from '../suites/notifier.ts'

const token = 'github_pat_0123456789abcdefghij'

/** The threads of a store, in memory. These tests are about the requests. */
function kept(): ChannelThreads & { values: Map<string, string> } {
  const values = new Map<string, string>()
  return {
    values,
    get: async (fingerprint) => values.get(fingerprint),
    set: async (fingerprint, value) => void values.set(fingerprint, value),
  }
}

type Step = (channel: ReturnType<typeof github>, context: never) => Promise<SendResult>

async function conversation(
  answers: Answer[],
  steps: Step[],
  threads?: ChannelThreads,
): Promise<{ results: SendResult[]; received: Received[] }> {
  const vendor = await startVendor()
  vendor.answers(...answers)
  const channel = github({ repo: 'acme/shop', token })
  const context = threads === undefined ? vendor.context : { ...vendor.context, threads }
  const results: SendResult[] = []
  for (const step of steps) results.push(await step(channel, context as never))
  await vendor.close()
  return { results, received: vendor.received }
}

const say =
  (alert: IssueAlert): Step =>
  (channel, context) =>
    channel.send(alert, context)
const end =
  (alert: IssueAlert): Step =>
  (channel, context) =>
    channel.resolve!(alert, context)

const made: Answer = { status: 201, body: '{"number":12}' }
const ok: Answer = { status: 200, body: '{}' }

/** The tests that run with a token and with an App. */
const shared: Omit<NotifierCase, 'make' | 'before'> = {
  accepted: made,
  takesDigests: false,
  refusals: [
    { status: 401, body: '{"message":"Bad credentials echo"}' },
    { status: 403, body: '{"message":"Resource not accessible by personal access token echo"}' },
    { status: 404, body: '{"message":"Not Found echo"}' },
    { status: 410, body: '{"message":"Issues has been disabled in this repository. echo"}' },
    { status: 301, body: '{"message":"Moved Permanently echo"}' },
  ],
  limited: {
    answer: { status: 429, headers: { 'retry-after': '17' }, body: '{"message":"echo"}' },
    retryAfterMs: 17_000,
  },
  expectInert(payload) {
    const { title, body } = payload as { title: string; body: string }
    for (const text of [title, proseOf(body)]) expect(text).not.toMatch(/@(?!\u2060)/)
    expect(proseOf(body)).not.toMatch(/<[a-z!]|!\[|\]\(/i)
  },
  expectWithinLimits(payload, message) {
    const { title, body } = payload as { title: string; body: string }
    expect(message.url).toBe('/repos/acme/shop/issues')
    expect(title.length).toBeLessThanOrEqual(256)
    expect(title).not.toBe('')
    expect(body.length).toBeLessThan(65_536)
  },
}

/** A channel without memory. It searches first for an issue that is not new. */
const searches = (alert: Alert): Answer[] =>
  alert.kind === 'issue' && alert.reason !== 'new' ? [{ status: 200, body: '{"items":[]}' }] : []

notifierSuite('github', {
  ...shared,
  make: (options) => github({ repo: 'acme/shop', token, ...options }),
  before: searches,
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const PKCS8 = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const PKCS1 = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string
const app = (pem = PKCS1) => ({ id: 12345, installationId: 678, privateKey: pem })
const granted = (value = 'ghs_0123456789', expires = Date.now() + 3_600_000): Answer => ({
  status: 201,
  body: JSON.stringify({ token: value, expires_at: new Date(expires).toISOString() }),
})

notifierSuite('github as an App', {
  ...shared,
  // The channel asks once for a new token, as tests below show.
  refusals: shared.refusals.filter(({ status }) => status !== 401),
  make: (options) => github({ repo: 'acme/shop', app: app(), ...options }),
  before: (alert) => [granted(), ...searches(alert)],
})

describe('a GitHub App', () => {
  async function talk(answers: Answer[], alerts: number, pem = PKCS1) {
    const vendor = await startVendor()
    vendor.answers(...answers)
    const channel = github({ repo: 'acme/shop', app: app(pem) })
    const results: SendResult[] = []
    for (let i = 0; i < alerts; i++)
      results.push(await channel.send(aThrow({ reason: 'new' }), vendor.context))
    await vendor.close()
    const calls = vendor.received.map(({ url, headers }) => ({
      url,
      authorization: headers.authorization!,
    }))
    return { results, calls, secrets: channel.secrets! }
  }

  test.each([
    ['as GitHub gives it', PKCS1],
    ['as PKCS#8', PKCS8],
    ['on one line of an environment variable', PKCS1.replaceAll('\n', '\\n')],
  ])('signs with its key %s, and keeps its token', async (_, pem) => {
    const { results, calls, secrets } = await talk([granted(), made, made], 2, pem)
    expect(results).toEqual([{ ok: true }, { ok: true }])
    expect(calls.map(({ url }) => url)).toEqual([
      '/app/installations/678/access_tokens',
      '/repos/acme/shop/issues',
      '/repos/acme/shop/issues',
    ])
    const [header, claims, signature] = calls[0]!.authorization.replace('Bearer ', '').split('.')
    const signed = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      publicKey,
      Buffer.from(signature!, 'base64url'),
    )
    expect(signed).toBe(true)
    const { iss, iat, exp } = JSON.parse(Buffer.from(claims!, 'base64url').toString()) as Record<
      string,
      number
    >
    expect(iss).toBe('12345')
    expect(exp! - iat!).toBeLessThanOrEqual(600)
    expect(calls[1]!.authorization).toBe('Bearer ghs_0123456789')
    expect(secrets).toEqual([pem])
  })

  test('asks for a new token before the old one ends, and once where it is refused', async () => {
    const soon = granted('ghs_soon', Date.now() + 60_000)
    const ending = await talk([soon, made, granted('ghs_next'), made], 2)
    expect(
      ending.calls
        .map(({ authorization }) => authorization)
        .filter((each) => each.includes('ghs_')),
    ).toEqual(['Bearer ghs_soon', 'Bearer ghs_next'])
    const refused = await talk([granted(), { status: 401 }, granted('ghs_next'), made], 1)
    expect(refused.results).toEqual([{ ok: true }])
    expect(refused.calls.at(-1)!.authorization).toBe('Bearer ghs_next')
    const twice = await talk([granted(), { status: 401 }, granted(), { status: 401 }], 1)
    expect(twice.results).toMatchObject([{ ok: false, permanent: true }])
    expect(twice.calls).toHaveLength(4)
  })

  test('is refused for good where its key or its installation is wrong', async () => {
    for (const status of [401, 404]) {
      const { results } = await talk([{ status, body: '{"message":"echo"}' }], 1)
      expect(results).toEqual([
        { ok: false, permanent: true, reason: `no installation token: answered ${status}` },
      ])
    }
    const odd = await talk([{ status: 201, body: '{}' }], 1)
    expect(odd.results).toEqual([{ ok: false, reason: 'no installation token in the answer' }])
  })

  test('asks once where its installation is gone, also for an issue that is remembered', async () => {
    const vendor = await startVendor()
    vendor.answers({ status: 404 }, { status: 404 })
    const threads = kept()
    const alert = aThrow({ reason: 'regression' })
    threads.values.set(alert.issue.fingerprint, '5')
    const channel = github({ repo: 'acme/shop', app: app() })
    const result = await channel.send(alert, { ...vendor.context, threads })
    await vendor.close()
    expect(result).toMatchObject({ ok: false, permanent: true })
    expect(vendor.received).toHaveLength(1)
  })

  test('takes a whole key, and either an App or a token', () => {
    const refuse = (options: object, message: string) =>
      expect(() => github({ repo: 'acme/shop', ...options } as never)).toThrow(message)
    refuse({ app: app('no key') }, 'klaxon: github(): option `app.privateKey` must')
    refuse({ app: { ...app(), id: '' } }, 'klaxon: github(): option `app.id` must')
    refuse({ app: { ...app(), installationId: 'a/b' } }, 'option `app.installationId` must')
    refuse({ app: app(), token }, 'klaxon: github(): pass either `token` or `app`')
    expect(github({ repo: 'acme/shop', app: app('') }).missing).toBe('app.privateKey')
  })
})

/** A text without the indented blocks, the marker and the links that klaxon writes. */
function proseOf(body: string): string {
  const own =
    /^ {4}|^<!-- klaxon [\w:.-]+ -->$|^\[Open in the dashboard\]\(<[^<>()[\]|]*>\)(?: · \[Open the trace\]\(<[^<>()[\]|]*>\))?$/
  return body
    .split('\n')
    .filter((line) => !own.test(line))
    .join('\n')
}

describe('github', () => {
  test('waits a minute where a secondary limit comes without a header', async () => {
    const body = '{"message":"You have exceeded a secondary rate limit. Please wait"}'
    for (const status of [403, 429]) {
      const { results } = await conversation([{ status, body }], [say(aThrow({ reason: 'new' }))])
      expect(results).toEqual([{ ok: false, reason: 'rate limited', retryAfterMs: 60_000 }])
    }
  })

  test('has the error as it is in the title, where GitHub reads no markup', async () => {
    const { received } = await conversation([made], [say(aThrow({ reason: 'new' }))])
    expect(JSON.parse(received[0]!.body)).toMatchObject({
      title: "TypeError: Cannot read properties of undefined (reading 'total')",
    })
  })

  test('opens an issue, comments on it, opens it again and closes it', async () => {
    const threads = kept()
    const { results, received } = await conversation(
      [made, ok, ok, ok, ok],
      [
        say(aThrow({ reason: 'new' })),
        say(aThrow({ reason: 'milestone' })),
        say(aThrow({ reason: 'regression' })),
        end(aThrow({ reason: 'resolved' })),
      ],
      threads,
    )
    expect(results.every(({ ok: taken }) => taken)).toBe(true)
    expect(received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /repos/acme/shop/issues',
      'POST /repos/acme/shop/issues/12/comments',
      'POST /repos/acme/shop/issues/12/comments',
      'PATCH /repos/acme/shop/issues/12',
      'PATCH /repos/acme/shop/issues/12',
    ])
    expect(JSON.parse(received[3]!.body)).toEqual({ state: 'open' })
    expect(JSON.parse(received[4]!.body)).toEqual({ state: 'closed', state_reason: 'completed' })
    for (const { headers } of received) expect(headers.authorization).toBe(`Bearer ${token}`)
  })

  test('finds its issue by the mark in its text where nothing is remembered', async () => {
    const found = { status: 200, body: '{"items":[{"number":7}]}' }
    const { received } = await conversation([found, ok], [say(aThrow({ reason: 'milestone' }))])
    expect(decodeURIComponent(received[0]!.url)).toContain('in:body')
    expect(received[1]!.url).toBe('/repos/acme/shop/issues/7/comments')
  })

  test('opens a new issue where the old one was deleted', async () => {
    const threads = kept()
    threads.values.set(aThrow().issue.fingerprint, '5')
    const { results, received } = await conversation(
      [{ status: 410 }, made],
      [say(aThrow({ reason: 'regression' }))],
      threads,
    )
    expect(results).toEqual([{ ok: true }])
    expect(received[1]!.url).toBe('/repos/acme/shop/issues')
    expect(threads.values.get(aThrow().issue.fingerprint)).toBe('12')
  })

  test('leaves the repository alone while a limit is in force', async () => {
    const limit = { status: 403, headers: { 'x-ratelimit-remaining': '0', 'retry-after': '60' } }
    const { results } = await conversation([limit], [say(aThrow({ reason: 'new' }))])
    expect(results[0]).toMatchObject({ ok: false, retryAfterMs: 60_000 })
  })

  test('refuses for good with a wrong token, and says nothing of it', async () => {
    const { results } = await conversation(
      [{ status: 401, body: '{"message":"Bad credentials"}' }],
      [say(aThrow({ reason: 'new' }))],
    )
    expect(results[0]).toMatchObject({ ok: false, permanent: true })
    expect(JSON.stringify(results)).not.toContain(token)
  })

  test('takes no repository of another form', () => {
    for (const repo of ['', 'shop', 'a/b/c', 'https://github.com/a/b'])
      expect(() => github({ repo, token })).toThrow('klaxon: github(): option `repo` must')
  })
})
