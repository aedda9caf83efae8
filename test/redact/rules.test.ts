import { describe, expect, test } from 'vitest'
import type * as rules from '../../src/core/_rules.ts'
import { createRedactor } from '../../src/core/redact.ts'

const F = '[Filtered]'
const redactor = createRedactor(undefined, [])
const text = (s: string): string => redactor.text(s, 16_384)

/** Made up; the vendor's shape, split so that no scanner takes this file for a leak. */
const TOKENS: Record<keyof typeof rules.TOKENS, { secret: string[]; plain: string[] }> = {
  aws: {
    secret: ['AKIA' + 'IOSFODNN7EXAMPLE', 'ASIA' + 'Y34FZKBOKMUTVV7A'],
    plain: ['AKIA-is-a-prefix', 'AKIAshort', 'AROAIOSFODNN7EXAMPLE'],
  },
  github: {
    secret: [
      'ghp_' + 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8',
      'gho_' + '16C7e42F292c6912E7710c838347Ae178B4a',
      'github_pat_' + '11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz',
    ],
    plain: ['highs_and_lows_of_the_market', 'github_pattern_library', 'ghp_short'],
  },
  gitlab: {
    secret: [
      'glpat-' + 'xxxxYYYYzzzz11112222',
      'gldt-' + 'abcdefghijklmnopqrst',
      'glrt-' + 't1_abcdefghijklmnop',
    ],
    plain: ['global-settings-for-the-user', 'glad-to-meet-you-here-today'],
  },
  npm: {
    secret: ['npm_' + 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'],
    plain: ['npm_lifecycle_event_is_postinstall', 'npm_config_user_agent'],
  },
  slack: {
    secret: [
      'xoxb-' + '123456789012-abcdefGHIJKL',
      'xoxp-' + '1-2-3-abcdef0123456789',
      'xapp-' + '1-A012B3CDE-123456',
      'xoxe.xoxp-' + '1-Mi0yLTEyMzQ1',
    ],
    plain: ['xoxo', 'xo-box', 'xapplication-1-kit'],
  },
  stripe: {
    secret: [
      'sk_live_' + '4eC39HqLyjWDarjtT1zdp7dc',
      'rk_test_' + '4eC39HqLyjWDarjtT1zdp7dc',
      'whsec_' + 'abcdEFGH1234ijklMNOP5678',
    ],
    plain: ['pk_live_4eC39HqLyjWDarjtT1zdp7dc', 'task_test_suite_runner_one', 'sk_live_'],
  },
  openai: {
    secret: [
      'sk-' + 'abcdEFGH1234ijklMNOP5678qrst',
      'sk-proj-' + 'abc_DEF-ghi_JKL-mno',
      'sk-ant-' + 'api03-abc_DEF-ghi_JKL',
    ],
    plain: ['risk-management-system-overview', 'task-antelope-pictures-here', 'sk-learn'],
  },
  google: {
    secret: ['AIza' + 'SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q'],
    plain: ['AIzawa-station', 'aizasyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5'],
  },
  googleOauth: {
    secret: ['ya29.' + 'a0AfH6SMBx1y2z3A4B5C6', 'GOCSPX-' + 'a1B2c3D4e5F6g7H8i9J0k1L2'],
    plain: ['ya29.short', 'GOCSPX-short'],
  },
  sendgrid: {
    secret: [
      'SG.' + 'ngeVfQFYQlKU0ufo8x5d1A' + '.' + 'TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr',
    ],
    plain: ['SG.Singapore', 'MSG.something_long_enough_here.and_another_part_here'],
  },
}

describe.each(Object.entries(TOKENS))('%s', (_, { secret, plain }) => {
  test.each(secret)('filters %s', (token) => {
    expect(text(token)).toBe(F)
    expect(text(`failed with ${token}, again`)).toBe(`failed with ${F}, again`)
    expect(text(`{"a":"${token}"}`)).toBe(`{"a":"${F}"}`)
    expect(text(`a(${token})`)).toBe(`a(${F})`)
    expect(text(`https://example.test/?a=${token}&b=1`)).toBe(`https://example.test/?a=${F}&b=1`)
  })

  test.each(plain)('keeps %s', (words) => {
    expect(text(words)).toBe(words)
    expect(text(`failed with ${words}, again`)).toBe(`failed with ${words}, again`)
  })
})

const JWT =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'

describe.each<[string, string[], string[]]>([
  [
    'JWTs',
    [JWT, JWT.slice(0, 60), `x_${JWT}`],
    ['eyJ', 'eyJhbGci', 'eyJpZCI6MTB9', 'they.eyJ.are.not'],
  ],
  [
    'Bearer',
    ['Bearer hunter', 'bearer abc/def+ghi=', 'BEARER  "hunter2"'],
    ['Bearer token missing', 'Bearer authentication', 'a bearer of bad news'],
  ],
  [
    'Basic',
    ['Basic dXNlcjpwYXNz', 'basic aHVudGVyOmh1bnRlcg=='],
    ['Basic authentication', 'the basic settings', 'visual basic program'],
  ],
  [
    'PEM keys',
    [
      '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
      '-----BEGIN EC PRIVATE KEY-----\\nMIIE\\n-----END EC PRIVATE KEY-----',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\nMIIE\n-----END PGP PRIVATE KEY BLOCK-----',
    ],
    ['-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----', 'BEGIN KEY'],
  ],
  [
    'card numbers',
    // The vendors' test numbers: https://docs.stripe.com/testing#cards
    [
      '4242424242424242',
      '4000 0566 5566 5556',
      '5555-5555-5555-4444',
      '2223003122003222',
      '378282246310005',
      '3782 822463 10005',
      '6011111111111117',
      '30569309025904',
      '3056 930902 5904',
      '3566002020360505',
      '6205500000000000004',
      '4222222222222',
    ],
    [
      '4242424242424241',
      '1234567890123456',
      '0.4242424242424242',
      '20261121170533',
      '4242 4242 4242',
      '2026-11-21-17-05',
      '12345678-4242-4424-8242-424242424242',
      '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    ],
  ],
  [
    'URL user info',
    [
      'https://hunter2@example.test',
      'redis://:hunter2@localhost:6379',
      'mysql://root:p%40ss@db',
      'amqp://a:b:c@mq',
      'postgres://u:p#w?x@db',
    ],
    [
      'https://example.test/@hono/node-server',
      'http://localhost:3000/@vite/client',
      'mailto:a',
      'https://a.test?b=@c',
      'file:///app@1/x.js',
    ],
  ],
  [
    'Slack webhooks',
    [
      'https://hooks.slack.com/services/T0/B0/hunter2',
      'hooks.slack.com/workflows/T0/A0/1/hunter2',
      'https://hooks.slack-gov.com/services/T0/B0/hunter2',
    ],
    [
      'https://slack.com/services/T0',
      'hooks.slack.com is down',
      'https://hooks.slack.com.example.test/x',
    ],
  ],
  [
    'query parameters of Drizzle errors',
    ['Failed query: select ?\nparams: a,hunter2\nb'],
    ['params: a', 'Failed query: select ?'],
  ],
])('%s', (_, secrets, plain) => {
  test.each(secrets)('filters %j', (secret) => {
    const out = text(secret)
    expect(out).toContain(F)
    expect(out).not.toMatch(/hunter|MIIE|dXNl|aHVu|p%40ss|p#w|b:c|\d{6}|eyJ/)
    // The same in the middle of a sentence, and in a field.
    expect(text(`it was ${secret}`)).toBe(`it was ${out}`)
    expect(text(`a, ${secret}`)).toBe(`a, ${out}`)
  })

  test.each(plain)('keeps %j', (words) => {
    expect(text(words)).toBe(words)
    expect(text(`it was ${words} then`)).toBe(`it was ${words} then`)
  })
})

const PARTS =
  'auth token secret session password passwd passphrase apikey accesskey privatekey jwt bearer csrf xsrf credential cookie signature connectionstring databaseurl dsn webhook'.split(
    ' ',
  )
const WORDS = 'key sid pin otp totp code state nonce sig cvv cvc ssn iban'.split(' ')

test.each([
  ['Bearer authABC123', `Bearer ${F}`],
  ['Bearer tokenized', `Bearer ${F}`],
  ['Bearer mytoken', `Bearer ${F}`],
  ['Bearer tokens, credential or credentials.', 'Bearer tokens, credential or credentials.'],
  ['Bearer credential: none', 'Bearer credential: [Filtered]'],
  ['Bearer credentials missing', 'Bearer credentials missing'],
  ['Bearer credential. Bearer token.', 'Bearer credential. Bearer token.'],
  ['Basic OPERATIONS', 'Basic OPERATIONS'],
  ['-----BEGIN a KEY-----', '-----BEGIN a KEY-----'],
  ['4242424242424242-abcd', '4242424242424242-abcd'],
  ['4242424242424242-wxyz', `${F}-wxyz`],
  ['4242424242424242-ab', `${F}-ab`],
  ['abcd-4242424242424242', 'abcd-4242424242424242'],
  ['wxyz-4242424242424242', `wxyz-${F}`],
  ['ab-4242424242424242', `ab-${F}`],
  ['4242424242424242a', '4242424242424242a'],
  ['code: AB_cd', `code: ${F}`],
  ['passphrase: correct horse battery', `passphrase: ${F}`],
  ['pass-phrase: correct horse battery\nnext', `pass-phrase: ${F}\nnext`],
  ['errorToken: hunter2', `errorToken: ${F}`],
  ['x.jsauth: hunter2', `x.jsauth: ${F}`],
  ['token.cjs:10:5 token.mts:1 token.tsx:2', 'token.cjs:10:5 token.mts:1 token.tsx:2'],
])('%j is %j', (input, output) => {
  expect(text(input)).toBe(output)
})

describe('keys', () => {
  const secret = (key: string): boolean =>
    (redactor.value({ [key]: 'x' }) as Record<string, unknown>)[key] === F

  test.each(PARTS)('%s is secret anywhere in a key, however it is written', (part) => {
    const half = Math.ceil(part.length / 2)
    for (const key of [
      part,
      part.toUpperCase(),
      `x-${part}-y`,
      `my${part}s`,
      `${part.slice(0, half)}_${part.slice(half)}`,
      `${part.slice(0, half)}.${part.slice(half)}`,
      `%${part.charCodeAt(0).toString(16)}${part.slice(1)}`,
      `%25${part.charCodeAt(0).toString(16)}${part.slice(1)}`,
      `${part[0]!.toUpperCase()}${part.slice(1)}`,
    ]) {
      expect([key, secret(key)]).toEqual([key, true])
      expect(redactor.query(`${key}=x`)).toBe(`${key}=${F}`)
      expect(text(`${key}=hunter2`)).not.toContain('hunter2')
      expect(text(`"${key}":"hunter2"`)).not.toContain('hunter2')
      expect(text(`${key}: hunter2`)).not.toContain('hunter2')
    }
  })

  test.each(WORDS)('%s is secret as a whole word', (word) => {
    const upper = word[0]!.toUpperCase() + word.slice(1)
    for (const key of [
      word,
      word.toUpperCase(),
      `x-${word}`,
      `${word}_x`,
      `user${upper}`,
      `${word}2`,
      `a.${word}`,
      word.split('').join('-'),
      `%${word.charCodeAt(0).toString(16)}${word.slice(1)}`,
      `${word.toUpperCase()}Value`,
      `X${upper}`,
      `x9${upper}`,
    ]) {
      expect([key, secret(key)]).toEqual([key, true])
      expect(redactor.query(`${key}=x`)).toBe(`${key}=${F}`)
      expect(text(`"${key}":"hunter2"`)).not.toContain('hunter2')
    }
    for (const key of [`x${word}x`, `${word}board`, `mon${word}`])
      expect([key, secret(key)]).toEqual([key, false])
  })

  test.each([
    'monkey',
    'keyboard',
    'shipping',
    'spinner',
    'statecraft',
    'encoder',
    'decode',
    'estate',
    'insider',
    'design',
    'statusCode',
    'error_code',
    'country-code',
    'primaryKey',
    'cache_key',
    'id',
    'name',
    '이름',
    '__proto__',
    'constructor',
    '',
  ])('%j is no secret key', (key) => expect(secret(key)).toBe(false))

  test('null, true and false are shown, other values are not', () => {
    expect(redactor.value({ auth: null, token: true, session: false, pin: 0, secret: '' })).toEqual(
      { auth: null, token: true, session: false, pin: F, secret: F },
    )
  })

  test.each([
    ["code: 'ENOENT'", false],
    ['code=404', false],
    ['"code":"SQLITE_BUSY"', false],
    ['code: 123456', true],
    ['code=abc', true],
    ['code: ABC123', true],
    ['state: open', true],
  ])('a code that is a reason is kept in a message: %s', (message, filtered) => {
    expect(text(message).includes(F)).toBe(filtered)
  })
})
