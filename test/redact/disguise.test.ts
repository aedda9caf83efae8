import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'
import { headersOf } from '../support/headers-of.ts'

const redactor = createRedactor(undefined, [])
const F = '[Filtered]'
const text = (s: string): string => redactor.text(s, 16_384)

describe('a key in disguise', () => {
  test.each([
    ['p\u0430ssword=hunter2', `p\u0430ssword=${F}`],
    ['\u0422\u041e\u043a\u0435n: hunter2', `\u0422\u041e\u043a\u0435n: ${F}`],
    ['user_\u043a\u0435\u0443=hunter2', `user_\u043a\u0435\u0443=${F}`],
    ['p\u00e4ssw\u00f6rd=hunter2', `p\u00e4ssw\u00f6rd=${F}`],
    ['pa\u0301ssword=hunter2', `pa\u0301ssword=${F}`],
    [
      '\u24df\u24d0\u24e2\u24e2\u24e6\u24de\u24e1\u24d3=hunter2',
      `\u24df\u24d0\u24e2\u24e2\u24e6\u24de\u24e1\u24d3=${F}`,
    ],
    ['\\u{70}assword=hunter2', `password=${F}`],
    ['\\x70assword=hunter2', `password=${F}`],
    ['%u0070assword=hunter2', `%u0070assword=${F}`],
    ['{"a":"{\\"p\\\\u0061ssword\\":\\"hunter2\\"}"}', `{"a":"{\\"password\\":\\"${F}\\"}"}`],
    ['&#112;assword=hunter2', `password=${F}`],
    ['p&#x61;ssword=hunter2', `password=${F}`],
    ['password&#61;hunter2', `password=${F}`],
    ['&quot;password&quot;:&quot;hunter2&quot;', `"password":"${F}"`],
    ['&lt;password&gt;hunter2&lt;/password&gt;', `<password>${F}</password>`],
    ['&amp;quot;password&amp;quot;:&amp;quot;hunter2&amp;quot;', `"password":"${F}"`],
    ['&apos;token&apos;: hunter2', `'token': ${F}`],
    ['\x1b[32mpassword\x1b[0m=hunter2', `password=${F}`],
    ['pass\0word=hunter2', `password=${F}`],
    ['pass\u00adword!\u200b=hunter2', `password!=${F}`],
    ['ghp_\u200babcdefghijklmnopqrstuvwxyz0123456789', F],
    ['https:\\/\\/user:hunter2@host\\/x', `https://${F}@host/x`],
  ])('%j', (input, output) => {
    expect(text(input)).toBe(output)
  })
})

describe('a key and its value', () => {
  test.each([
    ['user[password][0]=hunter2', `user[password][0]=${F}`],
    ['password[0]=hunter2', `password[0]=${F}`],
    ['a[secrets][b][c]=hunter2', `a[secrets][b][c]=${F}`],
    ['password!=hunter2', `password!=${F}`],
    ['password += hunter2', `password += ${F}`],
    ['token?: hunter2', `token?: ${F}`],
    ['password:\n  "hunter2"', `password:\n  "${F}"`],
    ["password = 'it''s hunter2' and", `password = '${F}' and`],
    ['Session ID: hunter2', `Session ID: ${F}`],
    ['API key provided: hunter2', `API key provided: ${F}`],
    ['password was: hunter2', `password was: ${F}`],
    ['<Password>hunter2</Password>', `<Password>${F}</Password>`],
    ['<wsse:Password>hunter2</wsse:Password>', `<wsse:Password>${F}</wsse:Password>`],
    ['<token>hunter2', `<token>${F}`],
    ['<apikey>hunter2</apikey>', `<apikey>${F}</apikey>`],
    ['<statetoken>hunter2</statetoken>', `<statetoken>${F}</statetoken>`],
    ['name=password value=hunter2', `name=password value=${F}`],
    ['user_status_code=hunter2', `user_status_code=${F}`],
    ['status_code_key=hunter2', `status_code_key=${F}`],
    ['cookie=hunter2 rest', `cookie=${F} rest`],
    ['password=//hunter2', `password=${F}`],
    ['card 4242 424 242 424 242.', `card ${F}.`],
    ['{"name":"password","value":"hunter2"}', `{"name":"password","value":"${F}"}`],
    ['{"key":"api_key","value":"hunter2"}', `{"key":"${F}","value":"${F}"}`],
    ["{ path: 'password', input: 'hunter2' }", `{ path: 'password', input: '${F}' }`],
    ['<add key="secret" value="hunter2"/>', `<add key="${F}" value="${F}"/>`],
    ['<input name="password" value="hunter2">', `<input name="password" value="${F}">`],
    ['Query: insert ? -- params: ["hunter2"]', `Query: insert ? -- params: ${F}`],
  ])('%j', (input, output) => {
    expect(text(input)).toBe(output)
  })

  test.each([
    'rows[0][status_code]=5',
    'a[b]=5',
    'x[token]y=5',
    'Error ID: 5',
    'the id: 5',
    'it provided: 5',
    'an unknown option --token is not allowed',
    'missing --password --user',
    'x -- token here',
    '--verbose yes',
    '<Code>NoSuchKey</Code><Key>a/b</Key><State>on</State>',
    '<b>token</b> <name>kim</name>',
    'a > token>b',
    'x=//a@b',
    // Four layers are one too many, as SECURITY.md says.
    'password%2525253Dhunter2',
    'Bearer auth',
    '42 42 42 42 42 42 42 42',
    '42 424242 42424242',
    'the token it: kept',
    'a session paid: 5',
    'the session wasted: 5',
    '{"nickname":"password","value":"kept"}',
    '{"names":"password","value":"kept"}',
    '{"nick":"password","value":"kept"}',
    '{"name":"password","myvalue":"kept"}',
    '{"name":"password","valued":"kept"}',
    '{"name":"kim","value":"plain"}',
    `{"name":"token"}${' '.repeat(260)}{"value":"plain"}`,
    'https://discord.com/channels/1/2',
    'https://telegram.org/bots',
    'https://example.com/api/webhooks-are-nice',
    'a &amp; b &lt;c&gt; &#65;',
    '\x1b[31mred\x1b[0m',
    'a\u200bb',
    'naïve café: résumé',
    'сторона: левая, вход: нет',
    'path: password, too short',
  ])('leaves %j', (input) => {
    expect(text(input)).toBe(input)
  })
})

describe('a value beside the name of its key', () => {
  test.each<[string, Record<string, unknown>]>([
    ['express-validator', { type: 'field', path: 'password', value: 'hunter2', msg: 'Invalid' }],
    ['class-validator', { property: 'password', value: 'hunter2' }],
    ['zod', { code: 'custom', path: ['user', 'password'], input: 'hunter2' }],
    ['valibot', { kind: 'schema', path: [{ key: 'password' }], received: 'hunter2' }],
  ])('as %s has it', (_, issue) => {
    expect(JSON.stringify(redactor.value([issue]))).not.toContain('hunter2')
    if (!Array.isArray(issue['path'])) expect(text(JSON.stringify(issue))).not.toContain('hunter2')
  })

  test('is kept beside another name', () => {
    for (const kept of [
      { path: ['user', 'email'], input: 'kept' },
      { path: [{ key: 'email' }, 7, null], input: 'kept' },
      { path: ['a', 'b', 'c', 'd', 'password'], input: 'kept' },
      { path: 7, input: 'kept' },
      { path: '/auth/login', input: 'kept' },
    ])
      expect(redactor.value(kept)).toMatchObject({ input: 'kept' })
    expect(text('{"path":"/auth/login","data":"kept"}')).toBe(
      '{"path":"/auth/login","data":"kept"}',
    )
  })
})

describe('the parameters of a failed query', () => {
  test.each([
    { query: 'insert into users values (?)', params: ['hunter2'] },
    { query: '  SELECT ?', parameters: ['hunter2'] },
    { sql: 'update x set y = ?', bindings: ['hunter2'] },
    { sql: 'delete from x where y = ?', args: ['hunter2'] },
    { sql: 'with x as (?) select 1', values: ['hunter2'] },
    { text: 'select * from x where y = $1', values: ['hunter2'] },
    { statement: '-- a\n(select ?) union select 1', args: ['hunter2'] },
    { sql: '/* a */ call login(?)', args: ['hunter2'] },
    { sql: "insert into users (id, token) values (1, 'it''s hunter2')" },
    { sql: "insert into users values ('a', 'it\\'s hunter2" },
    { sql: "insert into users values ('it\\'s', 'hunter2')" },
    { sql: "update u set dir='D:\\tmp\\' where pw='hunter2'" },
    { text: "update u set pw='hunter2' where id = $1", values: [1] },
  ])('%j', (error) => {
    expect(JSON.stringify(redactor.value(error))).not.toContain('hunter2')
    const thrown = Object.assign(new Error('x'), error)
    expect(JSON.stringify(redactor.value({ thrown }))).not.toContain('hunter2')
  })

  test.each([
    { query: 'cats', params: { page: 1 } },
    { query: { a: 1 }, params: [1] },
    { sql: 'selection', values: [1] },
    { text: 'Hello', params: [1] },
    { text: "Select a colour, please: it's 'red'" },
    { query: 'select 1', parameter: [1] },
  ])('%j is none', (kept) => {
    expect(redactor.value(kept)).toEqual(kept)
  })
})

test('a random segment after a secret key is one with 16 characters, elsewhere with 32', () => {
  const token = 'a1B2c3D4e5F6g7H8'
  expect(redactor.path(`/reset-password/${token}/x`)).toBe(`/reset-password/${F}/x`)
  expect(redactor.path(`/orders/${token}/x`)).toBe(`/orders/${token}/x`)
  expect(redactor.path(`/reset-password/${token.slice(1)}/x`)).toBe(
    `/reset-password/${token.slice(1)}/x`,
  )
  expect(redactor.path(`/orders/${token + token}/x`)).toBe(`/orders/${F}/x`)
  expect(redactor.path('/token/the-settings-of-everyone')).toBe('/token/the-settings-of-everyone')
})

test('random is what changes its kind at every sixth character', () => {
  const six = `${'a'.repeat(11)}1${'a'.repeat(11)}1${'a'.repeat(10)}1a`
  expect(redactor.path(`/x/${six}`)).toBe(`/x/${F}`)
  expect(redactor.path(`/x/${six}a`)).toBe(`/x/${six}a`)
})

test('a plus sign in a query is a space', () => {
  expect(redactor.query('?a=1&q=Bearer+hunter2-hunter2')).toBe(`a=1&q=${F}`)
})

test('a secret header that did not come is not there', () => {
  const own = createRedactor({ headers: ['x-token', 'x-other'] }, [])
  expect(headersOf(own, new Headers({ 'x-other': 'a' }))).toEqual({ 'x-other': 'a' })
  expect(headersOf(own, new Headers({ 'x-token': 'a' }))).toEqual({ 'x-token': F })
})

test('an address is hashed in lower case, an IP address in its one spelling', () => {
  const own = createRedactor({ email: 'hash', ip: 'hash' }, [])
  const hash = (s: string): string => createHash('sha256').update(s).digest('hex').slice(0, 16)
  expect(own.text('Kim@Example.com', 100)).toBe(`[email:${hash('kim@example.com')}]`)
  expect(own.text('2001:DB8:0::1', 100)).toBe(`[ip:${hash('2001:db8::1')}]`)
})

test('configured secrets of six characters, and pieces of sixteen', () => {
  const of = (secret: string, s: string): string => createRedactor(undefined, [secret]).text(s, 100)
  expect(of('hunter', 'a hunter b')).toBe(`a ${F} b`)
  expect(of('hunte', 'a hunte b')).toBe('a hunte b')
  const piece = 'Abcdefghijklmnop'
  expect(of(`x/${piece}/y`, `got ${piece}.`)).toBe(`got ${F}.`)
  expect(of(`x/${piece.slice(1)}1/y`, `got ${piece.slice(1)}1.`)).toBe(`got ${F}.`)
  expect(of(`x/${piece.slice(0, 15)}/y`, `got ${piece.slice(0, 15)}.`)).toBe(
    `got ${piece.slice(0, 15)}.`,
  )
})

test('a hash after a word that only ends like a revision is a secret', () => {
  const hash = '1a2b3c4d5e6f'.repeat(3)
  expect(redactor.path(`/commit/${hash}`)).toBe(`/commit/${hash}`)
  expect(redactor.path(`/mycommit/${hash}`)).toBe(`/mycommit/${F}`)
})
