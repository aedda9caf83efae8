import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { KlaxonError } from '../../src/model/klaxon-error.ts'
import {
  webhookBody,
  webhookPayload,
  type WebhookPayload,
} from '../../src/notify/webhook/_payload.ts'
import { toMarkdown } from '../../src/report/markdown.ts'
import { verifyWebhook, webhook } from '../../src/notify/webhook/webhook.ts'
import {
  aDigest,
  aFullAlert,
  anAlert,
  anIssue,
  anOccurrence,
  aThrow,
} from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const url = 'https://alerts.example.com/hooks/0123456789'
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

notifierSuite('webhook', {
  make: (options) => webhook({ url, secret, ...options }),
  accepted: { status: 204 },
  refusals: [401, 403, 404, 410].map((status) => ({ status, body: 'echo' })),
  limited: { answer: { status: 429, headers: { 'retry-after': '7' } }, retryAfterMs: 7_000 },
  expectInert(_, message) {
    // Data for a program. It is complete, and escaped so that it stays one log line.
    expect(message.body).not.toMatch(/[\n\u2028-\u202e]/)
  },
  expectWithinLimits(_, message) {
    expect(message.body.length).toBeLessThanOrEqual(128_000)
  },
})

type IssuePayload = Exclude<WebhookPayload, { type: 'digest' }>

describe('the payload', () => {
  test('of an issue is the alert as data', () => {
    const alert = anAlert()
    expect(webhookPayload(alert)).toEqual({
      id: '019aa5a0-7c1e-7000-8000-00000000abcd-new',
      type: 'issue.new',
      text: '⚠️ 404 Error: /x not found',
      stored: true,
      url: null,
      traceUrl: null,
      cause: null,
      changed: null,
      places: [],
      history: [],
      markdown: expect.stringMatching(/^# GET \/x 404\n/),
      issue: anIssue(),
      occurrence: anOccurrence(),
    })
  })

  test('has a report in Markdown, from which a coding agent can work', () => {
    const alert = aFullAlert()
    const { markdown, cause, changed, traceUrl } = webhookPayload(alert) as IssuePayload
    expect({ cause, changed, traceUrl }).toEqual({
      cause: 'SqliteError: database is locked → StoreError: the order was not saved',
      changed: 'new in r7',
      traceUrl: alert.traceUrl,
    })
    expect(markdown).toMatchSnapshot()
    const { issue, occurrence, places, history } = alert
    expect(markdown).toBe(toMarkdown({ issue, occurrence: occurrence!, places, history }))
    expect(markdown).toContain(
      'The newest 50 come from 5 places: `POST /orders/:id`, `GET /orders`',
    )
    expect(markdown).toContain('- 2026-11-20T08:05:33.000Z resolved by `ada`\n')
    expect(markdown).toContain('- 2026-11-19T08:05:33.000Z sent (`slack`)\n')
  })

  test('has a report that names who acted in Slack without a mention', () => {
    const { issue, occurrence, history } = aFullAlert()
    const acted = { ...history[0]!, who: '<@U042>' }
    expect(toMarkdown({ issue, occurrence: occurrence!, history: [acted] })).toContain(
      ' resolved by `U042 in Slack`\n',
    )
  })

  test('lists 20 places, and its report counts all of them', () => {
    const places = Array.from({ length: 35 }, (_, nth) => `GET /${nth}`)
    const said = (count: number, extra = '') => {
      const { issue, occurrence } = aFullAlert()
      const alert = aFullAlert({
        ...{ issue: { ...issue, count }, count, places },
        occurrence: { ...occurrence!, extra: { extra } },
      })
      const payload = JSON.parse(webhookBody(alert)) as IssuePayload
      expect(payload.places).toEqual(places.slice(0, 20))
      return payload.markdown
    }
    expect(said(50)).toContain('It comes from 35 places: `GET /0`, `GET /1`')
    expect(said(50)).toContain('`GET /19` and 15 more.')
    expect(said(51)).toContain('The newest 50 come from 35 places: `GET /0`')
    // Too long for the body, so the report is written again.
    expect(said(51, 'x'.repeat(70_000))).toContain('The newest 50 come from 35 places: `GET /0`')
  })

  test('has no report without an occurrence', () => {
    expect(webhookPayload(aThrow({ occurrence: null }))).toMatchObject({ markdown: null })
  })

  test.each([
    ['browser', 'A browser reported `TypeError`.'],
    ['missed', 'A job that must run did not run.'],
    ['thrown', 'The handler threw `TypeError`; the client got 500.'],
    ['status', 'The handler returned 500 for `POST /orders/42`.'],
  ] as const)('reports a failure of kind %s in words for it', (kind, words) => {
    const { occurrence } = aThrow()
    const alert = aThrow({ occurrence: { ...occurrence!, kind } })
    expect((webhookPayload(alert) as IssuePayload).markdown).toContain(`## Error\n\n${words}\n`)
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

  test('keeps the report whole where the record alone is too long, and cuts it where both are', () => {
    const errorStack = `Error: x\n${'    at run (file:///srv/app/x.ts:1:1)\n'.repeat(400)}`
    const big = anAlert({ errorStack, extra: { blob: 'x'.repeat(30_000) } })
    const sent = JSON.parse(webhookBody(big)) as IssuePayload
    expect(sent.occurrence).toMatchObject({ errorStack: null, extra: null })
    expect(sent.markdown).toContain('x'.repeat(30_000))
    const huge = anAlert({ errorStack, extra: { blob: 'x'.repeat(60_000) } })
    const cut = JSON.parse(webhookBody(huge)) as IssuePayload
    expect(cut.markdown).not.toContain('xxxx')
    expect(cut.markdown).toContain('## Request')
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

  test.each([['short'], ['whsec_not base64 at all!']])('takes no secret like %s', (bad) => {
    expect(() => webhook({ url, secret: bad as string })).toThrow(
      'klaxon: webhook(): option `secret`',
    )
  })
})
