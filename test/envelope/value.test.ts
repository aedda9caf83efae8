import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { envelopeOfValue } from '../../src/envelope/rewrite/respond.ts'
import { toEnvelope } from '../support/to-envelope.ts'

const status = fc.constantFrom(200, 201, 299, 400, 404, 499, 500, 503)
const MIB = 1_048_576

/** The body that a client gets when the handler prints the same value. */
async function general(code: number, value: unknown): Promise<string> {
  return (await toEnvelope(Response.json(value, { status: code }), 'envelope')).text()
}

const key = fc.oneof(
  fc.constantFrom('message', 'success', 'result', 'data', 'message":', '"message', 'toString'),
  fc.string({ maxLength: 5, unit: 'binary' }),
)
const text = fc.oneof(
  fc.constantFrom('"message":1', '\\', '\\"', '","message":2', '{"a":[', '\ud800', '}]'),
  fc.string({ unit: 'binary' }),
)
const { value } = fc.letrec<{ value: unknown; object: object; array: unknown[] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text,
    fc.double(),
    fc.constantFrom(true, false, null, undefined, -0, 9_007_199_254_740_991),
    fc.constantFrom<unknown>(new Date(0), Symbol('s'), () => 1, new Map([[1, 2]]), [undefined]),
    tie('object'),
    tie('array'),
  ),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 6 })
    .map((members) => Object.fromEntries(members)),
  array: fc.array(tie('value'), { maxLength: 4 }),
}))

/** The same value inside wrappers that `JSON.stringify` unwraps. */
const disguise = fc.constantFrom<(own: unknown) => unknown>(
  (own) => own,
  (own) => ({ toJSON: () => own }),
  (own) => Object.assign(() => {}, { toJSON: () => own }),
  (own) => (typeof own === 'object' && own !== null ? new Proxy(own, {}) : own),
  (own) => (typeof own === 'object' ? Object.create(own) : own),
  (own) =>
    Object.defineProperties(
      {},
      Object.fromEntries(
        Object.entries(own ?? {}).map(([name, inner]) => [
          name,
          { enumerable: name !== 'data', get: () => inner },
        ]),
      ),
    ),
  (own) => Object.assign(Object.create({ message: 'inherited' }), own),
)

function kindOf(given: unknown): 'printed' | 'no JSON' | 'refused' {
  try {
    return JSON.stringify(given) === undefined ? 'no JSON' : 'printed'
  } catch {
    return 'refused'
  }
}

describe('a value that is printed for the first time', () => {
  test('has the bytes that the general way makes of its JSON text', async () => {
    await fc.assert(
      fc.asyncProperty(status, value, disguise, async (code, own, put) => {
        const given = put(own)
        const kind = kindOf(given)
        if (kind === 'refused') expect(() => envelopeOfValue(code, given)).toThrow()
        else {
          const expected = kind === 'printed' ? await general(code, given) : null
          expect(envelopeOfValue(code, given)).toBe(expected)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    [200, { message: 'm', a: 1 }, '{"success":true,"result":{"a":1},"message":"m"}'],
    [200, { a: 1, message: 'm' }, '{"success":true,"result":{"a":1},"message":"m"}'],
    [200, { a: 1, message: 'm', b: 2 }, '{"success":true,"result":{"a":1,"b":2},"message":"m"}'],
    [200, { message: 'm' }, '{"success":true,"result":{},"message":"m"}'],
    [200, { a: { message: 1 } }, '{"success":true,"result":{"a":{"message":1}},"message":null}'],
    [200, [{ message: 1 }], '{"success":true,"result":[{"message":1}],"message":null}'],
    [200, null, '{"success":true,"result":null,"message":null}'],
    [404, { message: 'm' }, '{"success":false,"result":null,"message":"m"}'],
    [
      404,
      { message: 'm', a: 1 },
      '{"success":false,"result":null,"message":{"message":"m","a":1}}',
    ],
    [
      404,
      { a: 1, message: 'm' },
      '{"success":false,"result":null,"message":{"a":1,"message":"m"}}',
    ],
    [500, { a: 1, message: 'm' }, '{"success":false,"result":{"a":1},"message":"m"}'],
    [500, 'down', '{"success":false,"result":"down","message":null}'],
  ])('%i with %j goes out as %s', (code, given, expected) => {
    expect(envelopeOfValue(code, given)).toBe(expected)
  })

  test('that is an envelope already stays as it is printed', () => {
    for (const given of [
      { success: true, result: [], message: null },
      { page: { a: ['}'] }, message: 'm', result: 'x', success: false, more: 1 },
    ]) {
      expect(envelopeOfValue(404, given)).toBe(JSON.stringify(given))
    }
  })

  test('is printed once', () => {
    let asked = 0
    const given = {
      get message() {
        return ++asked
      },
    }
    expect(envelopeOfValue(200, given)).toBe('{"success":true,"result":{},"message":1}')
  })

  test('may take its message away while it is printed', () => {
    const given: Record<string, unknown> = { message: 'm' }
    Object.defineProperty(given, 'a', { enumerable: true, get: () => delete given['message'] })
    expect(envelopeOfValue(200, given)).toBe('{"success":true,"result":{"a":true},"message":"m"}')
  })

  test('throws what JSON.stringify throws', () => {
    expect(() => envelopeOfValue(200, 1n)).toThrow(TypeError)
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => envelopeOfValue(200, cycle)).toThrow(TypeError)
  })

  test('has no envelope under a status that keeps its body', () => {
    for (const code of [100, 101, 204, 205, 206, 302, 304]) {
      expect(envelopeOfValue(code, { a: 1 })).toBe(null)
    }
  })

  test('has the bytes of the general way above 1 MB, too', async () => {
    const long = 'x'.repeat(MIB)
    for (const given of [
      { rows: long, message: 'm' },
      { message: long, a: 1 },
      { message: long },
      { success: true, result: long },
      { success: true, rows: long, result: 1, message: null },
      { rows: 'é'.repeat(MIB / 2), message: '\ud800' },
      [long],
    ]) {
      for (const code of [200, 404, 500]) {
        const expected = await general(code, given)
        // Texts of megabytes are compared, not printed.
        expect(envelopeOfValue(code, given) === expected).toBe(true)
      }
    }
  })
})
