import { createHash } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { sha256 } from '../../src/util/sha256.ts'
import { fingerprint, type Grouping, issueTitle } from '../../src/capture/fingerprint.ts'
import { normaliseMessage } from '../../src/capture/normalise.ts'
import { normalisePath } from '../../src/util/normalise-path.ts'

const thrown: Grouping = {
  kind: 'thrown',
  status: 500,
  method: 'GET',
  path: '/x',
  route: null,
  errorName: 'TypeError',
  errorMessage: 'no',
  environment: 'test',
  service: null,
  errorStack: null,
  causes: null,
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
  ['user 42 not found', 'user <v> not found'],
  ['id 0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f gone', 'id <v> gone'],
  ['at 2026-11-21T17:05:33.123Z', 'at <v>'],
  ['hash deadbeef01 and 0x1F', 'hash <v> and <v>'],
  ['mail a.b+c@example.co.kr bounced', 'mail <v> bounced'],
  ['mail o' + "'" + 'brien@exämple.de bounced', 'mail <v> bounced'],
  ['GET https://x.test/a?b=1 failed', 'GET <v> failed'],
  [`reading 'id' of "x y" and \`z\``, 'reading <v> of <v> and <v>'],
  ["can't find user's cart", "can't find user's cart"],
  ['order ORD2024X991 paid 1,234.50', 'order <v> paid <v>'],
  ['first\nsecond', 'first'],
  ['utf8 sha256', 'utf<v>'],
  ['on 2026-11-21 at noon', 'on <v> at noon'],
  ['at 2026-11-21 17:05 sharp', 'at <v> sharp'],
  ['reading “an id” of “”', 'reading <v> of <v>'],
  ["Customer 'Pat O'Brien' has no address", 'Customer <v> has no address'],
  [`value "${'x'.repeat(3_000)}" refused`, 'value <v> refused'],
  ['value "two\nlines" refused', 'value <v> refused'],
  ['peer ::1 left, 2001:db8::ff00:42:8329 stays', 'peer <v> left, <v> stays'],
  ['from 00:1B:44:11:3A:B7 to 00-1b-44-11-3a-b8', 'from <v> to <v>'],
  ['where id in (?, ?, ?) and x', 'where id in <v> and x'],
  ['values (?, ?), (?, ?)', 'values <v>'],
  ['where a=? and b=?', 'where a=<v> and b=<v>'],
  ['are you sure? not yet', 'are you sure? not yet'],
  ['peer fe80::1%eth0 left, face::cafe stays', 'peer <v> left, <v> stays'],
  ['peer ::ffff:10.0.0.1 left', 'peer <v> left'],
  ['sent to ff:ff:ff:ff:ff:ff twice', 'sent to <v> twice'],
  ['cannot add: no room', 'cannot add: no room'],
  ['cannot add:us: no room', 'cannot add:us: no room'],
  ['commit 1faddee or fad1dee is gone', 'commit <v> or <v> is gone'],
  ['commit faddead is gone', 'commit faddead is gone'],
  ['port aa-bb-cc-dd-ee-f0 is down', 'port <v> is down'],
  ['part faddead/1 is gone', 'part faddead/<v> is gone'],
  ['deadbeef, xdead1be and dead1bex', '<v>, xdead<v> and dead<v>'],
  [`a height of 5'6 and 1'234.50`, 'a height of <v> and <v>'],
  [`open 'https://x.test/a' or https://x.test/o'brien now`, 'open <v> or <v> now'],
  ['at 21\u200f/11\u200f/2026 here', 'at <v> here'],
  ['from Sat Nov 21 2026 to Sun, 22 Nov 2026', 'from <v> to <v>'],
  ['on Mon 21 or Tue 22 here', 'on <v> or <v> here'],
  ['at PM 3:05 or 오후 3:05 or 午後3:05 sharp', 'at <v> or <v> or <v> sharp'],
  ['SPAM 5 times', 'SPAM <v> times'],
  ['at 3:05 p.m. or 3:05 AM sharp', 'at <v> or <v> sharp'],
  ['الساعة 3:05 م هنا', 'الساعة <v> هنا'],
  ['حاول 5 مرات', 'حاول <v> مرات'],
  ['at 3:05 GMT+0100 or 3:05 UTC sharp', 'at <v> or <v> sharp'],
  ['took 1 byte, 5 Bytes, 7 ms', 'took <v>'],
  ['took 5 mst', 'took <v> mst'],
  ['at 5:03 Central European Standard Time today', 'at <v> today'],
  ['at 5:03 (Central European Standard Time) today', 'at <v> today'],
  ['after 5 Big Timeouts', 'after <v> Big Timeouts'],
  ['  \n two  \n three', 'two'],
])('message %s is %s', (message, normal) => {
  expect(normaliseMessage(message)).toBe(normal)
})

test.each([
  ...['"a b"', "'a b'", '`a b`', '“a b”', '“a b“', '”a b”', '„a b“', '„a b”', '‘a b’', '’a b’'],
  ...['‚a b‘', '‚a b’', '«a b»', '»a b«', '‹a b›', '›a b‹', '「a b」', '『a b』'],
  ...['"a \\" b"', "'a \\' b'"],
])('%s is a quoted value', (quoted) => {
  expect(normaliseMessage(`Wert ${quoted} fehlt`)).toBe('Wert <v> fehlt')
})

test.each([
  ["the users' cart and the owners' cart", "the users' cart and the owners' cart"],
  [`a "b and 'c' d "`, `a <v>`],
  [`an open "b and 'c' d`, `an open "b and <v> d`],
  [`"it's" isn't 'so`, `<v> isn't 'so`],
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
    fingerprint({ ...thrown, errorMessage: 'user 1 gone' }, { code: 'E1' }),
    fingerprint({ ...thrown, errorMessage: 'user 1 gone' }, { chosen: 'mine' }),
    fingerprint(status),
    fingerprint({ ...status, method: 'POST' }),
    fingerprint({ ...status, status: 503 }),
    fingerprint({ ...status, route: '/:a' }),
  ]
  expect(new Set([one, ...others]).size).toBe(others.length + 1)
})

test('the own text of a user groups alone, in its environment', () => {
  const own = (o: Grouping, text: string): string => fingerprint(o, { code: 'code', chosen: text })
  expect(own(thrown, 'a')).toBe(own(status, 'a'))
  expect(own(thrown, 'a')).not.toBe(own(thrown, 'b'))
  expect(own(thrown, 'a')).not.toBe(own({ ...thrown, environment: 'live' }, 'a'))
  expect(own(thrown, '')).not.toBe(fingerprint(thrown, { code: 'code' }))
})

test('a message is compared without the white space around it, and none is one too', () => {
  const of = (errorMessage: string | null): string => fingerprint({ ...thrown, errorMessage })
  expect(of('\n  a \t\r\nb')).toBe(of('a'))
  expect(of(null)).toBe(of(''))
  const words = 'no answer '.repeat(60)
  expect(of(words)).toBe(of(`${words} at all`))
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
  expect(issueTitle({ ...thrown, errorMessage: '[\n{"a": 1}\n]\n' })).toBe(
    'TypeError: [ {"a": 1} ]',
  )
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

test('messages of at most 512 characters are remembered, and up to 128 of them', () => {
  const set = vi.spyOn(Map.prototype, 'set')
  const clear = vi.spyOn(Map.prototype, 'clear')
  for (let nth = 0; nth < 300; nth++) normaliseMessage(`kept ${nth}`)
  normaliseMessage('kept 299')
  const [made, cleared] = [set.mock.calls.length, clear.mock.calls.length]
  normaliseMessage('x'.repeat(512))
  normaliseMessage('x'.repeat(513))
  const all = set.mock.calls.length
  vi.restoreAllMocks()
  expect([made, all]).toEqual([300, 301])
  // The memory empties at 128, so 300 messages empty it two or three times.
  expect(cleared).toBeGreaterThanOrEqual(2)
  expect(cleared).toBeLessThanOrEqual(3)
})

test('digests are remembered, and up to 256 of them', () => {
  normaliseMessage(thrown.errorMessage!)
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
  // The cache empties at 256, so 600 keys empty it two or three times.
  expect(sizes).toBeGreaterThanOrEqual(2)
  expect(sizes).toBeLessThanOrEqual(3)
})
