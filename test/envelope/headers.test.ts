import { describe, expect, test } from 'vitest'
import { toEnvelope } from '../support/to-envelope.ts'

async function headersOf(headers: HeadersInit, body = '{"a":1}', status = 200): Promise<Headers> {
  const all = new Headers(headers)
  if (!all.has('content-type')) all.set('content-type', 'application/json')
  return (await toEnvelope(new Response(body, { status, headers: all }), 'envelope')).headers
}

describe('headers of an enveloped response', () => {
  test('keep status, status text, every cookie and whatever does not speak of the bytes', async () => {
    const source = new Response('{"a":1}', { status: 201, statusText: 'Made' })
    source.headers.set('content-type', 'application/json')
    source.headers.append('set-cookie', 'a=1; Path=/')
    source.headers.append('set-cookie', 'b=2, Expires=Wed, 21 Oct 2026 07:28:00 GMT')
    source.headers.set('last-modified', 'Wed, 21 Oct 2026 07:28:00 GMT')
    source.headers.set('vary', 'Accept')
    source.headers.set('x-own', 'yes')
    const out = await toEnvelope(source, 'envelope')
    expect(out.status).toBe(201)
    expect(out.statusText).toBe('Made')
    expect(out.headers.getSetCookie()).toEqual(source.headers.getSetCookie())
    expect(Object.fromEntries(out.headers)).toEqual(Object.fromEntries(source.headers))
  })

  test.each([
    ['application/json', 'application/json'],
    ['application/json; charset=UTF-8', 'application/json; charset=UTF-8'],
    ['Application/JSON ;q=1', 'application/json;q=1'],
    ['text/json', 'application/json'],
    ['text/json;charset=utf-8; v=2', 'application/json;charset=utf-8; v=2'],
  ])('the type %s becomes %s', async (type, expected) => {
    expect((await headersOf({ 'content-type': type })).get('content-type')).toBe(expected)
  })

  test('an ETag stays as it is, so that If-Match goes on matching', async () => {
    for (const etag of ['"abc"', 'W/"abc"']) {
      expect((await headersOf({ etag })).get('etag')).toBe(etag)
      expect((await headersOf({ etag }, '{"a":1]')).get('etag')).toBe(etag)
    }
    expect((await headersOf({})).has('etag')).toBe(false)
  })

  test.each([
    ['enveloped', '{"a":1}'],
    ['as it came', '{"a":1]'],
  ])('what framed the old body goes when the body goes out %s', async (_, body) => {
    const framing = {
      connection: 'keep-alive, X-Hop ,, bad name',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'keep-alive',
      te: 'trailers',
      trailer: 'x-sum',
      'transfer-encoding': 'chunked',
      upgrade: 'h2c',
      'x-hop': 'yes',
      'x-own': 'yes',
    }
    const headers = await headersOf(framing, body)
    expect([...headers.keys()]).toEqual(['content-type', 'x-own'])
  })

  test('a server that closes its connections goes on to say so', async () => {
    expect((await headersOf({ connection: 'close' })).get('connection')).toBe('close')
    expect((await headersOf({ connection: 'close, te' })).has('connection')).toBe(false)
  })

  test('digests of the old bytes and Accept-Ranges go', async () => {
    const stale = {
      'content-md5': 'Q2hlY2sgSW50ZWdyaXR5IQ==',
      digest: 'SHA-256=x',
      'content-digest': 'sha-256=:x:',
      'repr-digest': 'sha-256=:x:',
      'accept-ranges': 'bytes',
    }
    expect([...(await headersOf(stale)).keys()]).toEqual(['content-type'])
  })

  test('Content-Length is recomputed where it stood', async () => {
    const expected = String('{"success":true,"result":{"a":1},"message":null}'.length)
    for (const length of ['7', '3', 'x']) {
      expect((await headersOf({ 'content-length': length })).get('content-length')).toBe(expected)
    }
    expect((await headersOf({})).has('content-length')).toBe(false)
  })

  test('a body that goes out as it came keeps every header', async () => {
    const headers = {
      'content-type': 'text/json',
      etag: '"abc"',
      'accept-ranges': 'bytes',
      'content-md5': 'x',
      'content-length': '7',
    }
    expect(Object.fromEntries(await headersOf(headers, '{"a":1]'))).toEqual(headers)
  })

  test('immutable headers are no hindrance', async () => {
    const source = await fetch('data:application/json,{"a":1}')
    expect(() => source.headers.set('x', 'y')).toThrow(TypeError)
    const out = await toEnvelope(source, 'envelope')
    expect(await out.text()).toBe('{"success":true,"result":{"a":1},"message":null}')
    expect(() => out.headers.set('x', 'y')).not.toThrow()
  })
})
