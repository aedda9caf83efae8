import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExactly } from '../../src/envelope/json/exact-numbers.ts'
import type { EnvelopeFormat } from '../../src/envelope/rewrite/respond.ts'
import { toEnvelope } from '../support/to-envelope.ts'

const LONG = [
  '9007199254740993',
  '-12345678901234567890',
  '0.1234567890123456789',
  '1e400',
  '-1E+400',
  '1e-400',
  '123456789012345678e-5',
  '0.1000000000000000055511151231257827',
]

function json(body: BodyInit, status = 400): Response {
  return new Response(body, { status, headers: { 'content-type': 'application/json' } })
}

async function printed(body: BodyInit, format: EnvelopeFormat, status?: number): Promise<string> {
  return (await toEnvelope(json(body, status), format)).text()
}

const parts: EnvelopeFormat = ({ result, message }) => [result, message]

describe('a number that JavaScript would round', () => {
  test.each(LONG)('%s keeps its digits', async (digits) => {
    expect(await printed(`{"id":${digits}}`, 'problem')).toBe(
      `{"type":"about:blank","title":"Bad Request","status":400,"id":${digits}}`,
    )
    expect(await printed(`{"id":[${digits}],"message":${digits}}`, parts, 200)).toBe(
      `[{"id":[${digits}]},${digits}]`,
    )
    expect(await printed(digits, parts)).toBe(`[null,${digits}]`)
    expect(await printed(digits, 'problem')).toContain(`"body":${digits}`)
  })

  test('is no text: it is no detail of a problem', async () => {
    expect(await printed('{"message":9007199254740993,"title":9007199254740993}', 'problem')).toBe(
      '{"type":"about:blank","title":"Bad Request","status":400,"message":9007199254740993}',
    )
  })

  test('counts like the nearest number, and gives its digits as text', async () => {
    const format: EnvelopeFormat = ({ result }) => {
      const { id } = result as { id: number }
      return [id + 1, `${id}`, id > 5, { id }]
    }
    expect(await printed('{"id":9007199254740993}', format, 200)).toBe(
      '[9007199254740992,"9007199254740993",true,{"id":9007199254740993}]',
    )
  })

  test('in a string is a string', async () => {
    const text = '{"a":"9007199254740993","b\\"1e400":"\\\\","c":9007199254740993}'
    expect(await printed(text, ({ result }) => result, 200)).toBe(text)
  })

  test('leaves the other numbers as they are', async () => {
    const seen: unknown[] = []
    const format: EnvelopeFormat = ({ result }) => void seen.push(result)
    await printed('{"a":[1,-0.5,1e3,0.30000000000000004],"b":1e400}', format, 200)
    expect((seen[0] as { a: unknown }).a).toEqual([1, -0.5, 1000, 0.30000000000000004])
  })
})

test('a body comes back with the value of each number', () => {
  const digit = fc.stringMatching(/^\d{1,25}$/)
  const number = fc
    .tuple(fc.boolean(), digit, fc.option(digit), fc.option(fc.integer({ min: -400, max: 400 })))
    .map(([minus, whole, fraction, power]) => {
      const sign = minus ? '-' : ''
      const tail = fraction === null ? '' : `.${fraction}`
      return `${sign}${whole.replace(/^0+(?=\d)/, '')}${tail}${power === null ? '' : `e${power}`}`
    })
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const { value, print } = parseExactly(`[${numbers.join(',')}]`)
      const out = print(value)!.slice(1, -1)
      expect(out.split(',').filter(Boolean).map(exact)).toEqual(numbers.map(exact))
    }),
    { numRuns: 3_000 },
  )
})

/** A decimal as a whole number of 10^-500. */
function exact(number: string): bigint {
  const [, sign, whole, fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number)!
  const shift = 500 + Number(power) - fraction.length
  return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(shift)
}

describe('bytes that are no UTF-8', () => {
  test.each(['problem', parts] as const)('do not become valid under a format', async (format) => {
    for (const bytes of [
      Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d),
      Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
    ]) {
      const out = await toEnvelope(json(bytes), format)
      expect(new Uint8Array(await out.arrayBuffer())).toEqual(bytes)
      expect(out.headers.get('content-type')).toBe('application/json')
    }
  })
})
