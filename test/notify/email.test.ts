import { describe, expect, test } from 'vitest'
import type { EmailContent } from '../../src/notify/email/_message.ts'
import { emailContent } from '../../src/notify/email/_message.ts'
import { email, type EmailBinding, type EmailOptions } from '../../src/notify/email/email.ts'
import {
  aDigest,
  aHostileAlert,
  aHugeAlert,
  anAlert,
  anIssue,
  aThrow,
} from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const resendApiKey = 're_0123456789abcdef'
const from = 'Klaxon <alerts@example.com>'
const to = ['team@example.org']
const refusal = (status: number, name: string) => ({
  status,
  body: JSON.stringify({ statusCode: status, name, message: 'echo' }),
})

function expectInert({ subject, html, headers }: EmailContent): void {
  expect(subject).not.toMatch(/[\r\n]/)
  for (const value of Object.values(headers)) expect(value).not.toMatch(/[\r\n]/)
  // Only klaxon's tags and its link remain. Other markup is escaped.
  const rest = html.replace(
    /<\/?(?:!doctype html|meta charset="utf-8"|body|h3|table|tr|th|td|pre|p|a)(?: (?:style|align|valign)="[^"<>]*")*>/g,
    '',
  )
  expect(rest.replace(/<a href="https:\/\/errors\.example\.com\/[^"<>]*">/g, '')).not.toMatch(
    /[<>"']/,
  )
}

notifierSuite('email by Resend', {
  make: (options) => email({ resendApiKey, from, to, ...options }),
  accepted: { status: 200, body: '{"id":"1"}' },
  refusals: [
    refusal(401, 'missing_api_key'),
    refusal(403, 'invalid_api_key'),
    refusal(422, 'invalid_from_address'),
    // A 429 for a used-up quota is not tried again at once.
    refusal(429, 'daily_quota_exceeded'),
    refusal(429, 'monthly_quota_exceeded'),
  ],
  limited: {
    answer: { ...refusal(429, 'rate_limit_exceeded'), headers: { 'retry-after': '1' } },
    retryAfterMs: 1_000,
  },
  expectInert: (payload) => expectInert(payload as EmailContent),
  expectWithinLimits(payload, message) {
    const { subject, html, text } = payload as EmailContent
    expect(subject.length).toBeLessThanOrEqual(998)
    expect(subject).not.toBe('')
    expect(html.length).toBeLessThanOrEqual(40_000)
    expect(text.length).toBeLessThanOrEqual(10_000)
    expect(message.headers['authorization']).toBe(`Bearer ${resendApiKey}`)
    expect(message.headers['idempotency-key']?.length).toBeLessThanOrEqual(256)
  },
})

describe('a mail', () => {
  test('about a throw is this', () => {
    expect(emailContent(aThrow(), 'example.com')).toEqual({
      subject: "[klaxon] TypeError: Cannot read properties of undefined (reading 'total')",
      text: [
        '⚠️ 500 Error: Server error at /orders/42',
        '',
        'Status Code: 500',
        'Path: /orders/42',
        'Client IP: 203.0.113.7',
        'Method: POST',
        'User-Agent: curl/8.5.0',
        'User ID: 7',
        'Username: mika',
        'Timestamp: 2026-11-21 17:05:33 GMT+9',
        "Error: TypeError: Cannot read properties of undefined (reading 'total')",
        'Stack: at price (file:///srv/app/src/price.ts:12:9)',
        'at async order (file:///srv/app/src/order.ts:40:3)',
        'Count: 1 since 2026-11-21 17:05:33 GMT+9 (milestone)',
        'Error ID: 019aa5a0-7c1e-7000-8000-00000000abcd',
        'Dashboard: https://errors.example.com/i/1',
        '',
        'klaxon · production · 1.4.2',
      ].join('\n'),
      html: expect.stringContaining(
        '<td>TypeError: Cannot read properties of undefined (reading &#39;total&#39;)</td>',
      ),
      headers: {
        'Auto-Submitted': 'auto-generated',
        References: '<klaxon.v1-00112233445566778899aabbccddeeff@example.com>',
      },
    })
  })

  test('of one issue has one subject and one thread, whatever the reason', () => {
    const mails = (['new', 'milestone', 'regression'] as const).map((reason) =>
      emailContent(aThrow({ reason, issue: anIssue({ title: 'Boom', count: 7 }) }), 'example.com'),
    )
    expect(new Set(mails.map(({ subject }) => subject))).toEqual(new Set(['[klaxon] Boom']))
    expect(new Set(mails.map(({ headers }) => headers['References'])).size).toBe(1)
  })

  test('of a digest has a thread of its own', () => {
    expect(emailContent(aDigest(), 'example.com')).toMatchObject({
      subject: '[klaxon] More issues',
      headers: { References: '<klaxon.digest@example.com>' },
    })
  })

  test('that Resend has sent already, with other text, counts as sent', async () => {
    const vendor = await startVendor()
    vendor.answers(refusal(409, 'invalid_idempotent_request'))
    const result = await email({ resendApiKey, from, to }).send(anAlert(), vendor.context)
    await vendor.close()
    expect(result).toEqual({ ok: true })
    expect(vendor.received[0]?.headers['idempotency-key']).toBe(
      'email-019aa5a0-7c1e-7000-8000-00000000abcd-new',
    )
    expect(JSON.parse(vendor.received[0]?.body ?? '')).toMatchObject({ from, to })
  })
})

describe('the binding', () => {
  type Mail = Parameters<EmailBinding['send']>[0]
  const make = (send: EmailBinding['send'], timeoutMs?: number) =>
    email({ binding: { send }, from, to: 'team@example.org', ...(timeoutMs ? { timeoutMs } : {}) })
  const thrown = (code: string) =>
    Promise.reject(Object.assign(new Error('echo team@example.org'), { code }))

  test.each([anAlert(), aThrow(), aDigest(), aHostileAlert(), aHugeAlert()])(
    'sends mail %#',
    async (alert) => {
      const mails: Mail[] = []
      const notifier = make(async (mail) => mails.push(mail))
      expect(await notifier.send(alert, { fetch })).toEqual({ ok: true })
      expect(mails).toHaveLength(1)
      const [mail] = mails
      expect(mail).toMatchObject({
        from: { email: 'alerts@example.com', name: 'Klaxon' },
        to: ['team@example.org'],
      })
      if (mail) expectInert(mail)
      for (const [key, value] of Object.entries(mail?.headers ?? {})) {
        expect(Buffer.byteLength(value), key).toBeLessThanOrEqual(2_048)
      }
    },
  )

  test.each([
    ['E_SENDER_NOT_VERIFIED', { permanent: true }],
    ['E_DAILY_LIMIT_EXCEEDED', { permanent: true }],
    ['E_RECIPIENT_NOT_ALLOWED', { permanent: true }],
    ['E_RATE_LIMIT_EXCEEDED', { retryAfterMs: 30_000 }],
    ['E_DELIVERY_FAILED', {}],
    ['E_INTERNAL_SERVER_ERROR', {}],
  ])('that refuses with %s is %j', async (code, more) => {
    expect(await make(() => thrown(code)).send(anAlert(), { fetch })).toEqual({
      ok: false,
      reason: `the email binding refused (${code})`,
      ...more,
    })
  })

  test('that refuses in a way of its own keeps its words to itself', async () => {
    expect(await make(() => thrown('constructor')).send(anAlert(), { fetch })).toEqual({
      ok: false,
      reason: 'the email binding refused',
    })
  })

  test('that throws at once is a failure like any other', async () => {
    const notifier = make(() => {
      throw new TypeError('echo')
    })
    expect(await notifier.send(anAlert(), { fetch })).toMatchObject({ ok: false })
  })

  test('that hangs is given up', async () => {
    const result = await make(() => new Promise(() => {}), 20).send(anAlert(), { fetch })
    expect(result).toEqual({ ok: false, reason: 'no answer within 20 ms', unanswered: true })
  })
})

test.each<[Partial<EmailOptions>, string]>([
  [{ resendApiKey, binding: { send: async () => {} } } as never, 'either `binding`'],
  [{ binding: {} as EmailBinding }, 'option `binding` must have send()'],
  [{ resendApiKey, from: 'nobody' }, 'option `from` must be an address'],
  [{ resendApiKey, from: 'a@b.example\r\nBcc: c@d.example' }, 'option `from` must be an address'],
  [
    { resendApiKey, from: 'x\r\nBcc: c@d.example <a@b.example>' },
    'option `from` must be an address',
  ],
  [{ resendApiKey, to: [] }, 'option `to` must have 1 to 50 addresses; got 0'],
  [{ resendApiKey, to: Array.from({ length: 51 }, () => 'a@b.example') }, 'got 51'],
  [{ resendApiKey, to: 'a@b.example, c@d.example' }, 'option `to` must contain addresses'],
])('options %# are refused', (options, message) => {
  expect(() => email({ from, to, ...options } as EmailOptions)).toThrow(message)
})
