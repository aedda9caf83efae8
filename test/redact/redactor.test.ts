import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'
import { headersOf } from '../support/headers-of.ts'
import { anEntry } from '../support/store-fixtures.ts'

const redactor = createRedactor(undefined, [])
const F = '[Filtered]'

describe('text', () => {
  test.each([
    ['password=hunter2 rest', `password=${F} rest`],
    ['{"password":"hunter2","a":1}', `{"password":"${F}","a":1}`],
    ['{\\"password\\":\\"hun\\\\\\"ter2\\",\\"a\\":1}', `{\\"password\\":\\"${F}\\",\\"a\\":1}`],
    ["{ apiKey: 'hunter2' }", `{ apiKey: '${F}' }`],
    ['"tokens":["hunter2","hunter3"] after', `"tokens":${F} after`],
    ['"auth": {"user": "hunter2", "x": {"y": 1}}, "b": 1', `"auth": ${F}, "b": 1`],
    ['"auth": {"user": "}", "x": "hunter2"}, "b": 1', `"auth": ${F}, "b": 1`],
    ["{ auth: { user: 'it]', x: [ 'hunter2' ] }, b: 1 }", `{ auth: ${F}, b: 1 }`],
    [
      '{\\"auth\\":{\\"a\\":\\"}\\",\\"b\\":\\"hunter2\\"},\\"c\\":1}',
      `{\\"auth\\":${F},\\"c\\":1}`,
    ],
    ['Authorization: Digest username="a", response="hunter2"\nnext', `Authorization: ${F}\nnext`],
    ['Cookie: a=hunter2; b=hunter3\r\nnext', `Cookie: ${F}\r\nnext`],
    ['x-api-key : hunter2', `x-api-key : ${F}`],
    ['user[password]=hunter2&a=1', `user[password]=${F}&a=1`],
    ["Map { 'secret' => 'hunter2' }", `Map { 'secret' => '${F}' }`],
    ['%41uthorization=hunter2', `%41uthorization=${F}`],
    ['to=%2Fcb%3Ftoken%3Dhunter2', `to=/cb?token=${F}`],
    ['"\\u0070assword":"hunter2"', `"password":"${F}"`],
    ['pass\u200bword: hunter2', `pass\u200bword: ${F}`],
    ['ｔｏｋｅｎ=hunter2', `ｔｏｋｅｎ=${F}`],
    ['pin: 1234', `pin: ${F}`],
    ['password=nullable1', `password=${F}`],
    ['password=xnull', `password=${F}`],
    ['code_x: ENOENT', `code_x: ${F}`],
    ['%ff%74oken=hunter2', `%ff%74oken=${F}`],
    ['a=1%ff%26token%3dhunter2', `a=1%ff&token=${F}`],
    ['password= hunter2', `password= ${F}`],
    ['pin:1234,a:1', `pin:${F},a:1`],
    ['//auth=hunter2', `//auth=${F}`],
    ['//auth:hunter2', `//auth:${F}`],
    ['postgres://user:hunter2@db:5432/app', `postgres://${F}@db:5432/app`],
    ['postgres://user:hun/ter2@db/app', `postgres://${F}@db/app`],
    ['https://hunter2@example.com/', `https://${F}@example.com/`],
    ['sent Bearer hunter2-hunter2 to', `sent Bearer ${F} to`],
    ['Basic dXNlcjpwYXNz!', `Basic ${F}!`],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nx', `${F}\nx`],
    ['-----BEGIN PRIVATE KEY-----\nMIIEhunter2', F],
    ['card 4111 1111 1111 1111 123', `card ${F} 123`],
    ['card 4111111111111111.', `card ${F}.`],
    ['https://hooks.slack.com/services/T0/B0/hunter2 x', `https://hooks.slack.com/${F} x`],
  ])('%s', (input, output) => {
    expect(redactor.text(input, 16_384)).toBe(output)
  })

  test.each([
    'the monkey is shipping a keyboard: ok, statecraft=1',
    'TokenExpiredError: jwt expired',
    "Error: connect ECONNREFUSED 127.0.0.1:5432 { code: 'ECONNREFUSED', errno: -111 }",
    '    at login (file:///app/src/auth.ts:10:5)',
    '    at x (http://localhost:3000/node_modules/@hono/auth.js:22:17)',
    'GET http://auth:8080/health 502',
    'https://registry.npmjs.org/@hono/node-server',
    'Basic authentication is needed, Bearer token missing',
    'commit da39a3ee5e6b4b0d3255bfef95601890afd80709',
    'id 0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    '안녕하세요 👩‍💻 token 없음',
    'ratio 0.4111111111111111',
    'token: null, session: undefined',
    '100% sure, 50 %41 done',
  ])('leaves %s', (input) => {
    expect(redactor.text(input, 16_384)).toBe(input)
  })

  test('is cut with a mark, on characters', () => {
    expect(redactor.text('가'.repeat(100), 50)).toBe(`${'가'.repeat(14)}…[cut]`)
    expect(new TextEncoder().encode(redactor.text('x'.repeat(9999), 2048)).length).toBe(2048)
  })

  test('knows a secret that a cut goes through', () => {
    const out = redactor.text(
      `${'x'.repeat(2030)} password="${'hunter2'.repeat(100)}" after`,
      2_048,
    )
    expect(out).not.toContain('hunter')
    expect(
      redactor.text(`ghp_${'a1'.repeat(18)} `.repeat(100) + 'z'.repeat(9000), 2_048),
    ).not.toContain('a1')
  })
})

test('configured secrets are replaced wherever they turn up', () => {
  const url = 'https://chat.example.com/hooks/T00000000/mnopqrstuvwx4711XYZ'
  const own = createRedactor(undefined, [url, 'tok-123456'])
  expect(own.text(`posted to ${url} with tok-123456`, 2_048)).toBe(`posted to ${F} with ${F}`)
  expect(own.text(`to=${encodeURIComponent(url)}`, 2_048)).toMatch(/^to=\S*\[Filtered]$/)
  expect(own.text('refused: /hooks/T00000000/mnopqrstuvwx4711XYZ', 2_048)).toBe(`refused: ${F}`)
  expect(own.text('no hook mnopqrstuvwx4711XYZ', 2_048)).toBe(`no hook ${F}`)
})

test('of configured secrets the longest is looked for first, and short pieces are kept', () => {
  const own = createRedactor(undefined, [
    'abcdef',
    'abcdefghij',
    'libsql://my-database-of-words.example.test/short',
    'x://h/0123456789/abcdef-0123456789',
  ])
  expect(own.text('abcdefghij', 99)).toBe(F)
  expect(own.text('my-database-of-words /short 0123456789', 99)).toBe(
    'my-database-of-words /short 0123456789',
  )
  expect(own.text('abcdef-0123456789', 99)).toBe(F)
  expect(own.text('abcde and abcdef', 99)).toBe(`abcde and ${F}`)
  expect(createRedactor(undefined, []).text('x', 99)).toBe('x')
})

test('query keeps names and plain values', () => {
  expect(redactor.query('?a=1&Api_Key=x&%63ode=y&q=a+b&next=%2Fx%3Ftoken%3Dz&flag')).toBe(
    `a=1&Api_Key=${F}&%63ode=${F}&q=a+b&next=${F}&flag`,
  )
  expect(redactor.query('token=x&a=b=c&&d&e=&=f&g=h+i%20j')).toBe(
    `token=${F}&a=b=c&&d&e=&=f&g=h+i%20j`,
  )
  expect(redactor.query('a=b=c&&d&e=&=f&g=h+i%20j?k')).toBe('a=b=c&&d&e=&=f&g=h+i%20j?k')
  expect(redactor.query('a=Bearer+abcdef123&token=')).toBe(`a=${F}&token=`)
  expect(redactor.query('a=Bearer+abcdef123')).toBe(`a=${F}`)
  expect(redactor.query('authError=x&a=1')).toBe(`authError=${F}&a=1`)
  expect(redactor.query('authError=x&code=404')).toBe(`authError=${F}&code=${F}`)
  expect(redactor.query('ghp_a1B2c3D4a1B2c3D4a1B2c3D4&b=1')).toBe(`${F}&b=1`)
  expect(redactor.query('a=\ud800&b=\0')).toBe('a=\ufffd&b=\ufffd')
  expect(redactor.query('')).toBe(null)
  expect(redactor.query('?')).toBe(null)
})

test('a long query is cut between two parameters', () => {
  const token = `ghp_${'a1B2c3D4'.repeat(5)}`
  for (let i = 0; i < 60; i++) {
    const out = redactor.query(`?${'x'.repeat(i)}=1${`&a=${token}`.repeat(200)}`)!
    expect(out).not.toMatch(/ghp|a1B2/)
    expect(out.length).toBeLessThanOrEqual(2_048)
  }
  expect(redactor.query(`q=${token}${'x'.repeat(9_000)}`)).toBe(`q=${F}`)
  expect(redactor.query('y'.repeat(9_000))).toBe(F)
  expect(redactor.query(`${'y'.repeat(256)}=${'1'.repeat(9_000)}`)).toBe(`${'y'.repeat(256)}=${F}`)
  expect(redactor.query(`a=${'x'.repeat(4_094)}`)).toBe(`a=${'x'.repeat(2_038)}…[cut]`)
})

test.each([
  ['Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFi', true],
  ['Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGF', false],
  ['0123456789abcdef0123456789abcdef', false],
  ['9f86d081884c7d659a2feaa0c55ad015', true],
  ['9F86D081884C7D659A2FEAA0C55AD015', true],
  ['K5QWG5DPOBSXG4TFON2HEZLTMVRXEZLU', true],
  ['sJpBqXkRvTzLwNyMhFgDcKaEuIoPxQrS', true],
  ['getUserAccountInformationByIdentifier', false],
  ['GET_USER_ACCOUNT_INFORMATION_BY_ID', false],
  ['top-10-things-in-2024-for-5-people-and-3-dogs', false],
  ['11111111112222222222333333333344444444445555', false],
])('a segment %s is random: %s', (segment, random) => {
  expect(redactor.path(`/a/${segment}/b`)).toBe(random ? `/a/${F}/b` : `/a/${segment}/b`)
  expect(redactor.path(segment)).toBe(random ? F : segment)
})

test('a hash in a path is kept only where it names a revision', () => {
  const sha = 'da39a3ee5e6b4b0d3255bfef95601890afd80709'
  expect(redactor.path(`/reset/${sha}`)).toBe(`/reset/${F}`)
  expect(redactor.path(`/tree/${sha}/x`)).toBe(`/tree/${sha}/x`)
  expect(redactor.path(`/commit/${sha}x`)).toBe(`/commit/${F}`)
  expect(redactor.path(`/commit/x${sha}`)).toBe(`/commit/${F}`)
  expect(redactor.path(`/${'a/'.repeat(4_000)}`)).toHaveLength(2_046)
})

test('path filters random segments and keeps words, ids and revisions', () => {
  expect(redactor.path('/reset/Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2Rl/done')).toBe(`/reset/${F}/done`)
  expect(redactor.path('/x;jsessionid=hunter2')).toBe(`/x;jsessionid=${F}`)
  for (const kept of [
    '/users/0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f',
    '/files/report-0190a5d2-7d3e-7cc4-b0a3-2f8b1c9d4e5f.pdf',
    '/blog/how-to-build-a-really-long-title-in-2024-and-5-more-things',
    '/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709',
    '/%ED%95%9C%EA%B5%AD%EC%96%B4%EB%AC%B8%EC%84%9C%ED%8E%98%EC%9D%B4%EC%A7%80',
  ]) {
    expect(redactor.path(kept)).toBe(kept)
  }
})

test('headers are those of the allow-list', () => {
  const input = new Headers({
    authorization: 'Bearer x',
    cookie: 'a=b',
    accept: '*/*',
    referer: 'https://u:p@example.com/a?token=b#c',
    'x-request-id': 'req-1',
    'x-custom': 'y',
    'x-auth': 'hunter2',
  })
  expect(headersOf(redactor, input)).toEqual({
    accept: '*/*',
    referer: `https://${F}@example.com/a`,
    'x-request-id': 'req-1',
  })
  const more = createRedactor({ headers: ['X-Custom', 'X-Auth'] }, [])
  expect(headersOf(more, input)).toMatchObject({ 'x-custom': 'y', 'x-auth': F })
})

test('value copies deeply, filters by key and by value, and mutates nothing', () => {
  const input = Object.freeze({
    user: { name: 'Kim', passWord: 'x', list: [{ name: 'password', value: 'y' }] },
    raw: ['Authorization', 'z', 'Accept', '*/*'],
    map: new Map([['token', 'q']]),
    note: 'Bearer abcdef123',
    pin: 1234,
    session: null,
    big: 10n,
    when: new Date(0),
    bytes: new Uint8Array(3),
    get trap(): string {
      throw new Error('touched')
    },
  })
  expect(redactor.value(input)).toEqual({
    user: { name: 'Kim', passWord: F, list: [{ name: 'password', value: F }] },
    raw: ['Authorization', F, 'Accept', '*/*'],
    map: { token: F },
    note: `Bearer ${F}`,
    pin: F,
    session: null,
    big: '10',
    when: '1970-01-01T00:00:00.000Z',
    bytes: '[Uint8Array]',
    trap: '[Unreadable]',
  })
})

test.each([
  [{ keys: 'x' }, 'redact.keys'],
  [{ keys: ['-'] }, 'redact.keys'],
  [{ patterns: ['x'] }, 'redact.patterns'],
  [{ headers: ['a b'] }, 'redact.headers'],
  [{ email: 'yes' }, 'redact.email'],
  [{ nope: 1 }, 'redact.nope'],
  [42, 'redact'],
])('bad option %o names itself', (options, name) => {
  expect(() => createRedactor(options as never, [])).toThrow(
    expect.objectContaining({ name: 'KlaxonError', code: 'BAD_OPTION' }),
  )
  expect(() => createRedactor(options as never, [])).toThrow(`\`${name}\``)
})

describe('a copy keeps', () => {
  const copy = (value: unknown): unknown => redactor.value(value)

  test('what is neither text nor object as what it is', () => {
    const value = { yes: true, no: false, none: null, n: 1, password: true, token: null }
    expect(copy(value)).toEqual(value)
  })

  test('the holes of a list', () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(copy([, 1])).toEqual([undefined, 1])
  })

  test('parameters apart that belong to no statement', () => {
    expect(copy({ sql: 'a dialect', params: ['kept'] })).toEqual({
      sql: 'a dialect',
      params: ['kept'],
    })
    expect(copy({ subquery: 'select 1', params: ['kept'] })).toEqual({
      subquery: 'select 1',
      params: ['kept'],
    })
    expect(copy({ sql: 'select ?', params: ['lost'] })).toEqual({
      sql: 'select ?',
      params: '[Filtered]',
    })
  })
})

test('the function is given what is recorded', () => {
  const { occurrence } = anEntry()
  const last = createRedactor((given) => ({ ...given, title: `${given.title}!` }), [])
  expect(last.finish(occurrence).title).toBe(`${occurrence.title}!`)
})
