import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
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
  ['on 2026-11-21 at noon', 'on <date> at noon'],
  ['at 2026-11-21 17:05 sharp', 'at <date> sharp'],
  ['at 2026-11-21T17:05:33+09:00.', 'at <date>.'],
  ['at 2026-11-21 17:05:33-0930 x', 'at <date> x'],
  ['at 2026-11-21T17:05:33*09:00', 'at <date>*<n>:<n>'],
  ['reading “an id” of “”', 'reading <value> of <value>'],
  ['version2 of node18-app', 'version<n> of <id>'],
  ['abcdef1 and abcde12', 'abcdef<n> and <id>'],
])('message %s is %s', (message, normal) => {
  expect(normaliseMessage(message)).toBe(normal)
})

test.each([
  ['/users/42/posts', '/users/:id/posts'],
  ['/v2/oauth2/s3', '/v2/oauth2/s3'],
  ['/a/0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f', '/a/:id'],
  ['/a/x@y.z', '/a/:id'],
  ['/v1.2/v10/vx.1y', '/v1.2/v10/:id'],
  ['/v1.2.3.4/x', '/:id/x'],
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

test('the own text of a user groups alone, in its environment', () => {
  const own = (o: Grouping, text: string): string => fingerprint(o, 'code', text)
  expect(own(thrown, 'a')).toBe(own(status, 'a'))
  expect(own(thrown, 'a')).not.toBe(own(thrown, 'b'))
  expect(own(thrown, 'a')).not.toBe(own({ ...thrown, environment: 'live' }, 'a'))
  expect(own(thrown, '')).not.toBe(fingerprint(thrown, 'code'))
})

test('fingerprints stay what they are in every version', () => {
  expect(fingerprint(thrown)).toBe('v1:eeb8cc8b9473539781fe181cd49dcdc6')
  expect(fingerprint(status)).toBe('v1:6e226a88ff4c66add07862001c5c727a')
  expect(fingerprint({ ...status, method: 'FOO' })).toBe('v1:f1c204f09b7643b51b40298356b64a22')
  expect(fingerprint(thrown, null, 'own')).toBe('v1:ea70609284b2a9e38c9137d0c03affd4')
})

test('a message is compared without the white space around it, and none is one too', () => {
  const of = (errorMessage: string | null): string => fingerprint({ ...thrown, errorMessage })
  expect(of('\n  a \t\r\nb')).toBe(of('a'))
  expect(of(null)).toBe(of(''))
  expect(of('x'.repeat(400))).toBe(of('x'.repeat(999)))
  expect(of('x'.repeat(399))).not.toBe(of('x'.repeat(400)))
})

test('thousands of different errors are told apart', () => {
  const seen = new Set(
    Array.from({ length: 2_000 }, (_, i) => fingerprint({ ...thrown, errorName: `E${i}` })),
  )
  expect(seen.size).toBe(2_000)
  expect(seen.has(fingerprint({ ...thrown, errorName: 'E7' }))).toBe(true)
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

test('methods are those of RFC 9110 and nothing beside or around them', () => {
  const of = (method: string): string => fingerprint({ ...status, method })
  expect(of('XGET')).toBe(of('FOO'))
  expect(of('GETX')).toBe(of('FOO'))
  const known = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']
  expect(new Set([...known, 'FOO'].map(of)).size).toBe(known.length + 1)
})

test('digests are remembered, and up to 256 of them', () => {
  const set = vi.spyOn(Map.prototype, 'set')
  const clear = vi.spyOn(Map.prototype, 'clear')
  const of = (nth: number) => fingerprint({ ...thrown, errorName: `Kept${nth}` })
  for (let nth = 0; nth < 600; nth++) of(nth)
  const made = set.mock.calls.length
  of(599)
  const again = set.mock.calls.length
  const sizes = clear.mock.contexts.length
  vi.restoreAllMocks()
  expect(made).toBe(600)
  expect(again).toBe(600)
  // 600 more than 256 are two or three times over it.
  expect(sizes).toBeGreaterThanOrEqual(2)
  expect(sizes).toBeLessThanOrEqual(3)
})
