import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Scanner } from '../../src/envelope/json/scanner.ts'
import { Splicer } from '../../src/envelope/rewrite/splicer.ts'
import { splice } from '../../src/envelope/rewrite/splice.ts'
import { brokenText, chunksOf, cutPoints, jsonText } from '../support/json-texts.ts'
import { reference } from '../support/tokenizer.ts'

const status = fc.constantFrom(200, 404, 500)
const limit = fc.oneof(fc.constant(Infinity), fc.nat(60))

function bufferedText(code: number, text: string, max?: number): string {
  const body = Buffer.from(text)
  const scan = new Scanner(max ?? Infinity)
  scan.push(body)
  return Buffer.from(splice(code, body, scan) ?? body).toString()
}

function streamedText(code: number, chunks: Uint8Array[], max = Infinity, hurried = false): string {
  const splicer = new Splicer(code, max, hurried)
  const out: Uint8Array[] = []
  for (const chunk of chunks) out.push(...splicer.push(chunk).map((part) => part.slice()))
  out.push(...splicer.finish())
  return Buffer.concat(out).toString()
}

function isValid(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('a valid body', () => {
  test('goes out as the reference has it', () => {
    fc.assert(
      fc.property(status, jsonText, (code, text) => {
        expect(bufferedText(code, text)).toBe(reference(code, text))
      }),
      { numRuns: 5000 },
    )
  })

  test('goes out the same in whatever chunks it comes', () => {
    fc.assert(
      fc.property(status, jsonText, cutPoints, limit, (code, text, points, max) => {
        const chunks = chunksOf(Buffer.from(text), points)
        expect(streamedText(code, chunks, max)).toBe(bufferedText(code, text, max))
      }),
      { numRuns: 10_000 },
    )
  })

  test('goes out the same for every split in two, and byte by byte', () => {
    for (const text of fc.sample(jsonText, { seed: 7, numRuns: 200 })) {
      const bytes = Buffer.from(text)
      for (const [code, max] of [
        [200, Infinity],
        [404, Infinity],
        [500, 9],
      ] as const) {
        const expected = bufferedText(code, text, max)
        const each = Array.from(bytes, (byte) => Uint8Array.of(byte))
        expect(streamedText(code, each, max)).toBe(expected)
        for (let at = 0; at <= bytes.length; at++) {
          const chunks = [bytes.subarray(0, at), bytes.subarray(at)]
          const out = streamedText(code, chunks, max)
          // `expect` would take most of the time.
          if (out !== expected) expect(out).toBe(expected)
        }
      }
    }
  })
})

describe('a stream', () => {
  const bytewise = (text: string): Uint8Array[] =>
    Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte))

  function lengths(code: number, max: number, text: string, hurried = false): number[] {
    const splicer = new Splicer(code, max, hurried)
    let sum = 0
    return bytewise(text).map((chunk) => {
      for (const part of splicer.push(chunk)) sum += part.length
      return sum
    })
  }

  test.each([
    ['may still be an envelope', 200, `{"success":true,"result":"${'x'.repeat(40)}`, 0],
    ['may still be an envelope, and is not taken for one', 200, `{"result":"${'x'.repeat(40)}`, 25],
    ['may still be nothing but a message', 404, `{"message":"${'x'.repeat(40)}`, 41],
    ['may still be nothing but messages', 404, `{${'"message":1,'.repeat(8)}`, 41],
    ['may still be a short scalar', 200, '1'.repeat(2_000), 25],
    ['may have a long message', 200, `{"a":1,"message":"${'x'.repeat(40)}`, 25],
    ['may have a message after much whitespace', 500, `{"a":1,${' '.repeat(40)}`, 26],
    ['may start after much whitespace', 200, ' '.repeat(50), 0],
  ])('that %s holds back no more than its limit', (_, code, text, prefix) => {
    const max = text.length > 1_024 ? 1_024 : 30
    const out = lengths(code, max, text)
    out.forEach((length, i) =>
      expect(i + 1 + prefix - length).toBeLessThanOrEqual(max + prefix + 1),
    )
    expect(out.at(-1)).toBe(text.length + prefix)
  })

  test('has one reading of an object longer than its limit with nothing but messages', () => {
    const text = '{"message":1,"message":2}'
    for (const max of [15, 24, 25]) {
      const expected = bufferedText(404, text, max)
      expect(streamedText(404, bytewise(text), max)).toBe(expected)
      expect(expected).toContain(max < text.length ? `"message":${text}` : '"message":2}')
    }
  })

  test('that is in a hurry lets go at once what can be neither envelope nor sole message', () => {
    const first = (text: string): number => lengths(404, 99, text, true).findIndex((sum) => sum > 0)
    expect(first('[1,2,3')).toBe(0)
    expect(first('{"a":1')).toBe(3)
    expect(first('{"message":1,"a":2')).toBe(15)
    expect(first('{"message":1} ')).toBe(12)
    expect(first('{"success":1,"result":2,"a":3')).toBe(26)
    expect(first('{"success":true,"a":3')).toBe(18)
    expect(first('{"success":true,"result":2')).toBe(-1)
    expect(first('{"success":true,"result":2,"message":3')).toBe(-1)
    expect(streamedText(404, bytewise('{"success":true,"result":2,"a":3}'), 99, true)).toBe(
      '{"success":true,"result":2,"a":3}',
    )
  })

  test('that has time waits for the end of an object that may be an envelope', () => {
    const text = '{"a":1,"success":true,"b":2,"result":3,"message":4}'
    expect(lengths(200, 99, text).filter((sum) => sum > 0)).toEqual([text.length])
    expect(streamedText(200, bytewise(text), 99)).toBe(text)
    expect(streamedText(200, bytewise(text), 99, true)).not.toBe(text)
  })

  test.each([
    ['{"success":true,"result":"', '"}', true],
    ['{"success":true,"message":null,"result":"', '"}', true],
    ['{"success":true,"rows":"', '","result":1,"message":2}', false],
    ['{"success":1,"result":"', '","message":2}', false],
    ['{"result":"', '","success":true,"message":2}', false],
  ])('longer than its limit that begins with %s is told by that', (open, close, is) => {
    const text = `${open}${'x'.repeat(99)}${close}`
    const expected = bufferedText(404, text, 60)
    expect(expected === text).toBe(is)
    expect(streamedText(404, bytewise(text), 60)).toBe(expected)
    expect(streamedText(404, [Buffer.from(text)], 60)).toBe(expected)
  })

  test('has one reading of a sole message after white space, whatever the limit', () => {
    const text = `     {"message":1}`
    for (let max = 11; max < 24; max++)
      expect(streamedText(404, bytewise(text), max)).toBe(bufferedText(404, text, max))
  })

  test('holds a scalar back that may be wrong, up to 1 KB of it', () => {
    for (const length of [1_023, 1_024]) {
      const text = '0'.repeat(length)
      expect(streamedText(200, bytewise(text))).toBe(text)
    }
    const long = '0'.repeat(1_025)
    expect(streamedText(200, bytewise(long))).toBe(
      `{"success":true,"result":${long},"message":null}`,
    )
    expect(lengths(200, Infinity, long).slice(-2)).toEqual([0, long.length + 25])
  })

  test('lets a scalar go when it is whole and right', () => {
    for (const text of ['trux', '1.', '-', 'nul']) {
      expect(streamedText(200, bytewise(text))).toBe(text)
    }
    expect(streamedText(200, bytewise('-1.5 '))).toBe(
      '{"success":true,"result":-1.5,"message":null} ',
    )
  })
})

describe('a broken body', () => {
  test('goes out as it came, or wrapped and as wrong as it was', () => {
    fc.assert(
      fc.property(status, brokenText, (code, text) => {
        const out = bufferedText(code, text)
        if (out !== text) expect([out, isValid(out)]).toEqual([out, isValid(text)])
      }),
      { numRuns: 20_000 },
    )
  })

  test('stays as wrong in a stream', () => {
    fc.assert(
      fc.property(status, brokenText, cutPoints, limit, (code, text, points, max) => {
        const out = streamedText(code, chunksOf(Buffer.from(text), points), max)
        if (out !== text) expect([out, isValid(out)]).toEqual([out, isValid(text)])
      }),
      { numRuns: 20_000 },
    )
  })
})
