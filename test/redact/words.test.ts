import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'

const F = '[Filtered]'
const redactor = createRedactor(undefined, [])
const text = (s: string): string => redactor.text(s, 16_384)
const isSecret = (key: string): boolean =>
  (redactor.value({ [key]: 'x' }) as Record<string, unknown>)[key] === F

describe('words of a key', () => {
  test.each(
    (
      'authToken AUTH_TOKEN x-auth-token apikey sessionid myPassword user.password passwordHash dbpass userpass pswd ' +
      'passcode pincode 2fa masterkey encryptionKey accountkey AccountKey verificationcode SAMLResponse mnemonic seed ' +
      'walletSeed ticket casTicket clientsecret refreshtoken accessToken jsessionid PHPSESSID oauthtoken xauthtoken ' +
      'acmetoken sentrydsn SENTRY_DSN databaseUrl database_url connectionString api_key_id private-key X-CSRF-Token ' +
      'webhookUrl secretkey authheader tokenvalue sessiondata cookies bearer credentials creds userCredential ' +
      'passwd passphrase pass_phrase my_pass signature webhookSignature jwtPayload accesskeyid hmackey sshkey ' +
      'backupCodes recovery_codes securitycode auth_code confirmationCode requirepass masterauth adminpassword ' +
      'パスワード ユーザーのパスワード 密码 비밀번호 пароль Пароль passwort contraseña senha şifre ' +
      '2fa x-2FA 2fa_x my2fa user2FA google2FA enable2FA use2fa passed2fa cr-ed creD p-w-d psK s-i-d2 otp2 密碼 暗証番号 口令 암호 ПАРОЛЬ'
    ).split(' '),
  )('%s is secret', (key) => {
    expect(isSecret(key)).toBe(true)
    expect(text(`${key}=hunter2`)).toBe(`${key}=${F}`)
    expect(text(`"${key}":"hunter2"`)).toBe(`"${key}":"${F}"`)
    expect(redactor.query(`${encodeURIComponent(key)}=hunter2`)).not.toContain('hunter2')
  })

  test.each(
    (
      'author authors authorId coauthor authority authored authenticity secretary secretion secretariat possession ' +
      'obsession possessions secondsNeeded recordsName kidsNumber tokenizer tokenize tokenism monkey keyboard hotkey ' +
      'passenger passage passport compass bypass surpass passive assess assessment session_less0 pinterest spinner ' +
      'opinion state_of0 statement estate decoder barcode encoding unicode ticketId seedCount publicKey primary_key ' +
      'statusCode errorCode err_code responseCode zipCode region_code sortKey queryKey rowKey signal design seeded ' +
      'ticketing cached hooked webpage key_0board birdseed aticket urlDatabase 2fast 12fa abc2fa 123 ключ'
    )
      .split(' ')
      .filter((key) => !key.includes('0')),
  )('%s is not', (key) => {
    expect(isSecret(key)).toBe(false)
    expect(text(`${key}=kept`)).toBe(`${key}=kept`)
    expect(text(`"${key}":"kept"`)).toBe(`"${key}":"kept"`)
  })

  test('each of them is read, in a key of more than 256 characters those at both ends', () => {
    const steps = 'a.b.'.repeat(60)
    for (const key of [
      `${steps}api.key`,
      `${steps}password`,
      `${'a.b.'.repeat(10)}database.url${'.c.d'.repeat(11)}`,
      `${'x'.repeat(124)}-password-${'x'.repeat(122)}`,
    ])
      expect([key.length < 257, isSecret(key)]).toEqual([true, true])
    const far = 'x'.repeat(200)
    const apart = `${'a.'.repeat(15)}database.${'b.'.repeat(8)}url${'.c'.repeat(16)}`
    expect(isSecret(apart)).toBe(false)
    for (const key of [`password-${far}-${far}`, `${far}-${far}-password`])
      expect(isSecret(key)).toBe(true)
    expect(isSecret(`${far}-password-${far}`)).toBe(false)
  })

  test('a key of the user is found however it is written', () => {
    const own = createRedactor({ keys: ['Order-Number'] }, [])
    for (const key of [
      'orderNumber',
      'ORDER_NUMBER',
      'my.order.number2',
      '%6Frder number',
      'оrdеrnumbеr',
    ])
      expect(own.value({ [key]: 'x' })).toEqual({ [key]: F })
    expect(own.value({ order: 'x', numberOfOrder: 'y' })).toEqual({
      order: 'x',
      numberOfOrder: 'y',
    })
  })
})

describe('a key that counts', () => {
  test.each([
    'prompt_tokens',
    'completionTokens',
    'total_tokens',
    'maxTokens',
    'tokens',
    'token_count',
    'sessionCount',
    'cookie_max_age',
    'tokenExpiresIn',
    'password_length',
    'session_timeout',
    'webhooks',
    'secretVersion',
    'prompttokens',
    'token_expire',
    'session_sec',
  ])('%s shows a number and nothing else', (key) => {
    for (const number of [812, -1, 0.5, 10n]) {
      expect(redactor.value({ [key]: number })).toEqual({
        [key]: typeof number === 'bigint' ? '10' : number,
      })
    }
    for (const kept of ['812', '1.5e3', '1.25', '1e10', '1E+3', '6ms', '10%', '5b', '3kb']) {
      expect(redactor.value({ [key]: kept })).toEqual({ [key]: kept })
      expect(text(`${key}: ${kept}`)).toBe(`${key}: ${kept}`)
      expect(text(`{"${key}":"${kept}","a":1}`)).toBe(`{"${key}":"${kept}","a":1}`)
      expect(redactor.query(`a=1&${key}=${encodeURIComponent(kept)}&b=2`)).toContain('&b=2')
    }
    expect(redactor.query(`a=1&${key}=812`)).toBe(`a=1&${key}=812`)
    for (const secret of ['hunter2', '812abc', '1234567890123456']) {
      expect(redactor.value({ [key]: secret })).toEqual({ [key]: F })
      expect(text(`${key}: ${secret}`)).toBe(`${key}: ${F}`)
      expect(redactor.query(`a=1&${key}=${secret}`)).toBe(`a=1&${key}=${F}`)
    }
  })

  test('shows an object of numbers, and no other', () => {
    const kept = { prompt_tokens_details: { cached_tokens: 0, audio_tokens: 5 } }
    expect(redactor.value(kept)).toEqual(kept)
    for (const secret of [{ a: 'hunter2' }, { hunter2: 1 }, [1, 2], { a: { b: 1 } }])
      expect(redactor.value({ tokens: secret })).toEqual({ tokens: F })
    expect(
      redactor.value({
        tokens: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no')
            },
          },
        ),
      }),
    ).toEqual({ tokens: F })
  })

  test.each(
    'token pin otp code password session cardPin cookiesecret tokenserver cookie_image'.split(' '),
  )('%s does not count', (key) => {
    expect(redactor.value({ [key]: 1234 })).toEqual({ [key]: F })
  })
})

describe('in a sentence', () => {
  test.each([
    'Invalid state: order is closed',
    'error code: 23505',
    'the code: 7003 of them',
    'Duplicate key: 5',
    'Unknown key: foo',
    'a wrong key: "foo"',
    'Illegal nonce: too low',
    'Invalid pin: must have digits',
    'the state: open',
    'this ticket: 4711',
  ])('a word before a colon and a space is no key: %s', (s) => {
    expect(text(s)).toBe(s)
  })

  test.each([
    ['Invalid token: hunter2', 'Invalid token: '],
    ['wrong password: hunter2 given', 'wrong password: '],
    ['the pwd: hunter', 'the pwd: '],
    ['my pass: hunter', 'my pass: '],
    ['API key: hunter2', 'API key: '],
    ['the secret key: hunter2', 'the secret key: '],
    ['Security code: 123', 'Security code: '],
    ['PIN code: 1234', 'PIN code: '],
    ['your verification code: 482913', 'your verification code: '],
    ['user pin: 1234', 'user pin: '],
    ['the keyPin: 1234', 'the keyPin: '],
    ['the otp: 482913', 'the otp: '],
    ['an iban: DE89370400440532013000', 'an iban: '],
    ['OAuth state: af0ifjsldkj12345', 'OAuth state: '],
    ['the key: 0123456789abcdef', 'the key: '],
  ])('a name of a secret is a key: %s', (s, kept) => {
    expect(text(s).startsWith(`${kept}${F}`)).toBe(true)
  })

  test.each([
    'state: open',
    'state=open',
    'x state=open',
    'x state:open',
    '"state": "open"',
    '{ a: 1, state: open }',
    'x, state: open',
    'code: 123456',
    "{ pin: '1234' }",
  ])('elsewhere it is one: %s', (s) => {
    expect(text(s)).toContain(F)
  })

  test.each([
    '23505',
    '42P01',
    ...['34000', '38000', '3D000', '53300', '57014', '58030'],
    '22P02',
    '08006',
    '40001',
    'P2002',
    'XX000',
    'ECONNRESET',
    '404',
    'invalid_type',
    'too_many_open_files',
  ])('a code that is a reason is shown: %s', (code) => {
    for (const s of [`code: ${code}`, `"code":"${code}"`, `{ code: '${code}' }`])
      expect(text(s)).toBe(s)
    expect(redactor.value({ code })).toEqual({ code })
  })

  test.each([
    '482913',
    '12345',
    ...['31000', '3C000', '51000', '5A000'],
    '1234',
    'abcde',
    'A1B2C',
    'a1b2c_d3e4f',
    'abcdefghijklmnopqrstuvwxyz_a',
  ])('a code that is none is not: %s', (code) => {
    for (const s of [`code: ${code}`, `"code":"${code}"`]) expect(text(s)).toContain(F)
    expect(redactor.value({ code })).toEqual({ code: F })
    expect(redactor.query(`code=${code}`)).toBe(`code=${F}`)
  })
})
