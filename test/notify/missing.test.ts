import { expect, test, vi } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import type { Notifier } from '../../src/model/channel.ts'
import { channelKey } from '../../src/model/channel.ts'
import { discord } from '../../src/notify/discord.ts'
import { email } from '../../src/notify/email/email.ts'
import { fcm } from '../../src/notify/fcm/fcm.ts'
import { github } from '../../src/notify/github/github.ts'
import { googlechat } from '../../src/notify/googlechat.ts'
import { pagerduty } from '../../src/notify/pagerduty.ts'
import { slack } from '../../src/notify/slack/slack.ts'
import { teams } from '../../src/notify/teams.ts'
import { telegram } from '../../src/notify/telegram.ts'
import { webhook } from '../../src/notify/webhook/webhook.ts'
import { memory } from '../../src/store/memory/memory.ts'

type Secret = string | undefined

const MAKERS: Record<string, (secret: Secret) => Notifier> = {
  slack: (webhookUrl) => slack({ webhookUrl }),
  'slack app': (token) => slack({ token, channel: 'C1', name: 'slack app' }),
  discord: (webhookUrl) => discord({ webhookUrl }),
  teams: (webhookUrl) => teams({ webhookUrl }),
  telegram: (token) => telegram({ token, chatId: 1 }),
  email: (resendApiKey) => email({ resendApiKey, from: 'a@b.example', to: 'c@d.example' }),
  fcm: (serviceAccount) => fcm({ serviceAccount, topic: 'x' }),
  webhook: (url) => webhook({ url, secret: 'sixteen characters' }),
  github: (token) => github({ repo: 'acme/shop', token }),
  pagerduty: (routingKey) => pagerduty({ routingKey }),
  googlechat: (webhookUrl) => googlechat({ webhookUrl }),
}

test.each(Object.entries(MAKERS))(
  '%s without its secret is left out with one line, and the store stays',
  async (_name, make) => {
    for (const secret of [undefined, '', '  ']) {
      const store = memory()
      const warn = vi.fn<(line: string) => void>()
      const klaxon = createKlaxon({
        store,
        notify: [make(secret), { name: 'other', send: async () => ({ ok: true }) }],
        log: { error: () => {}, warn },
      })
      const response = await klaxon.wrap(
        async (_request: Request) => new Response('', { status: 500 }),
      )(new Request('http://x/'))
      expect(response.status).toBe(500)
      await klaxon.flush()
      expect(await store.issues()).toHaveLength(1)
      expect(warn.mock.calls.flat().filter((line) => line.includes('is left out'))).toHaveLength(1)
      expect((await klaxon.test()).map(({ channel }) => channel)).toEqual(['other'])
    }
  },
)

test('a channel is known by where it leads, and a rotated secret changes nothing', () => {
  const key = (notifier: Notifier): string => channelKey(notifier)
  expect(key(telegram({ token: `1:${'a'.repeat(30)}`, chatId: 7 }))).toBe(
    key(telegram({ token: `1:${'b'.repeat(30)}`, chatId: 7 })),
  )
  expect(key(telegram({ token: `1:${'a'.repeat(30)}`, chatId: 8 }))).not.toBe(
    key(telegram({ token: `1:${'a'.repeat(30)}`, chatId: 7 })),
  )
  const app = (token: string, channel: string) => key(slack({ token, channel }))
  expect(app('xoxb-123456789-1-aaaaaaaaaa', 'C1')).toBe(app('xoxb-123456789-1-bbbbbbbbbb', 'C1'))
  expect(app('xoxb-123456789-1-aaaaaaaaaa', 'C2')).not.toBe(
    app('xoxb-123456789-1-aaaaaaaaaa', 'C1'),
  )
  const mail = (resendApiKey: string, to: string[]) =>
    key(email({ resendApiKey, from: 'a@b.example', to }))
  expect(mail('re_1', ['x@y.example', 'z@y.example'])).toBe(
    mail('re_2', ['z@y.example', 'x@y.example']),
  )
  const hook = (webhookUrl: string) => key(slack({ webhookUrl }))
  expect(hook('https://hooks.slack.com/services/T/B/1')).not.toBe(
    hook('https://hooks.slack.com/services/T/B/2'),
  )
})
