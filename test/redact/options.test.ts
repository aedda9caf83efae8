import { describe, expect, test } from 'vitest'
import { createRedactor, type RedactRules } from '../../src/core/redact.ts'
import { headersOf } from './_headers-of.ts'
import type { Occurrence } from '../../src/core/types.ts'

const F = '[Filtered]'

function text(rules: RedactRules, s: string): string {
  return createRedactor(rules, []).text(s, 16_384)
}

describe('keys', () => {
  test('a text is folded and found anywhere in a key', () => {
    const redactor = createRedactor({ keys: ['Birth-Day'] }, [])
    expect(redactor.text('user.birth_day=1990 birth=1990', 99)).toBe(
      `user.birth_day=${F} birth=1990`,
    )
    expect(redactor.query('a=1&BIRTHDAY=1990')).toBe(`a=1&BIRTHDAY=${F}`)
    expect(redactor.value({ myBirthday: 1990, day: 1 })).toEqual({ myBirthday: F, day: 1 })
  })

  test('a RegExp is tried on the key as it is, whatever its flags', () => {
    const redactor = createRedactor({ keys: [/^x_/g, /^Y$/] }, [])
    for (let i = 0; i < 3; i++) {
      expect(redactor.value({ [`x_${i}`]: 1, y: 1, Y: 1, ax_: 1 })).toEqual({
        [`x_${i}`]: F,
        y: 1,
        Y: F,
        ax_: 1,
      })
    }
  })

  test('add to the table and take nothing away', () => {
    expect(createRedactor({ keys: [] }, []).value({ token: 1 })).toEqual({ token: F })
  })
})

describe('patterns', () => {
  test('are applied everywhere in a text, and stay as they were', () => {
    const pattern = /emp-\d+/y
    pattern.lastIndex = 3
    expect(text({ patterns: [pattern] }, 'emp-1 and emp-22')).toBe(`${F} and ${F}`)
    expect(pattern.lastIndex).toBe(3)
  })

  test('that match nothing change nothing', () => {
    expect(text({ patterns: [/x*/] }, 'axb')).toBe(`a${F}b`)
  })

  test('apply to queries, paths, headers and values', () => {
    const redactor = createRedactor({ patterns: [/emp-\d+/] }, [])
    expect(redactor.query('a=emp-1')).toBe(`a=${F}`)
    expect(redactor.path('/a/emp-1')).toBe(`/a/${F}`)
    expect(headersOf(redactor, new Headers({ 'user-agent': 'emp-1' }))).toEqual({ 'user-agent': F })
    expect(redactor.value({ 'emp-1': ['emp-2'] })).toEqual({ [F]: [F] })
  })
})

describe('headers', () => {
  test('are kept beside the allow-list, by any case', () => {
    const { headers } = {
      headers: (h: Headers) =>
        headersOf(createRedactor({ headers: ['X-Tenant', 'Cookie'] }, []), h),
    }
    expect(
      headers(new Headers({ 'x-tenant': 't1', cookie: 'a=b', accept: 'x', 'x-other': 'y' })),
    ).toEqual({
      accept: 'x',
      'x-tenant': 't1',
      cookie: F,
    })
  })

  test('are cut one by one, and each is a text', () => {
    const out = headersOf(
      createRedactor(undefined, []),
      new Headers({
        accept: 'x'.repeat(5_000),
        'user-agent': 'Bearer abcdef123',
        origin: 'https://a.test',
      }),
    )
    expect(out.accept).toHaveLength(510)
    expect(out['user-agent']).toBe(`Bearer ${F}`)
    expect(out.origin).toBe('https://a.test')
  })

  test('are cut though all are harmless', () => {
    const out = headersOf(
      createRedactor(undefined, []),
      new Headers({ accept: 'x'.repeat(5_000), origin: 'y'.repeat(300) }),
    )
    expect(out.accept).toHaveLength(510)
    expect(out.origin).toHaveLength(300)
  })

  test('keep a referer without query, fragment, user and random segments', () => {
    const referer = (value: string): unknown =>
      headersOf(createRedactor(undefined, []), new Headers({ referer: value })).referer
    expect(referer('https://a.test/x?y=1#z')).toBe('https://a.test/x')
    expect(referer('https://a.test/x#z?y')).toBe('https://a.test/x')
    expect(referer('https://u:p@a.test/')).toBe(`https://${F}@a.test/`)
    expect(referer('https://a.test/reset/Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2Rl')).toBe(
      `https://a.test/reset/${F}`,
    )
  })
})

describe('personal data', () => {
  const mail = 'to kim.lee+x@mail.example.co.kr, from a@b'
  const ip = 'from 203.0.113.9 and 2001:db8::1 at 10:15:33 v1.2.3.4.5'
  const phone = 'call +82 10-1234-5678 or 02-123-4567 or (02) 123 4567, order 2026-11-21, 12345678'

  test('is kept by default', () => {
    for (const s of [mail, ip, phone]) expect(text({}, s)).toBe(s)
  })

  test('is masked', () => {
    expect(text({ email: 'mask' }, mail)).toBe('to [email], from a@b')
    expect(text({ ip: 'mask' }, ip)).toBe('from [ip] and [ip] at 10:15:33 v1.2.3.4.5')
    expect(text({ phone: 'mask' }, phone)).toBe(
      'call [phone] or [phone] or [phone], order 2026-11-21, 12345678',
    )
  })

  test('is hashed: equal for equal data', () => {
    const rules = { email: 'hash', ip: 'hash' } as const
    const [one, two, three] = ['a@b.co', 'A@B.CO', 'c@b.co'].map((s) => text(rules, s))
    expect(one).toMatch(/^\[email:[\da-f]{16}\]$/)
    expect(two).toBe(one)
    expect(three).not.toBe(one)
    expect(text(rules, '::1')).toMatch(/^\[ip:/)
  })

  test('in a value of a query hides the value', () => {
    expect(createRedactor({ email: 'mask' }, []).query('a=x%40y.co&b=1')).toBe(`a=${F}&b=1`)
  })
})

describe('a function', () => {
  const occurrence = {
    id: 'i',
    occurredAt: 1,
    fingerprint: 'f',
    title: 't',
    kind: 'thrown',
    status: 500,
    method: 'GET',
    path: '/p',
    query: 'q=1',
    route: '/r',
    host: 'h',
    clientIp: 'c',
    userAgent: 'u',
    userId: 'id',
    username: 'n',
    errorName: 'E',
    errorMessage: 'm',
    errorStack: 's',
    causes: [{ name: 'a', message: 'b', stack: null }],
    requestId: 'r',
    traceId: 't',
    release: '1',
    environment: 'e',
    runtime: 'node',
    colo: null,
    country: null,
    headers: { accept: 'x' },
    extra: { a: 1 },
    durationMs: 1,
  } as const satisfies Occurrence

  test('has the last word on what is free in form', () => {
    const redactor = createRedactor(
      (o) => ({ ...o, errorMessage: 'x', id: 'other', status: 200, kind: 'status', occurredAt: 9 }),
      [],
    )
    expect(redactor.finish(occurrence)).toEqual({ ...occurrence, errorMessage: 'x' })
  })

  test('gets a copy', () => {
    const redactor = createRedactor((o) => Object.assign(o, { errorMessage: 'x' }), [])
    expect(redactor.finish(occurrence).errorMessage).toBe('x')
    expect(occurrence.errorMessage).toBe('m')
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['returns null', () => null],
    ['returns nothing', () => undefined],
    ['returns a promise', () => Promise.reject(new Error('no'))],
  ])('that %s leaves the occurrence without its details', (_, run) => {
    const out = createRedactor(run as () => null, []).finish(occurrence)
    expect(out).toEqual({
      ...occurrence,
      path: F,
      title: F,
      query: null,
      host: null,
      clientIp: null,
      userAgent: null,
      userId: null,
      username: null,
      errorMessage: null,
      errorStack: null,
      causes: null,
      requestId: null,
      headers: null,
      extra: null,
    })
  })

  test('is not needed', () => {
    expect(createRedactor(undefined, []).finish(occurrence)).toBe(occurrence)
    expect(createRedactor({}, []).finish(occurrence)).toBe(occurrence)
  })

  test('comes after the built-in rules', () => {
    expect(createRedactor((o) => o, []).text('token=x', 99)).toBe(`token=${F}`)
  })
})

describe('configured secrets', () => {
  test('shorter than six characters are left alone, as they occur in words', () => {
    expect(createRedactor(undefined, ['abc']).text('abc', 99)).toBe('abc')
    expect(createRedactor(undefined, ['abc123']).text('xabc123x', 99)).toBe(`x${F}x`)
  })

  test('may hold any character', () => {
    const secret = 'a.b*c(d)[e]\\f^$|'
    expect(createRedactor(undefined, [secret]).text(`x ${secret} y`, 99)).toBe(`x ${F} y`)
    expect(createRedactor(undefined, [secret]).text('x a1b*c(d)[e]\\f^$| y', 99)).toBe(
      'x a1b*c(d)[e]\\f^$| y',
    )
  })
})

describe('redact is checked', () => {
  test('and each mend is named', () => {
    const message = (rules: unknown): string => {
      try {
        createRedactor(rules as never, [])
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(message({ keys: 'x' })).toBe(
      'klaxon: option `redact.keys` must be a list of texts and RegExps',
    )
    expect(message({ email: true })).toBe('klaxon: option `redact.email` must be "mask" or "hash"')
    expect(message({ toString: 1 })).toBe(
      'klaxon: option `redact.toString` must be of keys, patterns, headers, email, ip, phone, or a function',
    )
    expect(message('x')).toBe(
      'klaxon: option `redact` must be of keys, patterns, headers, email, ip, phone, or a function',
    )
    expect(message({ keys: undefined, ip: undefined })).toBe('')
  })
})
