import { describe, expect, test, vi } from 'vitest'
import { createRedactor, type RedactRules } from '../../src/redact/redactor.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'
import { headersOf } from '../support/headers-of.ts'
import type { Occurrence } from '../../src/model/occurrence.ts'

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
    service: 's',
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
    context: { order: 7 },
    breadcrumbs: null,
    debugIds: null,
    resentFrom: null,
    durationMs: 1,
  } as const satisfies Occurrence

  test('has the last word on what is free in form', () => {
    const redactor = createRedactor(
      (o) => ({ ...o, errorMessage: 'x', id: 'other', status: 200, kind: 'status', occurredAt: 9 }),
      [],
    )
    expect(redactor.finish(occurrence)).toEqual({ ...occurrence, errorMessage: 'x' })
  })

  test('may change whatever is not the identity of an occurrence', () => {
    const changed = {
      ...occurrence,
      causes: [{ name: 'a', message: 'b', stack: 'c' }],
      headers: { accept: 'y' },
      extra: { b: [1, { c: 'd' }] },
      context: { e: 1 },
      breadcrumbs: [{ at: 1, kind: 'note' as const, message: 'm', data: { f: 1 } }],
      debugIds: { 'a.js': '0'.repeat(32) },
      durationMs: 2,
      method: 'POST',
    }
    expect(createRedactor(() => changed, []).finish(occurrence)).toEqual(changed)
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
      context: null,
    })
  })

  test('has the last word: what its result leaves out or sets to null is gone', () => {
    const redactor = createRedactor((o) => {
      const { clientIp: _1, userAgent: _2, errorMessage: _3, method: _4, ...rest } = o
      return { ...rest, headers: null, title: null } as never
    }, [])
    expect(redactor.finish(occurrence)).toEqual({
      ...occurrence,
      clientIp: null,
      userAgent: null,
      errorMessage: null,
      headers: null,
      method: F,
      title: F,
    })
  })

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a number for a path', { path: 7 }, { path: F }],
    ['no path', { path: null }, { path: F }],
    ['an object for a message', { errorMessage: { a: 1 } }, { errorMessage: null }],
    ['a text for headers', { headers: 'x' }, { headers: null }],
    ['a number in headers', { headers: { a: 1 } }, { headers: null }],
    ['a list for headers', { headers: ['a'] }, { headers: null }],
    ['an object for causes', { causes: { 0: 1 } }, { causes: null }],
    ['null in causes', { causes: [null] }, { causes: null }],
    ['a cause without a message', { causes: [{ name: 'a', stack: null }] }, { causes: null }],
    ['a text for extra', { extra: 'x' }, { extra: null }],
    ['a list for extra', { extra: [1] }, { extra: null }],
    ['a bigint in extra', { extra: { a: 1n } }, { extra: { a: '1' } }],
    ['a function in extra', { extra: { a: () => 1 } }, { extra: { a: '[Function]' } }],
    ['a breadcrumb without a time', { breadcrumbs: [{ message: 'a' }] }, { breadcrumbs: null }],
    ['a number for a debug id', { debugIds: { 'a.js': 1 } }, { debugIds: null }],
    ['a list for context', { context: [1] }, { context: null }],
    ['a text for a duration', { durationMs: '5' }, { durationMs: null }],
    ['no number for a duration', { durationMs: Number.NaN }, { durationMs: null }],
    ['half a character', { userId: '\ud800' }, { userId: '\ufffd' }],
  ])('that gives %s keeps the rest', (_, given, kept) => {
    const redactor = createRedactor((o) => ({ ...o, ...given }) as never, [])
    expect(redactor.finish(occurrence)).toEqual({ ...occurrence, ...kept })
  })

  test('that gives what cannot be read, written or held keeps the rest', () => {
    const cyclic: Record<string, unknown> = { a: 1 }
    cyclic['self'] = cyclic
    const trap = {
      get: (target: object, key: string) => {
        if (key === 'query') throw new Error('no')
        return (target as Record<string, unknown>)[key]
      },
    }
    const redactor = createRedactor((o) => {
      const toJSON = (): never => {
        throw new Error('no')
      }
      return new Proxy(
        { ...o, extra: { cyclic, toJSON }, errorMessage: 'x'.repeat(1e6) },
        trap,
      ) as never
    }, [])
    const warn = vi.fn<(what: string) => void>()
    const out = redactor.finish(occurrence, warn)
    expect(out).toMatchObject({
      query: null,
      extra: { cyclic: { self: '[Circular]' } },
      path: '/p',
    })
    expect(out.errorMessage!.length).toBeLessThanOrEqual(2_048)
    expect(JSON.stringify(out).length).toBeLessThan(4_000)
    expect(warn.mock.calls).toEqual([['gave a wrong type for `query`']])
  })

  test.each<[string, () => unknown, string]>([
    ['a text', () => 'x', 'must return the occurrence'],
    ['a number', () => 7, 'must return the occurrence'],
    ['nothing', () => undefined, 'must return the occurrence'],
    ['a promise', () => Promise.resolve({}), 'must answer at once, not by a promise'],
    [
      'an exception',
      () => {
        throw new TypeError('no')
      },
      'threw TypeError',
    ],
  ])('that gives %s is warned of', (_, run, why) => {
    const warn = vi.fn<(what: string) => void>()
    const redactor = createRedactor(run as () => null, [])
    expect(redactor.finish(occurrence, warn)).toMatchObject({ id: 'i', path: F })
    expect(warn.mock.calls).toEqual([[why]])
  })

  test('that breaks every member loses no occurrence', async () => {
    const breaks: unknown[] = [null, 7, 'x', {}, [], [null], { a: [] }, Symbol('s'), 1n, () => 1]
    const names = Object.keys(occurrence)
    const store = memory()
    let i = 0
    const klaxon = createKlaxon({
      store,
      log: false,
      redact: (o) => {
        const bad = breaks[i % breaks.length]
        const name = names[Math.floor(i++ / breaks.length) % names.length]!
        return { ...o, [name]: bad } as never
      },
    })
    const most = breaks.length * names.length
    for (let n = 0; n < most; n++) {
      const cause = new Error('inner')
      expect(klaxon.report(new Error('outer', { cause }), { extra: { a: 1 } })).not.toBe(null)
      if (n % 50 === 0) await klaxon.flush()
    }
    await klaxon.flush()
    expect(await store.occurrences({ limit: most })).toHaveLength(most)
    expect(klaxon.stats()).toMatchObject({ captured: most, stored: most })
  })

  test('is not needed', () => {
    expect(createRedactor(undefined, []).finish(occurrence)).toBe(occurrence)
    expect(createRedactor({}, []).finish(occurrence)).toBe(occurrence)
  })

  test('comes after the built-in rules', () => {
    expect(createRedactor((o) => o, []).text('token=x', 99)).toBe(`token=${F}`)
  })

  test.each<[string, Response]>([
    ['a text', new Response('about Jane', { status: 422 })],
    ['JSON', Response.json({ message: 'about Jane' }, { status: 422 })],
  ])(
    'has the last word on what %s of a response says, read after it was asked',
    async (_, body) => {
      const rowOf = async (redact: (o: Occurrence) => Occurrence | null) => {
        const store = memory()
        const klaxon = createKlaxon({ store, log: false, envelope: true, redact })
        await klaxon.wrap(async (request: Request) => request && body.clone())(
          new Request('https://a.test/api/patients'),
        )
        await klaxon.flush()
        return (await store.occurrences())[0]!
      }
      const kept = await rowOf((o) => ({ ...o, path: '/x' }))
      expect(kept).toMatchObject({ path: '/x', errorMessage: 'about Jane' })
      // The function gets its earlier input again, not its earlier result.
      const ofPatients = (o: Occurrence) => o.path === '/api/patients'
      const hidden = (o: Occurrence) => ({
        ...o,
        path: '/x',
        errorMessage: ofPatients(o) ? null : o.errorMessage,
      })
      expect((await rowOf(hidden)).errorMessage).toBeNull()
      expect((await rowOf(() => null)).errorMessage).toBeNull()
    },
  )
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
