import { describe, expect, test } from 'vitest'
import type { EnvelopeFormat } from '../../src/envelope/rewrite/respond.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { toEnvelope } from '../support/to-envelope.ts'

function json(headers: Record<string, string>, status = 200): Response {
  const all = { 'content-type': 'application/json', ...headers }
  return new Response('{"a":1}', { status, headers: all })
}

describe('a response that asks for its own bytes', () => {
  const formats: EnvelopeFormat[] = ['envelope', 'problem', (envelope) => envelope]

  test.each<Record<string, string>>([
    { 'cache-control': 'no-transform' },
    { 'cache-control': 'max-age=60, No-Transform' },
    { 'cache-control': 'no-transform,private' },
    { 'content-disposition': 'attachment' },
    { 'content-disposition': 'Attachment; filename="export.json"' },
  ])('with %j is the same object', (headers) => {
    for (const status of [200, 404, 500]) {
      for (const format of formats) {
        const response = json(headers, status)
        expect(toEnvelope(response, format)).toBe(response)
      }
      const plain = json({ ...headers, 'content-type': 'text/plain' }, status)
      expect(toEnvelope(plain)).toBe(plain)
      const empty = new Response(null, { status, headers })
      expect(toEnvelope(empty)).toBe(empty)
    }
  })

  test.each<Record<string, string>>([
    { 'cache-control': 'no-store' },
    { 'cache-control': 'x-no-transform' },
    { 'cache-control': 'no-transformation' },
    { 'content-disposition': 'inline; filename="attachment"' },
    { 'content-disposition': 'attachments' },
  ])('%j asks for nothing', async (headers) => {
    expect(await (await toEnvelope(json(headers))).text()).toContain('"success"')
  })
})

describe('a charset in which a quote can be half of a letter', () => {
  // In Shift_JIS the last byte of 表 is a backslash.
  const bytes = Uint8Array.of(0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0x95, 0x5c, 0x22, 0x7d)

  test.each(['shift_jis', 'gb18030', 'big5', 'utf-16', 'utf-7', 'iso-2022-jp', 'windows-31j', 'x'])(
    'such as %s is left alone',
    (charset) => {
      const type = `application/json; charset=${charset}`
      const response = new Response(bytes, { headers: { 'content-type': type } })
      expect(toEnvelope(response)).toBe(response)
    },
  )

  test.each(['utf-8', '"UTF-8"', 'utf8', '', 'us-ascii', 'iso-8859-15', 'latin1', 'windows-1252'])(
    'is not %s',
    async (charset) => {
      const type = `application/json; charset=${charset}`
      const body = Uint8Array.of(0x5b, 0x22, 0xe9, 0x22, 0x5d)
      const out = await toEnvelope(new Response(body, { headers: { 'content-type': type } }))
      expect(Buffer.from(await out.arrayBuffer()).toString('latin1')).toBe(
        '{"success":true,"result":["é"],"message":null}',
      )
      expect(out.headers.get('content-type')).toBe(type)
    },
  )

  test('is any but UTF-8 for a format that must parse', () => {
    const type = 'application/json; charset=iso-8859-1'
    const response = new Response(bytes, { status: 400, headers: { 'content-type': type } })
    for (const format of ['problem', () => 'never'] as const) {
      expect(toEnvelope(response, format)).toBe(response)
    }
  })
})

describe('HEAD', () => {
  const type = 'application/json'

  async function headOf(headers: Record<string, string>, status = 200, envelope = {}) {
    const given = new Response(null, { status, headers })
    const wrapped = createKlaxon({ log: false, envelope }).wrap(async (_request: Request) => given)
    const response = await wrapped(new Request('http://x/api/x', { method: 'HEAD' }))
    return { response, given, length: response.headers.get('content-length') }
  }

  test.each<[string, Record<string, string>, number]>([
    ['JSON', { 'content-type': type, 'content-length': '7' }, 200],
    ['an error of JSON', { 'content-type': 'text/json', 'content-length': '7' }, 503],
    ['the text of an error', { 'content-type': 'text/plain', 'content-length': '7' }, 404],
    ['no body', { 'content-length': '0' }, 200],
  ])('of %s loses the length that GET would not have', async (_, headers, status) => {
    const { response, given, length } = await headOf({ ...headers, 'x-own': 'yes' }, status)
    expect(length).toBe(null)
    expect(response.headers.get('x-own')).toBe('yes')
    expect(response.headers.get('content-type')).toBe(given.headers.get('content-type'))
    expect(response.status).toBe(status)
    // Another request may share the object.
    expect(given.headers.has('content-length')).toBe(true)
  })

  test.each<[string, Record<string, string>, number]>([
    ['HTML', { 'content-type': 'text/html', 'content-length': '7' }, 200],
    ['a text', { 'content-type': 'text/plain', 'content-length': '7' }, 200],
    ['bytes without a type', { 'content-length': '7' }, 200],
    [
      'an attachment',
      { 'content-type': type, 'content-length': '7', 'content-disposition': 'attachment' },
      200,
    ],
    ['a part', { 'content-type': type, 'content-length': '7' }, 206],
    ['JSON without a length', { 'content-type': type }, 200],
  ])('of %s is the same object', async (_, headers, status) => {
    const { response, given } = await headOf(headers, status)
    expect(response).toBe(given)
  })

  test('keeps its length where GET is not enveloped', async () => {
    const headers = { 'content-type': type, 'content-length': '7' }
    for (const envelope of [
      false,
      { methods: ['POST'] },
      { paths: ['rpc'] },
      { format: 'problem' },
    ]) {
      expect((await headOf(headers, 200, envelope)).length).toBe('7')
    }
  })
})
