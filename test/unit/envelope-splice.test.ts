import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Splicer } from '../../src/envelope/_splicer.ts'
import { splice } from '../../src/envelope/splice.ts'
import { brokenText, chunksOf, cutPoints, jsonText } from '../_json-texts.ts'
import { reference } from '../_tokenizer.ts'

const status = fc.constantFrom(200, 404, 500)
const limit = fc.oneof(fc.constant(Infinity), fc.nat(60))

function bufferedText(code: number, text: string, max?: number): string {
  const body = Buffer.from(text)
  return Buffer.from(splice(code, body, max) ?? body).toString()
}

function streamedText(code: number, chunks: Uint8Array[], max = Infinity): string {
  const splicer = new Splicer(code, max)
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
          expect(streamedText(code, chunks, max)).toBe(expected)
        }
      }
    }
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
