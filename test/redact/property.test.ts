import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor, type Redactor } from '../../src/redact/redactor.ts'
import { leaks } from '../support/fixtures/secrets.ts'

const redactor = createRedactor(undefined, [])
/** A value that no pattern knows. Only its key shows that it is a secret. */
const secret = fc
  .array(fc.constantFrom(...'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'.split('')), {
    minLength: 16,
    maxLength: 24,
  })
  .map((letters) => `Zq7${letters.join('')}`)

const PARTS = [
  'auth',
  'token',
  'secret',
  'session',
  'password',
  'passphrase',
  'apikey',
  'privatekey',
  'jwt',
  'csrf',
  'credential',
  'cookie',
  'signature',
  'dsn',
  'webhook',
]
const WORDS = ['key', 'sid', 'pin', 'otp', 'code', 'nonce', 'cvv', 'iban']

/** Spells a key in one of its equal forms. */
const disguised = fc
  .tuple(
    fc.constantFrom(...PARTS, ...WORDS),
    fc.array(fc.constantFrom('', '', '-', '_', '.'), { minLength: 16, maxLength: 16 }),
    fc.array(fc.constantFrom('plain', 'plain', 'upper', 'percent', 'twice'), {
      minLength: 16,
      maxLength: 16,
    }),
  )
  .map(([word, gaps, ways]) =>
    word
      .split('')
      .map((c, i) => {
        const hex = c.charCodeAt(0).toString(16)
        const letter = { plain: c, upper: c.toUpperCase(), percent: `%${hex}`, twice: `%25${hex}` }[
          ways[i % 16]!
        ]!
        return (i > 0 && PARTS.includes(word) ? gaps[i % 16]! : '') + letter
      })
      .join(''),
  )

const harmlessKey = fc.constantFrom('id', 'name', 'list', 'user', 'a', '이름', 'deep')
const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))

/** Puts a value somewhere into nested objects and arrays. */
const nested = (inner: fc.Arbitrary<unknown>, depth: number): fc.Arbitrary<unknown> =>
  depth === 0
    ? inner
    : fc
        .tuple(harmlessKey, nested(inner, depth - 1), leaf, fc.nat(3))
        .map(([key, value, other, shape]) => {
          if (shape === 0) return [other, value, other]
          if (shape === 1) return new Map<unknown, unknown>([[key, value]])
          if (shape === 2) return { other, [key]: [value] }
          return { [key]: value, other }
        })

function shown(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

function clean(text: string, core: string): void {
  if (leaks(text, core)) throw new Error(`leaked ${core}: ${text}`)
}

describe('a generated secret never leaks', () => {
  test('from 5,000 nested objects whose secret has a disguised key', () => {
    const shape = fc
      .tuple(disguised, secret, fc.nat(8), fc.nat(4))
      .chain(([key, core, depth, form]) => {
        const member = [
          { [key]: core },
          { [key]: [core, { x: core }] },
          { [key]: { a: { b: core } } },
          { name: key, value: core },
          [key, core],
        ][form]
        return fc.tuple(nested(fc.constant(member), depth), fc.constant(core))
      })
    fc.assert(
      fc.property(shape, ([value, core]) => {
        clean(shown(redactor.value(value)), core)
      }),
      { numRuns: 5_000 },
    )
  })

  test('from 1,000 query strings', () => {
    fc.assert(
      fc.property(
        disguised,
        secret,
        fc.webQueryParameters(),
        fc.nat(3),
        (key, core, rest, form) => {
          const nestedKey = [key, `user[${key}]`, `${key}[]`, `a.${key}`][form]!
          clean(redactor.query(`?${rest}&${nestedKey}=${core}&b=1`) ?? '', core)
          clean(
            redactor.query(`?next=${encodeURIComponent(`/x?${nestedKey}=${core}`)}`) ?? '',
            core,
          )
          clean(redactor.text(`GET /x?${rest}&${nestedKey}=${core}&b=1 failed`, 2_048), core)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('from 1,000 messages with JSON in them, at any place of the cut', () => {
    fc.assert(
      fc.property(
        disguised,
        secret,
        fc.string(),
        fc.nat(2_100),
        fc.boolean(),
        (key, core, other, before, twice) => {
          const json = JSON.stringify({ other, [key]: core, list: [{ [key]: core }] })
          const text = `${'x '.repeat(before / 2)} got ${twice ? JSON.stringify(json) : json}`
          clean(redactor.text(text, 2_048), core)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('from 1,000 pairs whose value has delimiters inside', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'abcxyzABC0189_'.split('')),
      minLength: 1,
      maxLength: 4,
    })
    const mixed = fc
      .array(fc.tuple(letters, fc.constantFrom(...'&;,<>)]}(#$!*+/|~^@'.split(''))), {
        minLength: 4,
        maxLength: 12,
      })
      .map((pieces) => `Zq7${pieces.flat().join('')}z`)
    const frame = fc.constantFrom(
      '%s',
      'sign in failed (%s)',
      '{"a":"%s"}',
      '%s, try again',
      '"%s"',
    )
    fc.assert(
      fc.property(
        disguised,
        mixed,
        fc.constantFrom('=', ': ', ' = '),
        frame,
        (key, core, separator, sentence) => {
          clean(
            redactor.text(
              sentence.replace('%s', () => `${key}${separator}${core}`),
              2_048,
            ),
            core,
          )
          clean(redactor.text(JSON.stringify({ [key]: core }), 2_048), core)
          clean(redactor.query(`?a=1&${key}=${encodeURIComponent(core)}&b=2`) ?? '', core)
          clean(
            shown(redactor.value({ [key]: core, note: `{"${key}":${JSON.stringify(core)}}` })),
            core,
          )
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('from a depth of 100', () => {
    let value: unknown = { Api_Key: 'Zq7abcdefghjkmnpqrstuvw' }
    for (let i = 0; i < 100; i++) value = i % 2 === 0 ? { nest: value } : [value]
    const text = JSON.stringify(value)
    clean(shown(redactor.value(value)), 'Zq7abcdefghjkmnpqrstuvw')
    clean(redactor.text(text, 2_048), 'Zq7abcdefghjkmnpqrstuvw')
  })

  test('from a secret whose name and value are two fields', () => {
    const core = 'Zq7abcdefghjkmnpqrstuvw'
    for (const value of [
      { name: 'Authorization', value: core },
      { key: 'api_key', val: core },
      [['password', core]],
      ['Accept', '*/*', 'Cookie', core],
      new Map([['x-token', core]]),
      new Headers({ 'x-token': core, cookie: core }),
      new URLSearchParams({ token: core }),
    ]) {
      clean(shown(redactor.value({ value })), core)
    }
  })
})

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
} as fc.ObjectConstraints)

describe('whatever it is given', () => {
  const options = [
    undefined,
    { email: 'hash', ip: 'mask', phone: 'mask', keys: ['x', /y/], patterns: [/z/] },
  ] as const
  const redactors: Redactor[] = options.map((o) => createRedactor(o, ['a-secret-token']))

  test('value() does not throw, mutate or grow', () => {
    const prototype = Object.getOwnPropertyNames(Object.prototype)
    fc.assert(
      fc.property(anything, (value) => {
        const before = fc.stringify(value)
        for (const { value: copy } of redactors.map((r) => ({
          value: (v: unknown) => r.value(v),
        }))) {
          const out = copy(value)
          expect(new TextEncoder().encode(shown(out)).length).toBeLessThanOrEqual(32_768 + 512)
          if (typeof value === 'object' && value !== null) expect(out).not.toBe(value)
        }
        expect(fc.stringify(value)).toBe(before)
      }),
      { numRuns: 1_000 },
    )
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(prototype)
  })

  test('text is well-formed, capped, and the same when it is redacted again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 8, max: 400 }),
        (s, max) => {
          for (const r of redactors) {
            const out = r.text(s, max)
            expect(new TextEncoder().encode(out).length).toBeLessThanOrEqual(max)
            expect(out).not.toMatch(
              /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/,
            )
            r.query(s)
            r.path(s)
          }
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('what was redacted is left alone', () => {
    fc.assert(
      fc.property(disguised, secret, fc.string(), (key, core, other) => {
        const once = redactor.text(`${other} ${key}=${core} ${other} Bearer ${core}`, 2_048)
        expect(redactor.text(once, 2_048)).toBe(once)
      }),
    )
  })
})

test('value() calls no getter, survives every trap and keeps no reference', () => {
  let touched = 0
  const trap = {
    get: () => {
      touched++
      throw new Error('no')
    },
    ownKeys: () => {
      throw new Error('no')
    },
    getOwnPropertyDescriptor: () => {
      throw new Error('no')
    },
    getPrototypeOf: () => {
      throw new Error('no')
    },
  }
  const cyclic: Record<string, unknown> = { id: 1 }
  cyclic.self = cyclic
  const input = Object.freeze({
    get lazy() {
      touched++
      return 'x'
    },
    proxy: new Proxy({}, trap),
    list: new Proxy([], trap),
    revoked: (() => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    })(),
    cyclic,
    tag: {
      get [Symbol.toStringTag]() {
        throw new Error('no')
      },
    },
    error: Object.assign(new Error('Bearer abcdef123'), { code: 'E1', password: 'x' }),
    symbol: Symbol('s'),
    run: () => 1,
    huge: 10n ** 20n,
    card: 4242424242424242,
    nan: Number.NaN,
    date: new Date(Number.NaN),
    promise: Promise.resolve(1),
    weak: new WeakMap(),
    bytes: new ArrayBuffer(8),
    bare: Object.assign(Object.create(null) as object, { a: 1 }),
  })
  const out = redactor.value(input) as Record<string, unknown>
  expect(out).toMatchObject({
    lazy: '[Unreadable]',
    proxy: '[Unreadable]',
    list: '[Unreadable]',
    revoked: '[Unreadable]',
    cyclic: { id: 1, self: '[Circular]' },
    tag: '[Unreadable]',
    error: {
      name: 'Error',
      message: 'Bearer [Filtered]',
      code: '[Filtered]',
      password: '[Filtered]',
    },
    symbol: 'Symbol(s)',
    run: '[Function]',
    huge: '100000000000000000000',
    card: '[Filtered]',
    nan: 'NaN',
    date: '[Unreadable]',
    promise: '[Promise]',
    weak: '[WeakMap]',
    bytes: '[ArrayBuffer]',
    bare: { a: 1 },
  })
  expect((out.error as { stack: string }).stack).toContain('at ')
  expect(touched).toBe(0)
  expect(Object.getPrototypeOf(out)).toBe(null)
})

test('value caps depth, members, strings and the whole', () => {
  const big = {
    list: Array.from({ length: 5_000 }, (_, i) => i),
    text: 'x'.repeat(50_000),
    deep: { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } },
  }
  const out = redactor.value(big) as typeof big
  expect(out.list).toEqual([...big.list.slice(0, 100), '…[cut]'])
  expect(out.text).toHaveLength(2_046)
  expect(shown(out.deep)).toBe('{"a":{"a":{"a":{"a":{"a":"…[cut]"}}}}}')
  const wide = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`k${i}`, 'y'.repeat(1_000)]),
  )
  expect(shown(redactor.value(wide)).length).toBeLessThan(32_768 + 512)
  expect(shown(redactor.value({ wide, a: wide, b: [wide] }, 1_000)).length).toBeLessThan(1_600)
})

test('value() treats keys such as __proto__ as ordinary keys', () => {
  const input = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":"x"}',
  ) as unknown
  expect(shown(redactor.value(input))).toBe(shown(input))
  expect(({} as { polluted?: unknown }).polluted).toBe(undefined)
})

test('value reads the objects of the platform', () => {
  const broken = Object.defineProperty(new Error('x'), 'stack', {
    get: () => {
      throw new Error('no')
    },
  })
  const input = {
    set: new Set(['a', { token: 1 }]),
    map: new Map<unknown, unknown>([
      [{ a: 1 }, 2],
      [3, 4],
      ['pin', 5],
    ]),
    url: new URL('https://u:p@a.test/?token=x'),
    regExp: /a/g,
    error: new Error('outer', { cause: new TypeError('Bearer abcdef123') }),
    broken,
    time: 1_732_179_933_123,
    nothing: undefined,
    token: undefined,
    odd: ['token', 'kept', 'x'],
    even: ['a', 'token', 'b', 'kept'],
    unnamed: { title: 'password', value: 'kept' },
    named: { name: 'password', other: 'kept', VALUE: 'x' },
    plain: { name: 'kim', value: 'kept' },
    number: { key: 5, name: 7, value: 'kept' },
  }
  const out = redactor.value(input) as Record<string, unknown>
  expect(out).toMatchObject({
    set: ['a', { token: '[Filtered]' }],
    map: { '{"a":1}': 2, 3: 4, pin: '[Filtered]' },
    url: 'https://[Filtered]@a.test/?token=[Filtered]',
    regExp: '/a/g',
    error: {
      name: 'Error',
      message: 'outer',
      cause: { name: 'TypeError', message: 'Bearer [Filtered]' },
    },
    broken: { message: 'x', stack: '[Unreadable]' },
    time: 1_732_179_933_123,
    nothing: undefined,
    token: undefined,
    odd: ['token', 'kept', 'x'],
    even: ['a', 'token', 'b', 'kept'],
    unnamed: { title: 'password', value: 'kept' },
    named: { name: 'password', other: 'kept', VALUE: '[Filtered]' },
    plain: { name: 'kim', value: 'kept' },
    number: { key: '[Filtered]', name: 7, value: 'kept' },
  })
})

test('value says where it was cut', () => {
  const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, i]))
  expect(Object.keys(redactor.value(many) as object)).toEqual([
    ...Object.keys(many).slice(0, 100),
    '…[cut]',
  ])
  delete many.k100
  expect(Object.keys(redactor.value(many) as object)).toEqual(Object.keys(many))
  expect(redactor.value({ a: 'x'.repeat(90), b: 'y', c: 'z' }, 108)).toEqual({
    a: 'x'.repeat(90),
    '…[cut]': '…[cut]',
  })
  expect(redactor.value(new Set(Array.from({ length: 200 }, (_, i) => i)))).toHaveLength(100)
  const flat = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => null))
  expect(shown(redactor.value({ flat, also: flat })).length).toBeLessThan(32_768)
  let maze: unknown[] = []
  for (let i = 0; i < 5; i++) maze = Array.from({ length: 100 }, () => maze)
  expect(shown(redactor.value(maze)).length).toBeLessThan(32_768)
  expect(redactor.value('x', 0)).toBe('…[cut]')
})
