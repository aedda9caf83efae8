import { expect, test } from 'vitest'
import { googlechat } from '../../src/notify/googlechat.ts'
import { aThrow } from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const webhookUrl =
  'https://chat.googleapis.com/v1/spaces/AAAA/messages?key=AIzaSyAbcdefghij&token=abcdefghijklmnop'

interface Message {
  text: string
  thread?: { threadKey: string }
  cardsV2?: { card: { sections: { widgets: { decoratedText?: { text: string } }[] }[] } }[]
}

notifierSuite('googlechat', {
  make: (options) => googlechat({ webhookUrl, ...options }),
  accepted: { status: 200, body: '{"name":"spaces/AAAA/messages/1"}' },
  refusals: [
    { status: 401, body: '{"error":{"status":"UNAUTHENTICATED","message":"echo"}}' },
    { status: 403, body: '{"error":{"status":"PERMISSION_DENIED","message":"echo"}}' },
    { status: 404, body: '{"error":{"status":"NOT_FOUND","message":"echo"}}' },
  ],
  limited: { answer: { status: 429, headers: { 'retry-after': '9' } }, retryAfterMs: 9_000 },
  expectInert(payload, message) {
    expect(message.url).toContain('messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD')
    const { text, cardsV2 = [] } = payload as Message
    const texts = cardsV2.flatMap(({ card }) =>
      card.sections.flatMap(({ widgets }) =>
        widgets.flatMap(({ decoratedText }) => decoratedText?.text ?? []),
      ),
    )
    for (const each of [text, ...texts]) expect(each).not.toMatch(/[<>]|@everyone/)
  },
  expectWithinLimits(_payload, message) {
    expect(new TextEncoder().encode(message.body).length).toBeLessThan(32_000)
  },
})

test('the alerts of an issue are one thread, and its end is told there', async () => {
  const vendor = await startVendor()
  const channel = googlechat({ webhookUrl })
  await channel.send(aThrow(), vendor.context)
  await channel.resolve!(aThrow({ reason: 'resolved' }), vendor.context)
  await vendor.close()
  const [first, last] = vendor.received.map(({ body }) => JSON.parse(body) as Message)
  expect(first!.thread).toEqual(last!.thread)
  expect(last!.text).toContain('Resolved')
})
