import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { slackButtonMessage } from '../../src/notify/slack/_payload.ts'
import { slackActions } from '../../src/notify/slack/slack.ts'
import { aThrow } from '../support/notifier-fixtures.ts'

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5'
const fingerprint = 'v1:00112233445566778899aabbccddeeff'
const responseUrl = 'https://hooks.slack.com/actions/T1/1/x'

interface Click {
  action_id?: string
  value?: string
  response_url?: string
  user?: string
}

function body({
  action_id = 'klaxon_resolve',
  value = fingerprint,
  response_url = responseUrl,
  user = 'U1',
}: Click) {
  const payload = {
    type: 'block_actions',
    user: { id: user },
    actions: [{ action_id, value }],
    response_url,
  }
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
}

function signed(
  text: string,
  change: { at?: number; secret?: string; headers?: object } = {},
): Request {
  const timestamp = String(Math.floor((change.at ?? Date.now()) / 1_000))
  const key = change.secret ?? signingSecret
  const signature = createHmac('sha256', key).update(`v0:${timestamp}:${text}`).digest('hex')
  return new Request('https://app.example.com/slack', {
    method: 'POST',
    body: text,
    headers: {
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${signature}`,
      ...change.headers,
    },
  })
}

function setUp(setIssue: (...args: unknown[]) => Promise<number> = async () => 1) {
  const changes: unknown[][] = []
  const replies: { url: string; text: string }[] = []
  const work: Promise<unknown>[] = []
  const handle = slackActions({
    signingSecret,
    store: {
      setIssue: (...args) => {
        changes.push(args)
        return setIssue(...args)
      },
    },
    fetch: async (input, init) => {
      const { text } = JSON.parse(String(init?.body)) as { text: string }
      replies.push({ url: String(input), text })
      return new Response('ok')
    },
  })
  const send = async (request: Request) => {
    const response = await handle(request, { waitUntil: (promise) => work.push(promise) })
    return { status: response.status, text: await response.text() }
  }
  return { changes, replies, work, handle, send, settle: () => Promise.all(work) }
}

describe('a click', () => {
  test('on Resolve resolves the issue and says so', async () => {
    const { changes, replies, send, settle } = setUp()
    expect(await send(signed(body({})))).toEqual({ status: 200, text: '' })
    await settle()
    expect(changes).toEqual([
      [fingerprint, { state: 'resolved' }, { now: expect.any(Number), who: expect.any(String) }],
    ])
    expect(replies).toEqual([{ url: responseUrl, text: 'Resolved by <@U1>.' }])
  })

  test('on Mute mutes it for an hour', async () => {
    const { changes, replies, send, settle } = setUp()
    await send(signed(body({ action_id: 'klaxon_mute_1h' })))
    await settle()
    const [, change, by] = changes[0] ?? []
    expect(change).toEqual({ mutedUntil: (by as { now: number }).now + 3_600_000 })
    expect(replies[0]?.text).toBe('Muted for an hour by <@U1>.')
  })

  test('is answered before the work is done', async () => {
    const { send, work } = setUp(() => new Promise(() => {}))
    expect(await send(signed(body({})))).toMatchObject({ status: 200 })
    expect(work).toHaveLength(1)
  })

  test('on an issue that is gone, or with the database down, says that nothing changed', async () => {
    const gone = setUp(async () => 0)
    await gone.send(signed(body({})))
    await gone.settle()
    expect(gone.replies[0]?.text).toBe('This issue is no longer stored.')
    const down = setUp(() => Promise.reject(new Error('insert into secrets')))
    await down.send(signed(body({})))
    await down.settle()
    expect(down.replies[0]?.text).toMatch(/^The database could not be reached/)
  })

  test('of a nameless one, or with an address elsewhere, tells nobody wrong', async () => {
    const { replies, send, settle } = setUp()
    await send(signed(body({ user: '!channel' })))
    await send(signed(body({ response_url: 'https://hooks.slack.com.evil.example/x' })))
    await settle()
    expect(replies).toEqual([{ url: responseUrl, text: 'Resolved by someone.' }])
  })

  test.each([
    body({ action_id: 'other_button' }),
    body({ value: '' }),
    body({ value: 'x'.repeat(201) }),
    'payload=%7B',
    'payload=null',
    'payload=%7B%22actions%22%3A%5B%5D%7D',
    '',
  ])('that is not ours is answered and ignored: %#', async (text) => {
    const { changes, send } = setUp()
    expect(await send(signed(text))).toMatchObject({ status: 200 })
    expect(changes).toEqual([])
  })

  test('works without a context', async () => {
    const { changes, handle } = setUp()
    expect((await handle(signed(body({})))).status).toBe(200)
    expect(changes).toHaveLength(1)
  })

  test('has what the message offers', () => {
    const actions = slackButtonMessage(aThrow()).blocks?.find(({ type }) => type === 'actions')
    expect(actions).toEqual({
      type: 'actions',
      elements: [
        {
          type: 'button',
          text: { type: 'plain_text', text: 'Resolve' },
          action_id: 'klaxon_resolve',
          value: fingerprint,
        },
        {
          type: 'button',
          text: { type: 'plain_text', text: 'Mute 1 h' },
          action_id: 'klaxon_mute_1h',
          value: fingerprint,
        },
      ],
    })
  })
})

describe('a request', () => {
  test.each<[string, () => Request]>([
    ['signed with another secret', () => signed(body({}), { secret: 'x' })],
    ['302 s old', () => signed(body({}), { at: Date.now() - 302_000 })],
    ['302 s ahead', () => signed(body({}), { at: Date.now() + 302_000 })],
    ['without a signature', () => signed(body({}), { headers: { 'x-slack-signature': '' } })],
    [
      'with half a signature',
      () => signed(body({}), { headers: { 'x-slack-signature': 'v0=ab' } }),
    ],
    [
      'with another body',
      () => new Request(signed(body({})), { method: 'POST', body: body({ value: 'v1:x' }) }),
    ],
    ['without a time', () => signed(body({}), { headers: { 'x-slack-request-timestamp': 'x' } })],
    ['past 256 KB', () => signed('x'.repeat(300_000))],
  ])('%s gets a 401', async (_, make) => {
    const { changes, send } = setUp()
    expect(await send(make())).toEqual({ status: 401, text: 'Unauthorized' })
    expect(changes).toEqual([])
  })

  test('that is no POST gets a 405', async () => {
    expect(await setUp().send(new Request('https://app.example.com/slack'))).toMatchObject({
      status: 405,
    })
  })
})

test('a missing signing secret is refused', () => {
  const store = { setIssue: async () => 1 }
  expect(() => slackActions({ signingSecret: '', store })).toThrow(
    'klaxon: slackActions(): option `signingSecret` must be set',
  )
})
