import { describe, expect, test } from 'vitest'
import { discord, discordMessage, type DiscordMessage } from '../../src/notify/discord.ts'
import { aDigest, aHostileAlert, anAlert, aThrow } from '../support/notifier-fixtures.ts'
import { startVendor } from '../support/notifier-server.ts'
import { notifierSuite } from '../suites/notifier.ts'

const webhookUrl = 'https://discord.com/api/webhooks/123456789/abcdefghijklmnop'

notifierSuite('discord', {
  make: (options) => discord({ webhookUrl, ...options }),
  accepted: { status: 200, body: '{"id":"1"}' },
  refusals: [
    { status: 404, body: '{"message":"Unknown Webhook echo","code":10015}' },
    { status: 401, body: '{"message":"Invalid Webhook Token","code":50027}' },
    // https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
    { status: 400, body: '{"message":"Webhooks posted to forum channels echo","code":220001}' },
  ],
  limited: {
    answer: { status: 429, body: '{"message":"echo","retry_after":64.57,"global":false}' },
    retryAfterMs: 64_570,
  },
  expectInert(payload, message) {
    const { content, allowed_mentions, embeds = [] } = payload as DiscordMessage
    expect(message.url).toContain('?wait=true')
    expect(allowed_mentions).toEqual({ parse: [] })
    const texts = [content, ...embeds.flatMap(({ fields }) => fields.map(({ value }) => value))]
    for (const text of texts) {
      if (text.startsWith('```')) {
        expect(text.slice(3, -3)).not.toContain('```')
        continue
      }
      // The link to the trace. No character of its address can end the link.
      if (/^\[Open the trace\]\(<https:\/\/errors\.example\.com\/[^<>()[\]|\s]*>\)$/.test(text))
        continue
      // Every Markdown character has a backslash before it.
      expect(text.replace(/\\[^A-Za-z0-9\s]/g, '').replace('…[cut]', '')).not.toMatch(
        /[<>[\]()*_~`@#|:]/,
      )
    }
  },
  expectWithinLimits(payload) {
    const { content, embeds = [] } = payload as DiscordMessage
    expect(content.length).toBeLessThanOrEqual(2_000)
    let total = 0
    for (const { title = '', description = '', fields, footer } of embeds) {
      expect(title.length).toBeLessThanOrEqual(256)
      expect(description.length).toBeLessThanOrEqual(4_096)
      expect(footer.text.length).toBeLessThanOrEqual(2_048)
      expect(fields.length).toBeLessThanOrEqual(25)
      total += title.length + description.length + footer.text.length
      for (const { name, value } of fields) {
        expect(name.length).toBeLessThanOrEqual(256)
        expect(value.length).toBeLessThanOrEqual(1_024)
        expect(value).not.toBe('')
        total += name.length + value.length
      }
    }
    expect(total).toBeLessThanOrEqual(6_000)
  },
})

describe('the message', () => {
  test('of a throw is this', () => {
    const field = (name: string, value: string, inline: boolean) => ({ name, value, inline })
    expect(discordMessage(aThrow())).toEqual({
      content: '⚠️ 500 Error\\: Server error at /orders/42',
      allowed_mentions: { parse: [] },
      embeds: [
        {
          color: 0xff0000,
          title: 'Open in the dashboard',
          url: 'https://errors.example.com/i/1',
          fields: [
            field('Status Code', '500', true),
            field('Path', '/orders/42', false),
            field('Client IP', '203.0.113.7', true),
            field('Method', 'POST', true),
            field('User-Agent', 'curl/8.5.0', false),
            field('User ID', '7', true),
            field('Username', 'mika', true),
            field('Timestamp', '2026\\-11\\-21 17\\:05\\:33 GMT\\+9', true),
            field(
              'Error',
              "TypeError\\: Cannot read properties of undefined \\(reading 'total'\\)",
              false,
            ),
            field(
              'Stack',
              '```\nat price (file:///srv/app/src/price.ts:12:9)\nat async order (file:///srv/app/src/order.ts:40:3)\n```',
              false,
            ),
            field('Count', '1 since 2026\\-11\\-21 17\\:05\\:33 GMT\\+9 \\(milestone\\)', false),
            field('Error ID', '019aa5a0\\-7c1e\\-7000\\-8000\\-00000000abcd', false),
          ],
          footer: { text: 'klaxon · production · 1.4.2' },
        },
      ],
    })
  })

  test('of a digest is one line', () => {
    expect(discordMessage(aDigest())).toMatchObject({
      content: '23 more issues, 4,120 occurrences, since 14\\:02',
      embeds: [{ fields: [] }],
    })
  })

  test('that is called invalid goes out once more as plain text', async () => {
    const vendor = await startVendor()
    vendor.answers({ status: 400, body: '{"code":50035}' }, { status: 200 })
    expect(await discord({ webhookUrl }).send(aHostileAlert(), vendor.context)).toEqual({
      ok: true,
    })
    await vendor.close()
    const second = JSON.parse(vendor.received[1]?.body ?? '') as DiscordMessage
    expect(second.embeds).toBeUndefined()
    expect(second.allowed_mentions).toEqual({ parse: [] })
    expect(second.content).toContain('\\<\\@U1\\>')
  })

  test('goes to the address with the options it has already', async () => {
    const vendor = await startVendor()
    await discord({ webhookUrl: `${webhookUrl}?thread_id=42` }).send(anAlert(), vendor.context)
    await vendor.close()
    expect(vendor.received[0]?.url).toBe(
      '/api/webhooks/123456789/abcdefghijklmnop?thread_id=42&wait=true',
    )
  })
})
