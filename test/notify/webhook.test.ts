import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { KlaxonError } from '../../src/core/errors.ts'
import { webhookBody, webhookPayload } from '../../src/notify/_webhook-payload.ts'
import { verifyWebhook, webhook } from '../../src/notify/webhook.ts'
import { aDigest, anAlert, anIssue, anOccurrence, aThrow } from '../_notifier-fixtures.ts'
import { startVendor } from '../_notifier-server.ts'
import { notifierSuite } from '../_notifier-suite.ts'

const url = 'https://alerts.example.com/hooks/0123456789'
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

notifierSuite('webhook', {
  make: (options) => webhook({ url, secret, ...options }),
  accepted: { status: 204 },
  refusals: [401, 403, 404, 410].map((status) => ({ status, body: 'echo' })),
  limited: { answer: { status: 429, headers: { 'retry-after': '7' } }, retryAfterMs: 7_000 },
  expectInert(_, message) {
    // Data for a program: whole, and escaped so far that a log line stays one line.
    expect(message.body).not.toMatch(/[\n\u2028-\u202e]/)
  },
  expectWithinLimits(_, message) {
    expect(message.body.length).toBeLessThanOrEqual(128_000)
  },
})

describe('the payload', () => {
  test('of an issue is the alert as data', () => {
    const alert = anAlert()
    expect(webhookPayload(alert)).toEqual({
      id: '019aa5a0-7c1e-7000-8000-00000000abcd-new',
      type: 'issue.new',
      text: '⚠️ 404 Error: /x not found',
      stored: true,
      url: null,
      issue: anIssue(),
      occurrence: anOccurrence(),
    })
  })

  test('of a digest is its counts', () => {
    expect(webhookPayload(aDigest())).toEqual({
      id: 'digest-1795269760000-23-4120',
      type: 'digest',
      text: '23 more issues, 4,120 occurrences, since 14:02',
      stored: true,
      url: null,
      digest: { issues: 23, occurrences: 4_120, since: 1_795_269_760_000 },
    })
  })

  test('leaves out the bulk when there is too much of it', () => {
    const alert = anAlert({ extra: { blob: 'x'.repeat(70_000) } })
    const sent = JSON.parse(webhookBody(alert)) as { occurrence: { id: string; extra: unknown } }
    expect(sent.occurrence).toMatchObject({ id: anOccurrence().id, extra: null })
  })
})

describe('the signature', () => {
  const delivery = async (alert = aThrow()) => {
    const vendor = await startVendor()
    await webhook({ url, secret, headers: { 'x-team': 'blue' } }).send(alert, vendor.context)
    await vendor.close()
    const received = vendor.received[0]
    if (!received) throw new Error('nothing received')
    const headers = new Headers()
    for (const [key, value] of Object.entries(received.headers)) headers.set(key, String(value))
    return { headers, body: received.body }
  }
  const request = ({ headers, body }: { headers: Headers; body: string }) =>
    new Request(url, { method: 'POST', headers, body })
  const sentAt = (headers: Headers) => Number(headers.get('webhook-timestamp')) * 1_000

  test('is that of Standard Webhooks', async () => {
    const { headers, body } = await delivery()
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    const content = `${headers.get('webhook-id')}.${headers.get('webhook-timestamp')}.${body}`
    const expected = createHmac('sha256', key).update(content).digest('base64')
    expect(headers.get('webhook-signature')).toBe(`v1,${expected}`)
    expect(headers.get('x-team')).toBe('blue')
  })

  test('is verified for the receiver, who gets the alert', async () => {
    const sent = await delivery()
    const payload = await verifyWebhook(request(sent), { secret })
    expect(payload).toMatchObject({ type: 'issue.milestone', id: sent.headers.get('webhook-id') })
  })

  test('may be one of several, while a secret changes', async () => {
    const sent = await delivery()
    const own = sent.headers.get('webhook-signature') ?? ''
    sent.headers.set('webhook-signature', `v1a,xx v1,AAAA ${own}`)
    expect(await verifyWebhook(request(sent), { secret })).toMatchObject({ stored: true })
  })

  test.each<
    [string, (sent: { headers: Headers; body: string }) => { secret?: string; now?: number }]
  >([
    ['a changed body', (sent) => ((sent.body = sent.body.replace('42', '43')), {})],
    ['a changed id', (sent) => (sent.headers.set('webhook-id', 'other'), {})],
    ['a later time', (sent) => (sent.headers.set('webhook-timestamp', '1'), { now: 1_000 })],
    ['no signature', (sent) => (sent.headers.delete('webhook-signature'), {})],
    [
      'a signature without its version',
      (sent) => (
        sent.headers.set(
          'webhook-signature',
          (sent.headers.get('webhook-signature') ?? '').slice(3),
        ),
        {}
      ),
    ],
    [
      'a signature that is no base64',
      (sent) => (sent.headers.set('webhook-signature', 'v1,***'), {}),
    ],
    ['another secret', () => ({ secret: 'another secret of 30 characters' })],
    ['an age of 301 s', (sent) => ({ now: sentAt(sent.headers) + 301_000 })],
    ['a time 301 s ahead', (sent) => ({ now: sentAt(sent.headers) - 301_000 })],
  ])('is refused with %s', async (_, change) => {
    const sent = await delivery()
    const options = change(sent)
    const outcome = verifyWebhook(request(sent), { secret, ...options })
    await expect(outcome).rejects.toThrow(KlaxonError)
    await expect(outcome).rejects.toMatchObject({ code: 'BAD_SIGNATURE' })
  })

  test('is not looked for in a body past 256 KB', async () => {
    const sent = await delivery()
    sent.body = 'x'.repeat(300_000)
    await expect(verifyWebhook(request(sent), { secret })).rejects.toThrow(/not signed/)
  })

  test('has the same id when the same alert is sent again', async () => {
    const [one, two] = [await delivery(), await delivery()]
    expect(one.headers.get('webhook-id')).toBe(two.headers.get('webhook-id'))
  })

  test.each([[undefined], ['short'], ['whsec_not base64 at all!']])(
    'takes no secret like %s',
    (bad) => {
      expect(() => webhook({ url, secret: bad as string })).toThrow('webhook: option "secret"')
    },
  )
})
