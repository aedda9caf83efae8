import { describe, expect, test } from 'vitest'
import { fromPrinted } from '../../src/envelope/rewrite/printed-body.ts'
import { isMarked, toEnvelope } from '../../src/envelope/rewrite/respond.ts'

const TEXT_TYPE = 'text/plain; charset=UTF-8'
const JSON_TYPE = 'application/json'
/** node-server has one such symbol for all its responses. */
const KEY = Symbol('cache')
const rules = { format: 'envelope', text: true } as const

const json = (text: string) => ({ type: 'json', text, mayHaveMessage: true }) as const
const plain = (text: string) => ({ type: 'text', text, mayHaveMessage: false }) as const

function response(body: string, type: string, headers = {}): Response {
  return new Response(body, { status: 404, headers: { 'content-type': type, ...headers } })
}

describe('a printed text', () => {
  test.each([
    ['no such thing', 'no such thing'],
    ['\ufeffwith a BOM', 'with a BOM'],
    ['a BOM \ufeff within', 'a BOM \ufeff within'],
    ['half a pair \ud83d', 'half a pair \ufffd'],
  ])('%j becomes the message that a client would read', async (text, message) => {
    const out = fromPrinted(response(text, TEXT_TYPE), plain(text))!
    expect(await out.json()).toEqual({ success: false, result: null, message })
    expect([out.status, ...out.headers]).toEqual([404, ['content-type', JSON_TYPE]])
  })

  test('of no character becomes the reason phrase', async () => {
    const out = await toEnvelope(response('', TEXT_TYPE), rules, null, plain(''))
    expect(await out.json()).toEqual({ success: false, result: null, message: 'Not Found' })
    expect(fromPrinted(response('', JSON_TYPE), json(''))).toBe(null)
  })

  test('that may have more than 64 KB is not taken for a message before it is counted', async () => {
    const text = 'x'.repeat(65_537)
    const out = await toEnvelope(response(text, TEXT_TYPE), rules, null, plain(text))
    expect((await out.text()) === text).toBe(true)
    const wide = '€'.repeat(21_846)
    expect(fromPrinted(response(wide, TEXT_TYPE), plain(wide))).toBe(null)
    const short = '€'.repeat(21_845)
    const enveloped = await fromPrinted(response(short, TEXT_TYPE), plain(short))!.text()
    expect(enveloped === `{"success":false,"result":null,"message":"${short}"}`).toBe(true)
  })
})

describe('printed JSON', () => {
  test('of any length is enveloped without being read', async () => {
    const text = JSON.stringify({ a: 'x'.repeat(65_537) })
    const given = response(text, JSON_TYPE)
    const out = fromPrinted(given, json(text))!
    expect(given.bodyUsed).toBe(false)
    expect((await out.text()) === `{"success":false,"result":null,"message":${text}}`).toBe(true)
  })

  test('that is an envelope already stays, and is marked', () => {
    const text = '{"success":false,"result":null,"message":"m"}'
    const given = response(text, JSON_TYPE)
    expect(fromPrinted(given, json(text))).toBe(given)
    expect(isMarked(given)).toBe(true)
  })

  test('keeps the parameters of its type, and the other headers', async () => {
    const type = 'application/json; charset=UTF-8'
    const out = fromPrinted(response('{"a":1}', type, { 'x-a': '1' }), json('{"a":1}'))!
    expect([...out.headers]).toEqual([
      ['content-type', type],
      ['x-a', '1'],
    ])
    const alone = fromPrinted(response('{"a":1}', type), json('{"a":1}'))!
    expect([...alone.headers]).toEqual([['content-type', type]])
  })
})

test.each([
  [JSON_TYPE, json('{"a":1}')],
  [TEXT_TYPE, plain('no')],
])('a light response of type %s makes no headers for its envelope', (type, printed) => {
  class Light extends Response {
    override get headers(): Headers {
      throw new Error('headers are made')
    }
  }
  const light = Object.defineProperty(new Light(printed.text, { status: 404 }), KEY, {
    value: [404, printed.text, { 'content-type': type }],
  })
  expect([...fromPrinted(light, printed)!.headers]).toEqual([['content-type', JSON_TYPE]])
})
