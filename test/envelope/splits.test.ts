import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toEnvelope } from '../support/to-envelope.ts'
import { brokenText, chunksOf, cutPoints, jsonText } from '../support/json-texts.ts'
import { reference } from '../support/tokenizer.ts'

const MIB = 1_048_576
const status = fc.constantFrom(200, 404, 500)

/** The body that a client gets when the handler sends these chunks. */
async function sent(code: number, chunks: readonly Uint8Array[]): Promise<string> {
  const left = [...chunks]
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = left.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
  const headers = { 'content-type': 'application/json' }
  const out = await toEnvelope(new Response(body, { status: code, headers }), 'envelope')
  // Decodes the bytes, because `text()` would remove a BOM.
  return Buffer.from(await out.arrayBuffer()).toString()
}

function isValid(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Texts of megabytes are compared, not printed. */
const same = (actual: string, expected: string): boolean => actual === expected

describe('a response in chunks', () => {
  test('goes out as the reference has it', async () => {
    await fc.assert(
      fc.asyncProperty(status, jsonText, cutPoints, async (code, text, points) => {
        expect(await sent(code, chunksOf(Buffer.from(text), points))).toBe(reference(code, text))
      }),
      { numRuns: 2000 },
    )
  })

  test('above 1 MB goes out as the reference has it', async () => {
    // Padding before or after the text, so that a split can be where the body already streams.
    const place = fc.constantFrom<(pad: string, text: string) => string>(
      (pad, text) => `[${pad},${text}]`,
      (pad, text) => `{"rows":[${text},${pad}],"message":"m"}`,
      (pad, text) => `{"rows":${pad}, "message":"m" ,"more":${text}}`,
      (pad, text) => `{"message":{},"rows":[${pad}],"m\\u0065ssage":"m" , "more":${text}}`,
    )
    const filling = fc.constantFrom('x', '\\"', '\\\\', '{', 'é', ']')
    await fc.assert(
      fc.asyncProperty(
        ...([status, jsonText, place, filling, cutPoints] as const),
        async (code, text, put, fill, points) => {
          const body = put(`"${fill.repeat(MIB / fill.length + 10)}"`, text)
          const out = await sent(code, chunksOf(Buffer.from(body), points))
          expect(same(out, reference(code, body))).toBe(true)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('that is broken above 1 MB does not become valid', async () => {
    const pad = `"${'x'.repeat(MIB)}"`
    await fc.assert(
      fc.asyncProperty(status, brokenText, cutPoints, async (code, text, points) => {
        const bodies = [
          `[${pad},${text}]`,
          `{"rows":${pad},"more":${text}}`,
          `{"message":${text},"rows":${pad},"message":1}`,
        ]
        for (const body of bodies) {
          const out = await sent(code, chunksOf(Buffer.from(body), points))
          expect([text, isValid(out)]).toEqual([text, isValid(body)])
        }
      }),
      { numRuns: 100 },
    )
  })

  test('that is broken stays so for every split in two', async () => {
    // An empty body is a case of the table.
    const some = brokenText.filter((text) => text !== '')
    for (const text of fc.sample(some, { seed: 11, numRuns: 120 })) {
      const bytes = Buffer.from(text)
      const whole = await sent(200, [bytes])
      if (whole !== text) expect([text, isValid(whole)]).toEqual([text, isValid(text)])
      for (let at = 1; at < bytes.length; at++) {
        const out = await sent(200, [bytes.subarray(0, at), bytes.subarray(at)])
        expect(out).toBe(whole)
      }
    }
  })
})
