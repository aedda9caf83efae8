import { describe, expect, test } from 'vitest'
import { telegram, telegramMessage, type TelegramMessage } from '../../src/notify/telegram.ts'
import { aDigest, aThrow } from '../support/notifier-fixtures.ts'
import { notifierSuite } from '../suites/notifier.ts'

const token = '123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw'
const refusal = (error_code: number, description: string, parameters?: object) => ({
  status: error_code,
  body: JSON.stringify({ ok: false, error_code, description, parameters }),
})

notifierSuite('telegram', {
  make: (options) => telegram({ token, chatId: -1001, ...options }),
  accepted: { status: 200, body: '{"ok":true,"result":{}}' },
  refusals: [
    refusal(401, 'Unauthorized'),
    refusal(403, 'Forbidden: bot was kicked from the group chat'),
    refusal(404, 'Not Found'),
    refusal(400, 'Bad Request: chat not found'),
    refusal(400, 'Bad Request: not enough rights to send text messages to the chat'),
    refusal(400, 'Bad Request: need administrator rights in the channel chat'),
    refusal(400, 'Bad Request: CHAT_WRITE_FORBIDDEN'),
    refusal(400, 'Bad Request: TOPIC_CLOSED'),
    refusal(403, 'Forbidden: bot was blocked by the user'),
    refusal(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -1002 }),
  ],
  limited: {
    answer: refusal(429, 'Too Many Requests: retry after 35', { retry_after: 35 }),
    retryAfterMs: 35_000,
  },
  expectInert(payload) {
    const { text, entities } = payload as TelegramMessage
    // Outside of code there are only klaxon's labels and the dashboard's address.
    let rest = text
    for (const { type, offset, length } of entities.toReversed()) {
      if (type !== 'bold') rest = rest.slice(0, offset) + rest.slice(offset + length)
    }
    expect(rest.replaceAll(/https:\/\/errors\.example\.com\/\S*/g, '')).toMatch(/^[A-Za-z \-\n]*$/)
  },
  expectWithinLimits(payload, message) {
    const { text, entities } = payload as TelegramMessage
    expect(message.url).toBe(`/bot${token}/sendMessage`)
    expect(text.length).toBeLessThanOrEqual(4_096)
    expect(text.length).toBeGreaterThan(0)
    expect(entities.length).toBeLessThanOrEqual(100)
    for (const { offset, length } of entities) {
      expect(length).toBeGreaterThan(0)
      expect(offset + length).toBeLessThanOrEqual(text.length)
    }
  },
})

describe('the message', () => {
  test('of a throw is this', () => {
    const { text, entities, ...rest } = telegramMessage(aThrow(), '@alerts')
    expect(text).toBe(
      [
        '⚠️ 500 Error: Server error at /orders/42',
        'Status Code 500',
        'Path /orders/42',
        'Client IP 203.0.113.7',
        'Method POST',
        'User-Agent curl/8.5.0',
        'User ID 7',
        'Username mika',
        'Timestamp 2026-11-21 17:05:33 GMT+9',
        "Error TypeError: Cannot read properties of undefined (reading 'total')",
        'Count 1 since 2026-11-21 17:05:33 GMT+9 (milestone)',
        'Error ID 019aa5a0-7c1e-7000-8000-00000000abcd',
        'Stack',
        'at price (file:///srv/app/src/price.ts:12:9)',
        'at async order (file:///srv/app/src/order.ts:40:3)',
        'https://errors.example.com/i/1',
      ].join('\n'),
    )
    const shown = entities.map(({ type, offset, length }) => [
      type,
      text.slice(offset, offset + length),
    ])
    expect(shown.slice(0, 3)).toEqual([
      ['code', '⚠️ 500 Error: Server error at /orders/42'],
      ['bold', 'Status Code'],
      ['code', '500'],
    ])
    expect(shown.at(-1)?.[0]).toBe('pre')
    expect(rest).toEqual({ chat_id: '@alerts', link_preview_options: { is_disabled: true } })
  })

  test('of a digest is one line', () => {
    expect(telegramMessage(aDigest(), 1).text).toBe(
      '23 more issues, 4,120 occurrences, since 14:02',
    )
  })
})

test.each([
  [{ token: 'abc', chatId: 1 }, 'telegram(): option `token`'],
  [{ token: `${token}/../x`, chatId: 1 }, 'telegram(): option `token`'],
  [{ token, chatId: 'a b' }, 'telegram(): option `chatId`'],
])('options %# are refused', (options, message) => {
  expect(() => telegram(options)).toThrow(message)
})
