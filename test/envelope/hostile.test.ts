import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createKlaxon } from '../../src/klaxon.ts'
import { jsonText } from '../support/json-texts.ts'

const klaxon = createKlaxon({ log: { error() {}, warn() {} } })
const type = { 'content-type': 'application/json' }

function streamed(bytes: Uint8Array): ReadableStream {
  return new ReadableStream({
    async start(controller) {
      // In three pieces, so that the body streams.
      const third = Math.ceil(bytes.length / 3)
      for (let at = 0; at < bytes.length; at += third) {
        controller.enqueue(bytes.slice(at, at + third))
        await Promise.resolve()
      }
      controller.close()
    },
  })
}

/** The bytes that a client gets for a body. They are the same for one chunk and for many. */
async function answered(status: number, body: Uint8Array): Promise<Buffer> {
  const [whole, pieces] = await Promise.all(
    [body, streamed(body)].map(async (given) => {
      const handler = async (_request: Request) =>
        new Response(given as BodyInit, { status, headers: type })
      const response = await klaxon.wrap(handler)(new Request('http://x/api/x'))
      expect(response.status).toBe(status)
      return Buffer.from(await response.arrayBuffer())
    }),
  )
  expect(pieces!.equals(whole!)).toBe(true)
  return whole!
}

function isValid(bytes: Buffer): boolean {
  try {
    JSON.parse(bytes.toString())
    return true
  } catch {
    return false
  }
}

const SURROGATE = '"\\ud800"'
const DIGITS = '12345678901234567890'

describe('what a parser would change goes out as it came', () => {
  test.each([
    ['1e400', '{"a":1e400}', '{"a":1e400}', null],
    ['1e400 alone', '1e400', '1e400', null],
    ['duplicate keys', '{"a":1,"a":2}', '{"a":1,"a":2}', null],
    ['a lone surrogate', `{"a":${SURROGATE}}`, `{"a":${SURROGATE}}`, null],
    ['20 digits', `{"a":${DIGITS}}`, `{"a":${DIGITS}}`, null],
    ['the order of keys', '{"2":1,"1":2}', '{"2":1,"1":2}', null],
    ['a lone surrogate in a message', `{"message":${SURROGATE},"a":1}`, '{"a":1}', SURROGATE],
    ['20 digits in a message', `{"message":${DIGITS},"a":1}`, '{"a":1}', DIGITS],
    ['two messages', '{"message":1,"a":0,"message":2}', '{"a":0}', '2'],
    ['a key like a prototype', '{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}', null],
  ])('%s', async (_, body, result, message) => {
    expect((await answered(200, Buffer.from(body))).toString()).toBe(
      `{"success":true,"result":${result},"message":${message}}`,
    )
    expect((await answered(500, Buffer.from(body))).toString()).toBe(
      `{"success":false,"result":${result},"message":${message}}`,
    )
  })

  test('a BOM stays in front', async () => {
    expect((await answered(200, Buffer.from('\ufeff{"a":1}'))).toString()).toBe(
      '\ufeff{"success":true,"result":{"a":1},"message":null}',
    )
  })

  test('a surrogate in bytes, which is no UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"a":"'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ])
    const out = await answered(200, body)
    expect(out.includes(body)).toBe(true)
    expect(out.toString('latin1').startsWith('{"success":true,"result":{"a":"')).toBe(true)
  })

  test('a depth of 10,000', async () => {
    const body = '[{"a":'.repeat(5_000) + '1' + '}]'.repeat(5_000)
    const out = (await answered(200, Buffer.from(body))).toString()
    expect(out === `{"success":true,"result":${body},"message":null}`).toBe(true)
    expect((await answered(200, Buffer.from(body.slice(1)))).toString() === body.slice(1)).toBe(
      true,
    )
    const open = '['.repeat(10_000)
    expect((await answered(200, Buffer.from(open))).toString() === open).toBe(true)
  })
})

test('none of 3,000 broken bodies crashes or becomes valid', async () => {
  const broken = fc
    .tuple(
      jsonText,
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('cut', 'drop', 'put', 'flip'), fc.nat(255)), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom(200, 404, 500),
    )
    .map(([text, edits, status]) => {
      let bytes = Buffer.from(text)
      for (const [where, how, byte] of edits) {
        const at = where % (bytes.length + 1)
        const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
        if (how === 'cut') bytes = Buffer.from(head)
        else if (how === 'put') bytes = Buffer.concat([head, Buffer.from([byte]), tail])
        else if (how === 'drop') bytes = Buffer.concat([head, tail.subarray(1)])
        else
          bytes = Buffer.concat([
            head,
            Buffer.from([(tail[0] ?? 0) ^ (1 << (byte % 8))]),
            tail.subarray(1),
          ])
      }
      return { bytes, status }
    })
  await fc.assert(
    fc.asyncProperty(broken, async ({ bytes, status }) => {
      const out = await answered(status, bytes)
      if (bytes.length > 0 && !isValid(bytes)) expect(isValid(out)).toBe(false)
    }),
    { numRuns: 3_000 },
  )
})
