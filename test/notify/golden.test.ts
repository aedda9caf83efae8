import { expect, test } from 'vitest'
import type { Alert } from '../../src/model/alert.ts'
import type { Notifier, SendContext } from '../../src/model/channel.ts'
import { consoleJson, consolePretty } from '../../src/notify/console.ts'
import { discord } from '../../src/notify/discord.ts'
import { email } from '../../src/notify/email/email.ts'
import { fcmMessage } from '../../src/notify/fcm/_message.ts'
import { github } from '../../src/notify/github/github.ts'
import { googlechat } from '../../src/notify/googlechat.ts'
import { pagerduty } from '../../src/notify/pagerduty.ts'
import { slack } from '../../src/notify/slack/slack.ts'
import { teams } from '../../src/notify/teams.ts'
import { telegram } from '../../src/notify/telegram.ts'
import { webhook } from '../../src/notify/webhook/webhook.ts'
import { aFullAlert } from '../support/notifier-fixtures.ts'

/**
 * Sends an alert to a vendor that accepts everything, and returns the body of the first request.
 */
function over(channel: Notifier): (alert: Alert) => Promise<string> {
  return async (alert) => {
    const bodies: string[] = []
    const context: SendContext = {
      fetch: async (_url, init) => {
        bodies.push(String(init?.body))
        return Response.json({ ok: true, id: '1', number: 1, channel: 'C1', ts: '1.0' })
      },
    }
    await channel.send(alert, context)
    return bodies[0]!
  }
}

const hook = 'https://hooks.example.com/0123456789abcdef'
const CHANNELS: Record<string, (alert: Alert) => string | Promise<string>> = {
  slack: over(slack({ webhookUrl: hook })),
  'slack in blocks': over(slack({ webhookUrl: hook, blocks: true })),
  'slack app': over(slack({ token: 'xoxb-1-a', channel: 'C1', buttons: true })),
  discord: over(discord({ webhookUrl: hook })),
  telegram: over(telegram({ token: '123456:abcdefghijklmnopqrstuvwxyz', chatId: -1 })),
  teams: over(teams({ webhookUrl: hook })),
  googlechat: over(googlechat({ webhookUrl: hook })),
  email: over(email({ resendApiKey: 're_1', from: 'a@example.com', to: 'b@example.com' })),
  github: over(github({ repo: 'acme/shop', token: 'github_pat_1' })),
  pagerduty: over(pagerduty({ routingKey: 'R0123456789ABCDEF0123456789ABCDE' })),
  webhook: over(webhook({ url: hook, secret: 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz' })),
  fcm: (alert) => JSON.stringify(fcmMessage(alert, { topic: 'errors' })),
  'console, for a machine': consoleJson,
  'console, for a person': consolePretty,
}

test.each(Object.entries(CHANNELS))('%s says this of a throw', async (_name, bodyOf) => {
  const body = await bodyOf(aFullAlert())
  expect(body.startsWith('{') ? JSON.parse(body) : body).toMatchSnapshot()
})

/** A text without the escapes of a channel. */
function plain(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/\\+([^\\nu])/g, '$1')
    .replaceAll('\u2060', '')
}

const SAID = {
  error: "TypeError: Cannot read properties of undefined (reading 'total')",
  cause: 'SqliteError: database is locked → StoreError: the order was not saved',
  context: 'orderId: 8812 · plan: gold',
  change: 'new in r7',
  places: '5 places in the newest 50: POST /orders/:id, GET /orders, PUT /orders/:id and 2 more',
  history:
    'told before: slack 2026-11-19 17:05:33 GMT+9 (new), pagerduty 2026-11-19 17:05:33 GMT+9 (new); resolved by ada 2026-11-20 17:05:33 GMT+9',
}

test.each(Object.entries(CHANNELS))(
  '%s says the cause in one line, the context, what is new, where, and who was told before',
  async (name, bodyOf) => {
    const body = plain(await bodyOf(aFullAlert())).replaceAll('&quot;', '"')
    const said = body.replaceAll('&#39;', "'")
    if (name === 'webhook') {
      // The webhook sends data. The members of the occurrence have these facts.
      expect(said).toContain('"message":"database is locked"')
      return
    }
    if (name.startsWith('console, for a machine')) {
      expect(JSON.parse(await bodyOf(aFullAlert()))).toMatchObject({
        cause: SAID.cause,
        context: SAID.context,
        changed: SAID.change,
        places: SAID.places,
        history: SAID.history,
      })
      return
    }
    for (const text of Object.values(SAID)) expect(said).toContain(text)
  },
)

test.each(Object.entries(CHANNELS).filter(([name]) => name !== 'fcm'))(
  '%s says what happened last, five lines of it, and leads to dashboard and trace',
  async (name, bodyOf) => {
    const { url, traceUrl } = aFullAlert()
    const body = plain(await bodyOf(aFullAlert()))
    for (const text of ['cart 3 opened', 'POST https://pay.example/charge', 'note: b'])
      expect(body).toContain(name === 'webhook' ? text.replace('note: ', '"') : text)
    if (name !== 'webhook') expect(body).not.toContain('dropped')
    for (const address of [url!, traceUrl!]) expect(body).toContain(address)
  },
)

test('a push message leads to the dashboard, and its count stands behind a long message and cause', () => {
  const { url, occurrence } = aFullAlert()
  const errorMessage = 'x'.repeat(2_000)
  const alert = aFullAlert({ occurrence: { ...occurrence!, errorMessage }, cause: errorMessage })
  const { notification, data } = fcmMessage(alert, { topic: 'errors' })
  expect(data['url']).toBe(url)
  expect(notification.body).toMatch(/\n1,204 since 2026-11-21 16:05:33 GMT\+9 \(new\)$/)
})

test.each([
  ['browser', 0, '/cart', '⚠️ Browser error on /cart'],
  ['missed', 500, 'nightly-import', '⚠️ nightly-import did not run'],
  ['thrown', 302, '/login', '⚠️ 302 Error: Server error at /login'],
  ['thrown', 500, '', '⚠️ 500 Error: Server error'],
  ['status', 404, '/x', '⚠️ 404 Error: /x not found'],
] as const)('a failure of kind %s with status %i begins with words for it', (...row) => {
  const [kind, status, path, line] = row
  const { issue, occurrence } = aFullAlert()
  const alert = aFullAlert({
    issue: { ...issue, title: 'nightly-import did not run' },
    occurrence: { ...occurrence!, kind, status, path },
  })
  const { text } = JSON.parse(consoleJson(alert)) as { text: string }
  expect(text).toBe(line)
})
