import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'
import { headersOf } from '../support/headers-of.ts'
import { HARMLESS } from '../support/fixtures/harmless.ts'
import { CANARIES } from '../support/fixtures/secrets.ts'

const redactor = createRedactor({ email: 'mask', phone: 'hash' }, ['a-configured-token-0123456789'])

/**
 * Texts that could affect the text after them: openings without an end, halves, and words that
 * announce a secret.
 */
const EDGES = [
  ...['password', 'token=', 'auth: ', 'Bearer', 'Basic ', '"secret":"', "key='", 'cookie: a={'],
  ...['4111', '1111-1111', '11111111', 'https://user:', 'pass@host', '-----BEGIN PRIVATE KEY-----'],
  ...['%', '%4', '1pi', '\\', '\\u00', 'u0041', '\ud83d', '\ude00', '\0', '', '\n', '[', '{', '@'],
  ...[
    'a-configured-token-',
    '0123456789',
    'ada@',
    'example.test',
    '+49 30 ',
    '901820',
    'params: x',
  ],
]
const POOL = [...HARMLESS, ...EDGES, ...CANARIES.map(({ text }) => text)]

const changes = (s: string): boolean => redactor.text(s, 1_000_000) !== s

describe('one look at several texts', () => {
  test('never passes over a secret that a look at each would find', () => {
    const texts = fc.array(
      fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...HARMLESS, ...EDGES) },
        { weight: 1, arbitrary: fc.constantFrom(...POOL) },
        fc.string({ maxLength: 20, unit: 'binary' }),
      ),
      { minLength: 1, maxLength: 6 },
    )
    let runs = 0
    let clean = 0
    const property = fc.property(texts, (all) => {
      runs++
      if (!redactor.areClean(all)) return
      clean++
      expect(all.filter(changes)).toEqual([])
    })
    fc.assert(property, { numRuns: 20_000, seed: 7 })
    expect(clean).toBeGreaterThan(runs / 10)
  })

  test.each(CANARIES)('finds $name among what is harmless', ({ text }) => {
    expect(redactor.areClean(['GET', '/orders', text, 'Mozilla/5.0'])).toBe(!changes(text))
  })

  test('finds none in what is harmless', () => {
    const harmless = HARMLESS.filter((text) => !changes(text))
    for (let i = 0; i < harmless.length; i += 4)
      expect(redactor.areClean(harmless.slice(i, i + 4)), String(i)).toBe(true)
  })

  test('is not taken where a pattern of the user may be tied to the ends of a text', () => {
    const own = createRedactor({ patterns: [/^hidden$/] }, [])
    expect(own.areClean(['open', 'hidden'])).toBe(false)
    expect(headersOf(own, new Headers({ accept: 'a', 'user-agent': 'hidden' }))).toEqual({
      accept: 'a',
      'user-agent': '[Filtered]',
    })
  })

  test('is not taken of more than 4 KB', () => {
    expect(redactor.areClean(['x '.repeat(2_000)])).toBe(true)
    expect(redactor.areClean(['x '.repeat(2_000), 'y '.repeat(100)])).toBe(false)
  })
})

describe('a text that is known to be clean', () => {
  test('is still cut', () => {
    expect(redactor.text('x '.repeat(200), 100, true)).toBe(redactor.text('x '.repeat(200), 100))
    expect(redactor.stack(`E: ${'x '.repeat(200)}\n    at a`, 100, true)).toMatch(/…\[cut\]$/)
    expect(redactor.path(`/${'x/'.repeat(2_000)}`, true)).toMatch(/…\[cut\]$/)
    const headers = { accept: 'x '.repeat(2_000) }
    expect(redactor.filterHeaders(headers, true)['accept']!.length).toBeLessThanOrEqual(512)
  })

  test('has the frames of its stack looked at', () => {
    const stack = (frame: string): string => `Error: fine\n    at run (${frame})`
    expect(redactor.stack(stack('file:///app/x.js:1:2'), 16_384, true)).toBe(
      stack('file:///app/x.js:1:2'),
    )
    expect(redactor.stack(stack('http://x.test/a.js?token=abcdef'), 16_384, true)).toBe(
      redactor.text(stack('http://x.test/a.js?token=abcdef'), 16_384),
    )
  })

  test('has the names of its parameters looked at, and random segments of its path', () => {
    expect(redactor.areClean(['token=null&a=1'])).toBe(true)
    expect(redactor.query('token=null&a=1', true)).toBe('token=[Filtered]&a=1')
    const path = '/reset/aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF/done'
    expect(redactor.path(path, true)).toBe('/reset/[Filtered]/done')
  })
})
