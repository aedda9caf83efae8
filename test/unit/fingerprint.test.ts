import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256 } from '../../src/core/_sha256.ts'
import {
  fingerprint,
  type Grouping,
  issueTitle,
  normaliseMessage,
  normalisePath,
} from '../../src/core/fingerprint.ts'

const thrown: Grouping = {
  kind: 'thrown',
  status: 500,
  method: 'GET',
  path: '/x',
  route: null,
  errorName: 'TypeError',
  errorMessage: 'no',
  environment: 'test',
}
const status: Grouping = { ...thrown, kind: 'status', errorName: null, errorMessage: null }

test('sha256 agrees with the platform for every length around a block', () => {
  for (let n = 0; n < 200; n++) {
    const s = 'é'.repeat(n % 3) + 'x'.repeat(n)
    expect(sha256(s)).toBe(createHash('sha256').update(s).digest('hex'))
  }
  expect(sha256('abc')).toMatch(/^ba7816bf8f01cfea414140de5dae2223/)
})

test.each([
  ['user 42 not found', 'user <n> not found'],
  ['id 0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f', 'id <id>'],
  ['at 2026-11-21T17:05:33.123Z', 'at <date>'],
  ['hash deadbeef01 and 0x1F', 'hash <id> and <n>'],
  ['mail a.b+c@example.co.kr bounced', 'mail <email> bounced'],
  ['GET https://x.test/a?b=1 failed', 'GET <url> failed'],
  [`reading 'id' of "x y" and \`z\``, 'reading <value> of <value> and <value>'],
  ["can't find user's cart", "can't find user's cart"],
  ['order ORD2024X991 paid 1,234.50', 'order <id> paid <n>'],
  ['first\nsecond', 'first'],
  ['utf8 sha256', 'utf<n> sha<n>'],
])('message %s is %s', (message, normal) => {
  expect(normaliseMessage(message)).toBe(normal)
})

test.each([
  ['/users/42/posts', '/users/:id/posts'],
  ['/v2/oauth2/s3', '/v2/oauth2/s3'],
  ['/a/0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f', '/a/:id'],
  ['/a/x@y.z', '/a/:id'],
  ['/', '/'],
])('path %s is %s', (path, normal) => {
  expect(normalisePath(path)).toBe(normal)
})

test('fingerprints are v1 and 128 bits, equal for one issue and different for two', () => {
  const one = fingerprint({ ...thrown, errorMessage: 'user 1 gone' })
  expect(one).toMatch(/^v1:[\da-f]{32}$/)
  expect(fingerprint({ ...thrown, errorMessage: 'user 2 gone', path: '/y' })).toBe(one)
  const others = [
    fingerprint({ ...thrown, errorMessage: 'user 1 gone', environment: 'live' }),
    fingerprint({ ...thrown, errorMessage: 'user 1 gone', errorName: 'RangeError' }),
    fingerprint({ ...thrown, errorMessage: 'user 1 gone' }, 'E1'),
    fingerprint({ ...thrown, errorMessage: 'user 1 gone' }, null, 'mine'),
    fingerprint(status),
    fingerprint({ ...status, method: 'POST' }),
    fingerprint({ ...status, status: 503 }),
    fingerprint({ ...status, route: '/:a' }),
  ]
  expect(new Set([one, ...others]).size).toBe(others.length + 1)
})

test('a 404 without a route is one issue per method', () => {
  const lost = { ...status, status: 404 }
  expect(fingerprint({ ...lost, path: '/wp-login.php' })).toBe(
    fingerprint({ ...lost, path: '/.env' }),
  )
  expect(fingerprint({ ...lost, method: 'POST' })).not.toBe(fingerprint(lost))
  expect(fingerprint({ ...lost, route: '/a' })).not.toBe(fingerprint(lost))
  expect(fingerprint({ ...lost, method: 'X1' })).toBe(fingerprint({ ...lost, method: 'X2' }))
})

test('titles are one line of at most 200 characters', () => {
  expect(issueTitle({ ...thrown, errorMessage: 'a\nb' })).toBe('TypeError: a')
  expect(issueTitle({ ...thrown, errorMessage: 'a'.repeat(999) })).toHaveLength(200)
  expect(issueTitle({ ...status, path: '/users/42' })).toBe('500 GET /users/:id')
  expect(issueTitle({ ...status, status: 404 })).toBe('404 GET (no route)')
  expect(issueTitle({ ...status, route: '/users/:id' })).toBe('500 GET /users/:id')
  expect(issueTitle({ ...thrown, errorName: null, errorMessage: null })).toBe('Unknown error')
})
