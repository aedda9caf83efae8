import { expect, test } from 'vitest'
import { teams, teamsMessage, type TeamsMessage } from '../../src/notify/teams.ts'
import { aDigest, aThrow } from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const webhookUrl =
  'https://prod-01.westeurope.logic.azure.com/workflows/abc/triggers/manual/paths/invoke?sig=0123456789'

notifierSuite('teams', {
  make: (options) => teams({ webhookUrl, ...options }),
  accepted: { status: 202 },
  refusals: [
    { status: 401, body: '{"error":{"code":"DirectApiAuthorizationRequired","message":"echo"}}' },
    { status: 403 },
    { status: 400, body: '{"error":{"code":"WorkflowTriggerIsNotEnabled","message":"echo"}}' },
    { status: 404, body: '{"error":{"code":"WorkflowNotFound"}}' },
  ],
  limited: { answer: { status: 429, headers: { 'retry-after': '12' } }, retryAfterMs: 12_000 },
  expectInert(payload) {
    // Text runs have no markup. Text blocks and mentions have, so there must be none.
    const { content } = (payload as TeamsMessage).attachments[0]
    expect(JSON.stringify(payload)).not.toMatch(/"(?:TextBlock|FactSet|mention|entities)"/)
    for (const { type, inlines } of content.body) {
      expect(type).toBe('RichTextBlock')
      for (const run of inlines) expect(run.type).toBe('TextRun')
    }
    const hosts = content.actions.map(({ url }) => new URL(url).host)
    expect(new Set(hosts)).toEqual(new Set(['errors.example.com']))
  },
  expectWithinLimits(_, message) {
    expect(Buffer.byteLength(message.body)).toBeLessThanOrEqual(21_000)
  },
})

test('the card of a throw is this', () => {
  const line = (label: string, text: string, more = {}) => ({
    type: 'RichTextBlock',
    inlines: [
      { type: 'TextRun', text: `${label}: `, weight: 'Bolder' },
      { type: 'TextRun', text, ...more },
    ],
  })
  const run = (text: string, more = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...more }],
  })
  expect(teamsMessage(aThrow())).toEqual({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            run('⚠️ 500 Error: Server error at /orders/42', {
              weight: 'Bolder',
              size: 'Medium',
              color: 'Attention',
            }),
            line('Status Code', '500'),
            line('Path', '/orders/42'),
            line('Client IP', '203.0.113.7'),
            line('Method', 'POST'),
            line('User-Agent', 'curl/8.5.0'),
            line('User ID', '7'),
            line('Username', 'mika'),
            line('Timestamp', '2026-11-21 17:05:33 GMT+9'),
            line('Error', "TypeError: Cannot read properties of undefined (reading 'total')"),
            line(
              'Stack',
              'at price (file:///srv/app/src/price.ts:12:9)\nat async order (file:///srv/app/src/order.ts:40:3)',
              { fontType: 'Monospace' },
            ),
            line('Count', '1 since 2026-11-21 17:05:33 GMT+9 (milestone)'),
            line('Error ID', '019aa5a0-7c1e-7000-8000-00000000abcd'),
            run('klaxon · production · 1.4.2', { isSubtle: true }),
          ],
          actions: [
            {
              type: 'Action.OpenUrl',
              title: 'Open in the dashboard',
              url: 'https://errors.example.com/i/1',
            },
          ],
        },
      },
    ],
  })
})

test('the card of a digest is one line', () => {
  const [card] = teamsMessage(aDigest()).attachments
  expect(card.content.body[0]?.inlines[0]?.text).toBe(
    '23 more issues, 4,120 occurrences, since 14:02',
  )
  expect(card.content.actions).toEqual([])
})

test('a card that is too large goes out once more as plain text', async () => {
  const vendor = await startVendor()
  vendor.answers({ status: 413 }, { status: 202 })
  expect(await teams({ webhookUrl }).send(aThrow(), vendor.context)).toEqual({ ok: true })
  await vendor.close()
  const [card] = (JSON.parse(vendor.received[1]?.body ?? '') as TeamsMessage).attachments
  expect(card.content.body).toHaveLength(1)
})
