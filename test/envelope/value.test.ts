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
