import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'

const F = '[Filtered]'
const redactor = createRedactor(undefined, [])
const text = (s: string): string => redactor.text(s, 16_384)

describe('in a text', () => {
  test.each([
    // Flags.
    ['--password hunter2 --verbose', `--password ${F} --verbose`],
    ['--api-key "hunter2 hunter2" x', `--api-key "${F}" x`],
    ["['--token', 'hunter2', 'x']", `['--token', '${F}', 'x']`],
    ['["--token","hunter2","x"]', `["--token","${F}","x"]`],
    ['--password=hunter2', `--password=${F}`],
    ['--token needle within', `--token ${F} within`],
    ['curl -u admin:hunter2 https://x.test', `curl -u admin:${F} https://x.test`],
    ["curl --user 'admin:hunter2'", `curl --user 'admin:${F}'`],
    ['curl --user=admin:hunter2 x', `curl --user=admin:${F} x`],
    ['["curl","-u","admin:hunter2"]', `["curl","-u","admin:${F}"]`],
    ['sshpass -p hunter2 ssh x', `sshpass -p ${F} ssh x`],
    ['mysql -u root -phunter2 db', `mysql -u root -p${F} db`],
    ['redis-cli -h x -a hunter2', `redis-cli -h x -a ${F}`],
    ['docker login -u kim -p hunter2', `docker login -u kim -p ${F}`],
    // Commands and functions.
    ['AUTH default hunter2', `AUTH ${F}`],
    ['SMTP: AUTH PLAIN AGh1bnRlcjI=', `SMTP: AUTH ${F}`],
    ['["AUTH","default","hunter2"]', `["AUTH",${F}]`],
    ["ALTER USER kim PASSWORD 'hunter2'", `ALTER USER kim PASSWORD '${F}'`],
    ["CREATE USER kim IDENTIFIED BY 'hunter2'", `CREATE USER kim IDENTIFIED BY '${F}'`],
    ['a wrong password "hunter2"', `a wrong password "${F}"`],
    ["setPassword('hunter2') failed", `setPassword(${F}) failed`],
    ['auth("kim", "hun)ter2") failed', `auth(${F}) failed`],
    ["verifyToken('hunter2", `verifyToken(${F}`],
    ["invalid token 'a1b2c3d4e5f6g7h8'", `invalid token '${F}'`],
    // Values beside the name of their key.
    ["{ name: 'auth', args: [ 'kim', 'hunter2' ] }", `{ name: 'auth', args: ${F} }`],
    ['{"method":"auth.login","params":["kim","hunter2"]}', `{"method":"auth.login","params":${F}}`],
    ["command: 'AUTH', args: ['hunter2']", `command: 'AUTH', args: ${F}`],
    // Parts of a form.
    [
      'Content-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--b\r\n',
      `Content-Disposition: form-data; name="password"\r\n\r\n${F}\r\n--b\r\n`,
    ],
    [
      'form-data; name="pin"; filename="a"\nContent-Type: text/plain\n\nhunter2\n--b',
      `form-data; name="pin"; filename="a"\nContent-Type: text/plain\n\n${F}\n--b`,
    ],
    [
      '{"body":"form-data; name=\\"token\\"\\r\\n\\r\\nhunter2\\r\\n--b"}',
      `{"body":"form-data; name=\\"token\\"\\r\\n\\r\\n${F}\\r\\n--b"}`,
    ],
    ['form-data; name="token"\r\n\r\nhunter2', `form-data; name="token"\r\n\r\n${F}`],
    ['<property name="password">hunter2</property>', `<property name="password">${F}</property>`],
    ['<entry key="token" >hunter2', `<entry key="token" >${F}`],
    // Calls.
    [
      "UPDATE u SET password = crypt('hunter2', gen_salt('bf')) WHERE id = 1",
      `UPDATE u SET password = ${F} WHERE id = 1`,
    ],
    ['token: Buffer.from("hunter2")', `token: ${F}`],
    ["password = concat(salt, 'hunter2'", `password = ${F}`],
    // Words and white space of other languages.
    ['mnemonic: abandon ability hunter2', `mnemonic: ${F}`],
    ['seed phrase: abandon ability hunter2\nx', `seed phrase: ${F}\nx`],
    ['stripe-signature: t=1,v1=hunter2', `stripe-signature: ${F}`],
    ['token =\u00a0hunter2', `token =\u00a0${F}`],
    ['mot_de_passe=hunter2 pw=hunter2 psk=hunter2', `mot_de_passe=${F} pw=${F} psk=${F}`],
    // Elements.
    [
      '<wsse:Password Type="x#PasswordText">hunter2</wsse:Password>',
      `<wsse:Password Type="x#PasswordText">${F}</wsse:Password>`,
    ],
    ['<password\n  a="b">hunter2</password>', `<password\n  a="b">${F}</password>`],
    ['<token><![CDATA[hun<ter>2]]></token>', `<token><![CDATA[${F}]]></token>`],
    ['<apikey a=b>hunter2', `<apikey a=b>${F}`],
    // Database messages about a row.
    [
      'Key (tenant_id, token)=(7, hunter2) already exists.',
      `Key (tenant_id, token)=(${F}) already exists.`,
    ],
    [
      'Key (token, tenant_id)=(hun)ter2, 7) already exists.\nx',
      `Key (token, tenant_id)=(${F}) already exists.\nx`,
    ],
    [
      'Key (lower(token::text))=(hunter2) already exists.',
      `Key (lower(token::text))=(${F}) already exists.`,
    ],
    [
      "Duplicate entry 'hun'ter2' for key 'users.token'",
      `Duplicate entry '${F}' for key 'users.token'`,
    ],
    ['Failing row contains (1, hunter2, null).', `Failing row contains (${F}).`],
    ['The duplicate key value is (hunter2).', `The duplicate key value is (${F}).`],
    // Punctuation of other scripts.
    ['password：hunter2', `password：${F}`],
    ['password＝hunter2　x', `password＝${F}　x`],
    ['パスワード： hunter2', `パスワード： ${F}`],
    // After the letter of an escape.
    ['line\\npassword=hunter2', `line\\npassword=${F}`],
    ['line\\npin=1234', `line\\npin=${F}`],
    ['line\\tghp_a1B2c3D4e5F6g7H8i9J0k1L2', `line\\${F}`],
    // By shape and sign.
    ['123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawd x', `123456789:${F} x`],
    [
      'https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawd/getMe',
      `https://api.telegram.org/bot123456789:${F}/getMe`,
    ],
    ['https://discord.com/api/webhooks/123/hunter2 x', `https://discord.com/api/webhooks/${F} x`],
    [
      'https://discordapp.com/api/v10/webhooks/1/hunter2',
      `https://discordapp.com/api/v10/webhooks/${F}`,
    ],
    ['https://hooks.zapier.com/hooks/catch/1/hunter2/', `https://hooks.zapier.com/${F}`],
    ['https://x.webhook.office.com/webhookb2/hunter2', `https://x.webhook.office.com/${F}`],
    [
      'PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\nhunter2\nPrivate-MAC: abcdef\nafter',
      `PuTTY-User-Key-File-3:${F}\nafter`,
    ],
    [
      'read\\nPuTTY-User-Key-File-2: ssh-rsa\\nhunter2\\nPrivate-MAC: abcdef\\nafter',
      `read\\nPuTTY-User-Key-File-2:${F}\\nafter`,
    ],
    ['line\\n123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawd x', `line\\n123456789:${F} x`],
  ])('%j', (input, output) => {
    expect(text(input)).toBe(output)
  })

  test.each([
    'an unknown option --token is not allowed',
    'the flag --password requires a value',
    'both --token and --password require a value',
    'the options --id and --token expect a value',
    '--token can be given',
    '--token with a name',
    '--token need not be set',
    'AUTH fails for kim',
    'all logins by AUTH fail now',
    '--token, --verbose',
    'docker run -u 1000:1000 image',
    'sort -u file',
    'mkdir -p a/b',
    'ssh -p 22 host',
    'AUTH failed',
    'AUTH required first',
    'NOAUTH Authentication required.',
    "SyntaxError: Unexpected token 'export'",
    `Unexpected token '<', "<!DOCTYPE "... is not valid JSON`,
    'missing cookie "theme"',
    "unknown key 'foo'",
    "column 'id' and token 'a'",
    'auth() failed',
    'auth(kim) failed',
    'verifyToken (file:///app/src/auth.ts:1:2)',
    'getUser("kim")',
    "t('auth.login.title')",
    '<token/> <b>token</b> <author a="b">Kim</author>',
    '<token a="b"/>',
    "Duplicate entry 'kim' for key 'users.email'",
    'Key (email)=(kim@example.com) already exists.',
    'it contains (a, b) and is (c)',
    '12345678:30 and 123456789:short',
    'image-20261121:the-quick-brown-fox-jumps-over-dogs',
    'bot123456789-2:the-quick-brown-fox-jumps-over-dogs',
    'https://discord.com/channels/1/2 https://discord.com/api/v10/users/@me',
    'form-data; name="title"\r\n\r\nkept\r\n--b',
    'a list (a)=(b)',
  ])('leaves %j', (input) => {
    expect(text(input)).toBe(input)
  })
})

describe('a place in a file', () => {
  const PLACES = [
    'src/auth.rs:41:9',
    'session.py:12',
    'token.go:33:7',
    'session.astro:3:1',
    'lib/auth.ex:41: an error',
    "auth.rb:12:in 'x'",
    'C:\\src\\Auth.cs:line 41',
    'src/Session.java:41',
    'token.cpp:33:7: error: x',
    'auth.wasm:wasm-function[3]:0x1f',
    'webpack-internal:///./src/auth/token:12:3',
    'session.vue:3:1',
    'auth.php:12',
    'secret.kt:5:6',
    'cookie.hs:3:1-5',
    'auth.rs:12,45',
    'auth.cs:line 12:4',
    'Auth.strings:12:3',
    './src/auth/token:12:34',
  ]

  test.each(PLACES)('is kept: %s', (place) => {
    for (const s of [place, `at x (${place})`, `Error: y\n    at x (${place})`])
      expect(text(s)).toBe(s)
    expect(redactor.value({ a: [place] })).toEqual({ a: [place] })
  })

  test('is kept from a pattern of the user on digits', () => {
    const own = createRedactor({ patterns: [/\d+/, /\d{4,}/, /:\d/, /(\d)\d/] }, [])
    for (const frame of [
      '    at run (file:///app/worker.js:33727:13)',
      '    at file:///app/worker.js:33727:13',
      '    at x (/app/src/auth.rs:4100:9)',
      '    at eval (<anonymous>:33727:13)',
      'src/auth.py:4711',
    ]) {
      expect(own.text(`order 4711${`\n${frame}`}`, 16_384)).toBe(`order ${F}\n${frame}`)
    }
    for (const s of ['order 4711', '10:15:33', 'x:4711', '4711:4712', 'tel 4711:4712'])
      expect(own.text(s, 100)).not.toMatch(/47|15/)
  })

  test.each([
    'user.pin:1234',
    'auth.key:12',
    'session.id:5',
    'password.value:1234',
    ...['auth.val:12', 'auth.num:12', 'auth.number:12', 'auth.str:12', 'auth.string:12'],
    ...['auth.v1:12', 'auth.js-x:12'],
    'token:12',
    'x/token:12',
  ])('is not what only looks like one: %s', (s) => {
    expect(text(s)).toMatch(/:\[Filtered]$/)
  })
})

describe('in an object', () => {
  test.each<[unknown, unknown]>([
    [{ command: { name: 'auth', args: ['kim', 'pw'] } }, { command: { name: 'auth', args: F } }],
    [
      { command: 'AUTH', arguments: ['pw'] },
      { command: 'AUTH', arguments: F },
    ],
    [
      { method: 'auth.login', params: { a: 'pw' } },
      { method: 'auth.login', params: F },
    ],
    [
      { fn: 'setPassword', argv: ['pw'] },
      { fn: 'setPassword', argv: F },
    ],
    [{ argv: ['--token', 'pw', 'x'] }, { argv: ['--token', F, 'x'] }],
    [{ argv: ['a', '--api-key', 'pw'] }, { argv: ['a', '--api-key', F] }],
    [{ argv: ['--token=pw'] }, { argv: [`--token=${F}`] }],
    [{ argv: ['curl', '-u', 'admin:pw'] }, { argv: ['curl', '-u', F] }],
    [{ argv: ['3', 'AUTH', 'kim', 'pw'] }, { argv: ['3', 'AUTH', F, F] }],
    [
      ['auth', 'kim', 'pw'],
      ['auth', F, F],
    ],
    [
      ['CONFIG', 'SET', 'requirepass', 'pw'],
      ['CONFIG', 'SET', 'requirepass', F],
    ],
    [
      { id: 'password', value: 'pw' },
      { id: 'password', value: F },
    ],
    [
      { param: 'password', value: 'pw' },
      { param: 'password', value: F },
    ],
    [
      { name: 'auth', arg: 'pw' },
      { name: 'auth', arg: F },
    ],
    [
      { type: 'password', value: 'pw', temporary: true },
      { type: 'password', value: F, temporary: true },
    ],
    [
      { attribute: 'token', current: 'pw', default: 'pw', rejectedValue: 'pw' },
      { attribute: 'token', current: F, default: F, rejectedValue: F },
    ],
    [
      { instancePath: '/user/password', data: 'pw' },
      { instancePath: '/user/password', data: F },
    ],
    [
      { op: 'replace', path: '/password', value: 'pw' },
      { op: 'replace', path: '/password', value: F },
    ],
  ])('%j', (input, output) => {
    expect(redactor.value(input)).toEqual(output)
  })

  test.each<unknown>([
    { command: { name: 'get', args: ['kim'] } },
    { method: 'GET', params: { page: 1 } },
    { name: 'TokenExpiredError', data: 'kept' },
    { path: '/reset-password', data: 'kept' },
    { instancePath: '/user/name', data: 'kept' },
    { type: 'text', value: 'kept', label: 'Name' },
    { argv: ['--verbose', 'x', '--', 'y'] },
    { argv: ['run', '-u', '1000'] },
    ['Invalid token', 'second'],
    ['author', 'Kim'],
    ['the password is wrong', 'second'],
  ])('leaves %j', (input) => {
    expect(redactor.value(input)).toEqual(input)
  })
})

describe('a number of a card', () => {
  test.each([
    '613456789012345',
    '612345678901237',
    '411111111111116',
    '51234567890123',
    '3712345678901235',
    '2012345678901237',
    '6212345678901',
    ...['2220444444444442', '2721444444444446', '2205444444444441', '30644444444441'],
    ...['5944444444444440', '3044444444444444', '24444444444444'],
  ])('has an issuer’s length: %s is none', (digits) => {
    expect(text(`id ${digits}`)).toBe(`id ${digits}`)
  })

  test('of 400 ids with 15 digits from 61 none is filtered', () => {
    for (let i = 0; i < 400; i++) {
      const id = String(613_000_000_000_000 + i * 7_919)
      expect(text(`order ${id}`)).toBe(`order ${id}`)
      expect(redactor.value({ id: Number(id) })).toEqual({ id: Number(id) })
    }
  })
})
