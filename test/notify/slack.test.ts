import { describe, expect, test } from 'vitest'
import {
  slackAttachmentMessage,
  slackBlockMessage,
  slackPlainMessage,
  type SlackMessage,
} from '../../src/notify/slack/_payload.ts'
import { slack } from '../../src/notify/slack/slack.ts'
import {
  aDigest,
  aHostileAlert,
  anAlert,
  anIssue,
  aThrow,
  AT,
} from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite, type NotifierCase } from '../suites/notifier.ts'

const webhookUrl = 'https://hooks.slack.com/services/T0000/B0000/abcdefghijkl'

const shared: Omit<NotifierCase, 'make'> = {
  accepted: { status: 200, body: 'ok' },
  refusals: [
    { status: 404, body: 'no_service' },
    { status: 403, body: 'invalid_token' },
    { status: 403, body: 'action_prohibited' },
    { status: 410, body: 'channel_is_archived' },
    { status: 400, body: 'user_not_found' },
    { status: 404, body: 'echo' },
  ],
  limited: {
    answer: { status: 429, headers: { 'retry-after': '30' }, body: 'rate_limited' },
    retryAfterMs: 30_000,
  },
  expectInert(payload) {
    for (const text of strings(payload)) {
      // The link to the dashboard is the only markup.
      expect(
        text.replace(
          /<https:\/\/errors\.example\.com\/[^<>|]*\|Open (?:in the dashboard|the trace)>/g,
          '',
        ),
      ).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)|@everyone|\]\(/)
    }
  },
  expectWithinLimits(payload, message) {
    const { text, attachments = [], blocks = [] } = payload as SlackMessage
    expect(text.length).toBeLessThanOrEqual(500)
    for (const attachment of attachments) {
      expect(attachment.fields.length).toBeLessThanOrEqual(25)
      expect(attachment.footer.length).toBeLessThanOrEqual(300)
      for (const { title, value } of attachment.fields) {
        expect(title.length).toBeLessThanOrEqual(256)
        expect(value.length).toBeLessThanOrEqual(1_024)
        expect(value).not.toBe('')
      }
      expect(strings(attachment.fields).join('').length).toBeLessThanOrEqual(5_500)
    }
    expect(blocks.length).toBeLessThanOrEqual(50)
    for (const block of blocks) {
      if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150)
      if ('text' in block) expect(block.text.text.length).toBeLessThanOrEqual(3_000)
      if ('fields' in block) {
        expect(block.fields.length).toBeLessThanOrEqual(10)
        for (const field of block.fields) expect(field.text.length).toBeLessThanOrEqual(2_000)
      }
    }
    expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(12_000)
    // No entity is cut in two.
    for (const value of strings(payload)) expect(value).not.toMatch(/&(?!amp;|lt;|gt;)/)
    expect(message.headers['content-type']).toBe('application/json')
  },
}

notifierSuite('slack by attachment', {
  ...shared,
  make: (options) => slack({ webhookUrl, ...options }),
})

notifierSuite('slack by blocks', {
  ...shared,
  make: (options) => slack({ webhookUrl, blocks: true, ...options }),
})

describe('the headline', () => {
  test.each([
    [404, '/x', '⚠️ 404 Error: /x not found'],
    [403, '/x', '⚠️ 403 Error: Forbidden access to /x'],
    [400, '/x', '⚠️ 400 Error: Bad request at /x'],
    [500, '/x', '⚠️ 500 Error: Server error at /x'],
    [503, '/x', '⚠️ 503 Error: Service Unavailable at /x'],
    [429, '/x', '⚠️ 429 Error: Too Many Requests at /x'],
    [599, '/x', '⚠️ 599 Error: Server Error at /x'],
    [499, '/x', '⚠️ 499 Error: Client Error at /x'],
    [404, '/a&b<c>', '⚠️ 404 Error: /a&amp;b&lt;c&gt; not found'],
    [404, '/@channel', '⚠️ 404 Error: /@\u2060channel not found'],
  ])('of a %i at %s is %s', (status, path, text) => {
    expect(slackAttachmentMessage(anAlert({ status, path })).text).toBe(text)
  })

  test('of a throw is that of its status', () => {
    expect(slackAttachmentMessage(aThrow()).text).toBe('⚠️ 500 Error: Server error at /orders/42')
  })

  test('of a test alert says so', () => {
    expect(slackAttachmentMessage(anAlert({}, { reason: 'test' })).text).toBe(
      'Test alert: ⚠️ 404 Error: /x not found',
    )
  })

  test('of a digest counts', () => {
    expect(slackAttachmentMessage(aDigest()).text).toBe(
      '23 more issues, 4,120 occurrences, since 14:02',
    )
    expect(
      slackAttachmentMessage(aDigest({ issues: 1, occurrences: 1, timeZone: 'Asia/Tokyo' })).text,
    ).toBe('1 more issue, 1 occurrence, since 23:02')
  })
})

describe('the attachment', () => {
  test('of a status has these members', () => {
    expect(slackAttachmentMessage(anAlert())).toEqual({
      text: '⚠️ 404 Error: /x not found',
      attachments: [
        {
          color: '#ffbf00',
          fallback: '⚠️ 404 Error: /x not found',
          fields: [
            { title: 'Status Code', value: '404', short: true },
            { title: 'Path', value: '/x', short: false },
            { title: 'Client IP', value: '203.0.113.7', short: true },
            { title: 'Method', value: 'GET', short: true },
            { title: 'User-Agent', value: 'curl/8.5.0', short: false },
            { title: 'User ID', value: 'Anonymous', short: true },
            { title: 'Username', value: 'Anonymous', short: true },
            { title: 'Timestamp', value: '2026-11-21 08:05:33 GMT+0', short: true },
            { title: 'Count', value: '1 since 2026-11-21 08:05:33 GMT+0 (new)', short: false },
            { title: 'Error ID', value: '019aa5a0-7c1e-7000-8000-00000000abcd', short: false },
          ],
          footer: 'klaxon',
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
    })
  })

  test('of a throw is red and has error, frames, count, id and link', () => {
    const issue = anIssue({ kind: 'thrown', status: 500, count: 1_204, firstSeen: AT - 3_600_000 })
    const [attachment] = slackAttachmentMessage(aThrow({ issue })).attachments ?? []
    expect(attachment?.color).toBe('#ff0000')
    expect(attachment?.footer).toBe('klaxon · production · 1.4.2')
    expect(attachment?.fields.slice(5)).toEqual([
      { title: 'User ID', value: '7', short: true },
      { title: 'Username', value: 'mika', short: true },
      { title: 'Timestamp', value: '2026-11-21 17:05:33 GMT+9', short: true },
      {
        title: 'Error',
        value: "TypeError: Cannot read properties of undefined (reading 'total')",
        short: false,
      },
      {
        title: 'Stack',
        value:
          'at price (file:///srv/app/src/price.ts:12:9)\nat async order (file:///srv/app/src/order.ts:40:3)',
        short: false,
      },
      {
        title: 'Count',
        value: '1,204 since 2026-11-21 16:05:33 GMT+9 (milestone)',
        short: false,
      },
      { title: 'Error ID', value: '019aa5a0-7c1e-7000-8000-00000000abcd', short: false },
      { title: 'Dashboard', value: 'https://errors.example.com/i/1', short: false },
    ])
  })

  test('is red for a returned 503 and for a throw whatever its status', () => {
    const color = (change: Parameters<typeof anAlert>[0]) =>
      slackAttachmentMessage(anAlert(change)).attachments?.[0]?.color
    expect(color({ status: 503 })).toBe('#ff0000')
    expect(color({ status: 404, kind: 'thrown' })).toBe('#ff0000')
    expect(color({ status: 499 })).toBe('#ffbf00')
  })

  test('says that the issue is back', () => {
    const fields = slackAttachmentMessage(anAlert({}, { reason: 'regression' })).attachments?.[0]
      ?.fields
    expect(fields?.find(({ title }) => title === 'Count')?.value).toMatch(
      /back after it was resolved/,
    )
  })

  test('does without the occurrence', () => {
    const alert = anAlert({}, { occurrence: null, issue: anIssue({ route: '/users/:id' }) })
    const message = slackAttachmentMessage(alert)
    expect(message.text).toBe('⚠️ 404 Error: /users/:id not found')
    expect(message.attachments?.[0]?.fields.map(({ title }) => title)).toEqual([
      'Status Code',
      'Path',
      'Method',
      'Timestamp',
      'Count',
      'Error ID',
    ])
  })

  test('survives a time zone and a time that do not exist', () => {
    const alert = anAlert({ occurredAt: Number.NaN }, { timeZone: 'Mars/Olympus' })
    const fields = slackAttachmentMessage(alert).attachments?.[0]?.fields
    expect(fields?.find(({ title }) => title === 'Timestamp')?.value).toBe('unknown')
    expect(fields?.find(({ title }) => title === 'Count')?.value).toBe(
      '1 since 2026-11-21 08:05:33 GMT+0 (new)',
    )
  })
})

describe('a link to the dashboard', () => {
  test.each([
    'javascript:alert(1)',
    'not a URL',
    '/relative',
    `https://errors.example.com/${'i'.repeat(500)}`,
  ])('is left out when it is like %s', (url) => {
    const messages = [slackAttachmentMessage, slackBlockMessage].map((encode) =>
      encode(aThrow({ url })),
    )
    expect(JSON.stringify(messages)).not.toMatch(/ashboard/)
    const traced = [slackAttachmentMessage, slackBlockMessage].map((encode) =>
      encode(aThrow({ traceUrl: url })),
    )
    expect(JSON.stringify(traced)).not.toMatch(/[Tt]race/)
  })

  test('is all that a digest has beside its line', () => {
    const message = slackAttachmentMessage(aDigest({ url: 'https://errors.example.com/' }))
    expect(message.attachments?.[0]?.fields).toEqual([
      { title: 'Dashboard', value: 'https://errors.example.com/', short: false },
    ])
  })
})

describe('the frames', () => {
  const frames = (errorStack: string) =>
    slackAttachmentMessage(anAlert({ errorStack })).attachments?.[0]?.fields.find(
      ({ title }) => title === 'Stack',
    )?.value

  test('are those of JavaScriptCore too', () => {
    expect(frames('price@file:///srv/price.ts:12:9\norder@file:///srv/order.ts:40:3')).toBe(
      'price@file:///srv/price.ts:12:9\norder@file:///srv/order.ts:40:3',
    )
  })

  test('are the first five', () => {
    const lines = Array.from({ length: 9 }, (_, n) => `    at f${n} (x.ts:1:1)`)
    expect(frames(`Error: a\nb\n${lines.join('\n')}`)?.split('\n')).toEqual(
      lines.slice(0, 5).map((line) => line.trim()),
    )
  })

  test('are those of the app, and libraries are counted', () => {
    const stack = [
      'Error: a',
      '    at charge (src/pay.ts:3:9)',
      '    at async dispatch (/srv/node_modules/hono/dist/compose.js:22:17)',
      '    at withUser (src/user.ts:8:3)',
      '    at async Server.answer (node:http:88:2)',
    ]
    expect(frames(stack.join('\n'))?.split('\n')).toEqual([
      'at charge (src/pay.ts:3:9)',
      'at withUser (src/user.ts:8:3)',
      '2 library frames',
    ])
    expect(frames(stack.filter((line) => !line.includes('src/')).join('\n'))?.split('\n')).toEqual([
      'at async dispatch (/srv/node_modules/hono/dist/compose.js:22:17)',
      'at async Server.answer (node:http:88:2)',
    ])
  })

  test('are never klaxon’s own, bundled with the app or installed', () => {
    const stack = [
      'Error: a',
      '    at charge (worker.js:3:9)',
      '    at Object.klaxonFetch (worker.js:88:2)',
      '    at async klaxonEvent (worker.js:99:2)',
      '    at async klaxonSettle (worker.js:98:2)',
      '    at Array.klaxonHandler (worker.js:97:2)',
      '    at async klaxonMiddleware (file:///srv/node_modules/klaxon/dist/hono/middleware.js:9:2)',
    ]
    expect(frames(stack.join('\n'))?.split('\n')).toEqual([
      'at charge (worker.js:3:9)',
      '5 library frames',
    ])
    expect(frames(stack.toSpliced(1, 1, '    at answer (node:http:88:2)').join('\n'))).toBe(
      'at answer (node:http:88:2)',
    )
  })

  test('keep three backticks from ending their block', () => {
    const alert = anAlert({ errorStack: '    at ``` <!channel> (x.ts:1:1)' })
    expect(strings(slackBlockMessage(alert))).toContain(
      "```\nat ''' &lt;!channel&gt; (x.ts:1:1)\n```",
    )
  })
})

describe('the blocks', () => {
  test('of a throw are these', () => {
    const message = slackBlockMessage(aThrow())
    const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true })
    expect(message).toEqual({
      text: '⚠️ 500 Error: Server error at /orders/42',
      blocks: [
        {
          type: 'header',
          text: { type: 'plain_text', text: '⚠️ 500 Error: Server error at /orders/42' },
        },
        {
          type: 'section',
          fields: [
            mrkdwn('*Status Code*\n500'),
            mrkdwn('*Path*\n/orders/42'),
            mrkdwn('*Client IP*\n203.0.113.7'),
            mrkdwn('*Method*\nPOST'),
            mrkdwn('*User-Agent*\ncurl/8.5.0'),
            mrkdwn('*User ID*\n7'),
            mrkdwn('*Username*\nmika'),
            mrkdwn('*Timestamp*\n2026-11-21 17:05:33 GMT+9'),
            mrkdwn('*Count*\n1 since 2026-11-21 17:05:33 GMT+9 (milestone)'),
            mrkdwn('*Error ID*\n019aa5a0-7c1e-7000-8000-00000000abcd'),
          ],
        },
        {
          type: 'section',
          text: mrkdwn("TypeError: Cannot read properties of undefined (reading 'total')"),
        },
        {
          type: 'section',
          text: mrkdwn(
            '```\nat price (file:///srv/app/src/price.ts:12:9)\nat async order (file:///srv/app/src/order.ts:40:3)\n```',
          ),
        },
        {
          type: 'section',
          text: mrkdwn('<https://errors.example.com/i/1|Open in the dashboard>'),
        },
        { type: 'context', elements: [mrkdwn('klaxon · production · 1.4.2')] },
      ],
      unfurl_links: false,
      unfurl_media: false,
    })
  })

  test('keep a hostile dashboard address inside its link', () => {
    const link = strings(slackBlockMessage(aHostileAlert())).find((text) => text.startsWith('<'))
    expect(link).toBe(
      '<https://errors.example.com/i/1?a=%3C!channel%3E%7Cx|Open in the dashboard> · <https://errors.example.com/t/1?a=%3C!channel%3E%7Cx%29%5D%28http://evil.example%29|Open the trace>',
    )
  })
})

test.each(['{"success":false,"error":"echo"}', '{"ok":false,"error":"echo"}'])(
  'an answer of 200 that says %s is no success',
  async (body) => {
    const vendor = await startVendor()
    vendor.answers({ status: 200, body })
    const result = await slack({ webhookUrl }).send(aThrow(), vendor.context)
    await vendor.close()
    expect(result).toEqual({ ok: false, reason: 'answered 200 with a failure' })
  },
)

describe('a message that Slack calls invalid', () => {
  test('is sent once more as short plain text', async () => {
    const vendor = await startVendor()
    vendor.answers({ status: 400, body: 'invalid_payload' }, { status: 200, body: 'ok' })
    const result = await slack({ webhookUrl }).send(aThrow(), vendor.context)
    await vendor.close()
    expect(result).toEqual({ ok: true })
    expect(vendor.received).toHaveLength(2)
    expect(JSON.parse(vendor.received[1]?.body ?? '')).toEqual({
      text: [
        '⚠️ 500 Error: Server error at /orders/42',
        "TypeError: Cannot read properties of undefined (reading 'total')",
        'Count: 1 since 2026-11-21 17:05:33 GMT+9 (milestone)',
        'Error ID: 019aa5a0-7c1e-7000-8000-00000000abcd',
        'https://errors.example.com/i/1',
      ].join('\n'),
      unfurl_links: false,
      unfurl_media: false,
    })
  })

  test('is not sent again when a person has to mend it', async () => {
    const vendor = await startVendor()
    vendor.answers({ status: 400, body: 'user_not_found' })
    await slack({ webhookUrl }).send(aThrow(), vendor.context)
    await vendor.close()
    expect(vendor.received).toHaveLength(1)
  })

  test('is sent no third time', async () => {
    const vendor = await startVendor()
    vendor.answers({ status: 400, body: 'invalid_payload' })
    const result = await slack({ webhookUrl }).send(aThrow(), vendor.context)
    await vendor.close()
    expect(result).toEqual({ ok: false, reason: 'answered 400 (invalid_payload)' })
    expect(vendor.received).toHaveLength(2)
  })

  test('escapes its plain text too', () => {
    expect(slackPlainMessage(aHostileAlert()).text).not.toMatch(/[<>]|@everyone/)
  })
})

/** Every string in a payload. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(strings)
}
