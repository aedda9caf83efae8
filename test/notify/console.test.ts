import { describe, expect, test } from 'vitest'
import type { Alert } from '../../src/model/alert.ts'
import { consoleNotifier } from '../../src/notify/console.ts'
import {
  aDigest,
  aHostileAlert,
  aHugeAlert,
  anAlert,
  aThrow,
} from '../support/notifier-fixtures.ts'

const context = { fetch }

async function written(alert: Alert, format: 'pretty' | 'json'): Promise<string> {
  const texts: string[] = []
  const notifier = consoleNotifier({ format, write: (text) => texts.push(text) })
  expect(await notifier.send(alert, context)).toEqual({ ok: true })
  expect(texts).toHaveLength(1)
  return texts[0] ?? ''
}

describe('pretty', () => {
  test('is a few lines for a person', async () => {
    expect(await written(aThrow(), 'pretty')).toBe(`
⚠️ 500 Error: Server error at /orders/42
  Status Code  500
  Path         /orders/42
  Client IP    203.0.113.7
  Method       POST
  User-Agent   curl/8.5.0
  User ID      7
  Username     mika
  Timestamp    2026-11-21 17:05:33 GMT+9
  Error        TypeError: Cannot read properties of undefined (reading 'total')
  Stack        at price (file:///srv/app/src/price.ts:12:9)
               at async order (file:///srv/app/src/order.ts:40:3)
  Count        1 since 2026-11-21 17:05:33 GMT+9 (milestone)
  Error ID     019aa5a0-7c1e-7000-8000-00000000abcd
  Dashboard    https://errors.example.com/i/1
  (klaxon · production · 1.4.2)
`)
  })

  test('of a digest is one line and a link', async () => {
    expect(await written(aDigest({ url: 'https://errors.example.com/' }), 'pretty')).toBe(`
23 more issues, 4,120 occurrences, since 14:02
  Dashboard  https://errors.example.com/
  (klaxon)
`)
  })

  test('lets no value begin a line or control the terminal', async () => {
    const text = await written(aHostileAlert(), 'pretty')
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    expect(text).not.toMatch(/^Injected/m)
  })

  test('stays short for a huge alert', async () => {
    expect((await written(aHugeAlert(), 'pretty')).length).toBeLessThan(6_500)
  })
})

describe('json', () => {
  test('is one line', async () => {
    const text = await written(aThrow(), 'json')
    expect(text).not.toContain('\n')
    expect(JSON.parse(text)).toEqual({
      klaxon: 'alert',
      text: '⚠️ 500 Error: Server error at /orders/42',
      stored: true,
      url: 'https://errors.example.com/i/1',
      reason: 'milestone',
      fingerprint: 'v1:00112233445566778899aabbccddeeff',
      title: "TypeError: Cannot read properties of undefined (reading 'total')",
      status: 500,
      method: 'POST',
      path: '/orders/42',
      errorName: 'TypeError',
      errorMessage: "Cannot read properties of undefined (reading 'total')",
      cause: null,
      context: null,
      before: [],
      changed: null,
      places: null,
      history: null,
      errorId: '019aa5a0-7c1e-7000-8000-00000000abcd',
      traceUrl: null,
      count: 1,
      firstSeen: '2026-11-21T08:05:33.000Z',
      lastSeen: '2026-11-21T08:05:33.000Z',
    })
  })

  test('of a digest has its counts', async () => {
    expect(JSON.parse(await written(aDigest(), 'json'))).toMatchObject({
      reason: 'digest',
      issues: 23,
      occurrences: 4_120,
      since: '2026-11-21T14:02:40.000Z',
    })
  })

  test('stays one line, escaped, for hostile text', async () => {
    const url = 'https://errors.example.com/\u2028\u202e\u009b'
    const text = await written({ ...aHostileAlert(), url }, 'json')
    expect(JSON.parse(text)).toMatchObject({ url })
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/)
  })

  test('stays short for a huge alert', async () => {
    expect((await written(aHugeAlert(), 'json')).length).toBeLessThan(12_000)
  })

  test('is what a pipe gets', async () => {
    const texts: string[] = []
    await consoleNotifier({ write: (text) => texts.push(text) }).send(anAlert(), context)
    const pretty = process.stdout.isTTY === true
    expect(texts[0]?.includes('\n')).toBe(pretty)
  })
})
