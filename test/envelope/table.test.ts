import { describe, expect, test } from 'vitest'
import { isMarked, mark } from '../../src/envelope/rewrite/respond.ts'
import { toEnvelope } from '../support/to-envelope.ts'
import { Scanner } from '../../src/envelope/json/scanner.ts'
import { splice } from '../../src/envelope/rewrite/splice.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }

function json(body: string, status = 200, type = 'application/json'): Response {
  return new Response(body, { status, headers: { 'content-type': type } })
}

async function enveloped(response: Response): Promise<string> {
  const out = await toEnvelope(response, 'envelope')
  // `text()` would remove a BOM.
  return Buffer.from(await out.arrayBuffer()).toString()
}

describe('a 2xx body', () => {
  test.each([
    [
      '{"message":"some","some":"data"}',
      '{"success":true,"result":{"some":"data"},"message":"some"}',
    ],
    [
      '{"some":"data","message":"some"}',
      '{"success":true,"result":{"some":"data"},"message":"some"}',
    ],
    ['{"a":1,"message":"m","b":2}', '{"success":true,"result":{"a":1,"b":2},"message":"m"}'],
    ['{"message":"only"}', '{"success":true,"result":{},"message":"only"}'],
    ['{"message":{"a":[1]},"b":2}', '{"success":true,"result":{"b":2},"message":{"a":[1]}}'],
    ['{"message":null,"b":2}', '{"success":true,"result":{"b":2},"message":null}'],
    [
      '{"a":{"message":"deep"}}',
      '{"success":true,"result":{"a":{"message":"deep"}},"message":null}',
    ],
    ['{}', '{"success":true,"result":{},"message":null}'],
    ['[{"message":"x"}]', '{"success":true,"result":[{"message":"x"}],"message":null}'],
    ['"text"', '{"success":true,"result":"text","message":null}'],
    ['-1.5e+10', '{"success":true,"result":-1.5e+10,"message":null}'],
    ['true', '{"success":true,"result":true,"message":null}'],
    ['null', '{"success":true,"result":null,"message":null}'],
  ])('%s goes out as %s', async (body, expected) => {
    expect(await enveloped(json(body))).toBe(expected)
    expect(await enveloped(json(body, 201))).toBe(expected)
  })

  test('keeps the bytes of the result', async () => {
    const body = '{"id":12345678901234567890,"x":1e400,"x":"\\ud800\\u0061","é":[ 1.0 , -0 ]}'
    expect(await enveloped(json(body))).toBe(`{"success":true,"result":${body},"message":null}`)
  })

  test('keeps the whitespace that it does not have to take', async () => {
    const body = ' {\n  "message" : "m" ,\n  "a" : 1\n}\n'
    expect(await enveloped(json(body))).toBe(
      ' {"success":true,"result":{ \n  "a" : 1\n},"message":"m"}\n',
    )
  })

  test('finds a message whose key is escaped', async () => {
    const escaped = '"\\u006d\\u0065\\u0073\\u0073\\u0061\\u0067\\u0065"'
    for (const key of ['"\\u006dessage"', '"m\\u0065ss\\u0061ge"', escaped]) {
      expect(await enveloped(json(`{${key}:1,"a":2}`))).toBe(
        '{"success":true,"result":{"a":2},"message":1}',
      )
    }
  })

  test.each([
    'Message',
    'messages',
    'mess\\u0041ge',
    'message\\u0000',
    '\\\\u006dessage',
    'méssage',
  ])('leaves the key %s where it is', async (key) => {
    const body = `{"${key}":1}`
    expect(await enveloped(json(body))).toBe(`{"success":true,"result":${body},"message":null}`)
  })

  test('takes the last of several messages, as JSON.parse does, and leaves none behind', async () => {
    expect(await enveloped(json('{"message":1,"a":2,"mess\\u0061ge":3,"message":4,"b":5}'))).toBe(
      '{"success":true,"result":{"a":2,"b":5},"message":4}',
    )
    expect(await enveloped(json('{"message":1,"message":2,"a":3}'))).toBe(
      '{"success":true,"result":{"a":3},"message":2}',
    )
    expect(await enveloped(json('{"message":1,"message":2}'))).toBe(
      '{"success":true,"result":{},"message":2}',
    )
  })
})

describe('a 4xx body', () => {
  test.each([
    ['{"error":"no"}', '{"success":false,"result":null,"message":{"error":"no"}}'],
    ['{"message":"no"}', '{"success":false,"result":null,"message":"no"}'],
    ['{ "message" : [1, 2] }', '{"success":false,"result":null,"message":[1, 2]}'],
    ['{"message":1,"message":"no"}', '{"success":false,"result":null,"message":"no"}'],
    [
      '{"message":"no","code":7}',
      '{"success":false,"result":null,"message":{"message":"no","code":7}}',
    ],
    ['{}', '{"success":false,"result":null,"message":{}}'],
    ['[1]', '{"success":false,"result":null,"message":[1]}'],
    ['"no"', '{"success":false,"result":null,"message":"no"}'],
    ['null', '{"success":false,"result":null,"message":null}'],
  ])('%s goes out as %s', async (body, expected) => {
    expect(await enveloped(json(body, 400))).toBe(expected)
    expect(await enveloped(json(body, 499))).toBe(expected)
  })
})

describe('a 5xx body', () => {
  test.each([
    ['{"message":"down","code":7}', '{"success":false,"result":{"code":7},"message":"down"}'],
    ['{"message":"down"}', '{"success":false,"result":{},"message":"down"}'],
    ['{"code":7}', '{"success":false,"result":{"code":7},"message":null}'],
    ['"down"', '{"success":false,"result":"down","message":null}'],
  ])('%s goes out as %s', async (body, expected) => {
    expect(await enveloped(json(body, 503))).toBe(expected)
  })
})

describe('no body', () => {
  test.each([
    [200, '{"success":true,"result":{},"message":null}'],
    [201, '{"success":true,"result":{},"message":null}'],
    [404, '{"success":false,"result":null,"message":"Not Found"}'],
    [429, '{"success":false,"result":null,"message":"Too Many Requests"}'],
    [503, '{"success":false,"result":null,"message":"Service Unavailable"}'],
    [499, '{"success":false,"result":null,"message":"Client Error"}'],
    [599, '{"success":false,"result":null,"message":"Server Error"}'],
  ])('with %i goes out as %s', async (status, expected) => {
    const response = await toEnvelope(new Response(null, { status }), 'envelope')
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe(expected)
  })

  test('is what zero bytes are, and an empty stream with Content-Length 0', async () => {
    for (const headers of [JSON_HEADERS, { 'content-length': '0' }]) {
      const response = new Response(new Uint8Array(), { headers })
      expect(await enveloped(response)).toBe('{"success":true,"result":{},"message":null}')
    }
    expect(await enveloped(json('', 404))).toBe(
      '{"success":false,"result":null,"message":"Not Found"}',
    )
  })

  test('with an encoding is left alone', () => {
    const response = new Response(null, { headers: { 'content-encoding': 'br' } })
    expect(toEnvelope(response, 'envelope')).toBe(response)
  })

  test.each([200, 404, 500])(
    'of JSON type is %i of that type and its parameters',
    async (status) => {
      const headers = { 'content-type': 'text/json; v=1' }
      const out = await toEnvelope(new Response(null, { status, headers }))
      expect(out.headers.get('content-type')).toBe('application/json; v=1')
      expect(await out.json()).toMatchObject({ success: status < 400 })
    },
  )

  test('of another type is left alone', () => {
    for (const status of [200, 404, 500]) {
      for (const type of [
        'text/html',
        'image/png',
        'application/problem+json',
        'text/event-stream',
      ]) {
        const response = new Response(null, { status, headers: { 'content-type': type } })
        expect(toEnvelope(response)).toBe(response)
      }
    }
    const text = new Response(null, { headers: { 'content-type': 'text/plain' } })
    expect(toEnvelope(text)).toBe(text)
  })
})

describe('untouched', () => {
  const body = '{"a":1}'
  const used = json(body)
  const usedUp = used.text()
  const locked = json(body)
  locked.body?.getReader()

  test.each<[string, Response]>([
    ['204', new Response(null, { status: 204 })],
    ['205', new Response(null, { status: 205 })],
    ['206', json(body, 206)],
    ['302', Response.redirect('https://example.com/')],
    ['303 with JSON', json(body, 303)],
    ['304', new Response(null, { status: 304 })],
    ['Response.error()', Response.error()],
    ['HTML', json('<p>', 200, 'text/html')],
    ['no type', new Response(new Uint8Array([123, 125]))],
    ['JSON by suffix', json(body, 200, 'application/problem+json')],
    ['JSON by prefix', json(body, 200, 'application/json5')],
    ['JSON among others', json(body, 200, 'text/plain, application/json')],
    ['JSON as a parameter', json(body, 200, 'text/plain; x=application/json')],
    ['event stream', json('data: 1\n\n', 200, 'text/event-stream; charset=utf-8')],
    [
      'event stream without a body',
      new Response(null, { headers: { 'content-type': 'text/event-stream' } }),
    ],
    ['gzip', new Response(body, { headers: { ...JSON_HEADERS, 'content-encoding': 'gzip' } })],
    ['br', new Response(body, { headers: { ...JSON_HEADERS, 'content-encoding': 'br' } })],
    ['a used body', used],
    ['a locked body', locked],
    ['a marked response', mark(json(body))],
  ])('%s is the same object, at once', async (_, response) => {
    await usedUp
    expect(toEnvelope(response, 'envelope')).toBe(response)
  })

  test('a response with throwing getters is the same object', () => {
    const hostile = new Proxy(json(body), {
      get() {
        throw new Error('no')
      },
    })
    expect(toEnvelope(hostile, 'envelope')).toBe(hostile)
  })

  test.each([
    '{"success":true,"result":{"a":1},"message":null}',
    ' { "message" : "x" , "success" : false , "result" : null } ',
    '{"\\u0073uccess":true,"result":[],"message":{}}',
    '{"success":true,"result":1,"message":null,"pagination":{"page":1}}',
    '{"more":1,"message":null,"more":2,"success":true,"result":1}',
    '{"success":1,"result":1,"result":2,"message":null,"success":true}',
  ])('an envelope already goes out byte for byte: %s', async (text) => {
    for (const status of [200, 400, 500]) expect(await enveloped(json(text, status))).toBe(text)
  })

  test.each([
    ['a member less', '{"success":true,"result":1}'],
    ['success that is no boolean', '{"success":1,"result":1,"message":null}'],
    ['success twice', '{"success":true,"success":1,"result":1,"message":null}'],
    ['a member of a member', '{"a":{"success":true,"result":1,"message":null}}'],
    ['success that is a string', '{"success":"true","result":1,"message":null}'],
    ['success that is a list', '{"success":[true],"result":1,"message":null}'],
    ['another case', '{"Success":true,"result":1,"message":null}'],
  ])('not an envelope yet: %s', async (_, text) => {
    expect(await enveloped(json(text))).toMatch(/^\{"success":true,"result":\{/)
  })
})

describe('a body that is not one whole value goes out byte for byte', () => {
  test.each([
    ' ',
    '{',
    '[',
    '"',
    '"\\"',
    '{x}',
    '{]',
    '{1:2}',
    '{"a"}',
    '{"a":}',
    '{"a":1',
    '{"a":1]',
    '[1}',
    '{"a":[1}]}',
    '{} {}',
    '{}x',
    '[]]',
    '{"a":1,}',
    '{,}',
    '{"a":1,,"b":2}',
    '{"a":1 "b":2}',
    '{"a" 1}',
    '{"a"::1}',
    '{a:1}',
    '{"a":"b"c}',
    '{"message":1,}',
    '{,"message":1}',
    '{"message"}',
    '{"message":1 "a":2}',
    '{"message":}',
    '{"message",1}',
    '{"message"}1}',
    '{"message"x1}',
    '{"message":\ufeff1,"message":2}',
    '1,"x":2',
    '1}',
    '"a","b"',
    'tru',
    'truefalse',
    'nulll',
    '01',
    '1.',
    '.5',
    '+1',
    '1e',
    '-',
    'NaN',
    'Infinity',
    "'a'",
    '\u00a0{}',
    '{}\u00a0',
    '{}\0',
    '\v1',
    '{"message":01,"message":2}',
    '{"message":[1,],"message":2}',
    '\ufeff\ufeff{}',
    ',',
    ':',
    ']',
  ])('%j', async (text) => {
    for (const status of [200, 400, 500]) expect(await enveloped(json(text, status))).toBe(text)
  })

  test.each([
    ['{"message":1\v,"a":2}', '{"success":true,"result":{"a":2},"message":1\v}'],
    ['{"a":[1,,2]}', '{"success":true,"result":{"a":[1,,2]},"message":null}'],
    ['{"a":tru}', '{"success":true,"result":{"a":tru},"message":null}'],
    ['"\n"', '{"success":true,"result":"\n","message":null}'],
  ])('or, whole but wrong within, stays as wrong: %j', async (text, expected) => {
    expect(await enveloped(json(text))).toBe(expected)
    expect(() => JSON.parse(expected)).toThrow(SyntaxError)
  })

  test('bytes that are no UTF-8 in a message that another one replaces', async () => {
    const bytes = new Uint8Array([
      ...Buffer.from('{"message":"'),
      0xff,
      ...Buffer.from('","message":1}'),
    ])
    const out = await toEnvelope(new Response(bytes, { headers: JSON_HEADERS }), 'envelope')
    expect(new Uint8Array(await out.arrayBuffer())).toEqual(bytes)
  })

  test('a part of a BOM', async () => {
    for (const lead of [[0xef], [0xef, 0xbb], [0xbb, 0xbf], [0xef, 0xbb, 0xbe], [0xef, 0x20]]) {
      const bytes = new Uint8Array([...lead, 0x7b, 0x7d])
      const out = await toEnvelope(new Response(bytes, { headers: JSON_HEADERS }), 'envelope')
      expect(new Uint8Array(await out.arrayBuffer())).toEqual(bytes)
    }
  })

  test('UTF-16 in either order', async () => {
    for (const text of ['{"a":1}', '[1]', '"a"', '1']) {
      const little = Buffer.from(text, 'utf16le')
      for (const bytes of [little, Buffer.from(little).swap16()]) {
        const out = await toEnvelope(new Response(bytes, { headers: JSON_HEADERS }), 'envelope')
        expect(Buffer.from(await out.arrayBuffer())).toEqual(Buffer.from(bytes))
      }
    }
  })
})

describe('odd bodies', () => {
  test('a BOM stays in front', async () => {
    const bytes = Buffer.from('\ufeff {"a":1,"message":"m"}')
    const out = await toEnvelope(new Response(bytes, { headers: JSON_HEADERS }), 'envelope')
    const text = Buffer.from(await out.arrayBuffer()).toString()
    expect(text).toBe('\ufeff {"success":true,"result":{"a":1},"message":"m"}')
  })

  test.each([10_000, 70_000, 1_000_000])('depth %i is one value', (depth) => {
    const body = '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2)
    const out = (status: number, text: string): string | undefined => {
      const scan = new Scanner(Infinity)
      scan.push(Buffer.from(text))
      const bytes = splice(status, Buffer.from(text), scan)
      return bytes === null ? undefined : Buffer.from(bytes).toString()
    }
    const whole = `{"success":true,"result":${body},"message":null}`
    const moved = `{"success":false,"result":{"a":${body}},"message":${body}}`
    // Compared before the assertion, because a printed difference of megabytes is useless.
    expect(out(200, body) === whole).toBe(true)
    expect(out(200, body.slice(1))).toBe(undefined)
    expect(out(500, `{"a":${body},"message":${body}}`) === moved).toBe(true)
  })

  test('long strings with quotes and backslashes around the point where the search changes', async () => {
    for (let length = 60; length < 70; length++) {
      for (const ending of ['\\\\', '\\"', '\\\\\\"', '\\\\\\\\', 'x']) {
        const text = `"${'x'.repeat(length)}${ending}${'y'.repeat(70)}${ending}"`
        expect(await enveloped(json(text))).toBe(`{"success":true,"result":${text},"message":null}`)
        expect(await enveloped(json(`${text.slice(0, -1)}\\"`))).toBe(`${text.slice(0, -1)}\\"`)
      }
    }
  })
})

test('what went through is not scanned again', async () => {
  const once = await toEnvelope(json('{"a":1}'), 'envelope')
  expect(isMarked(once)).toBe(true)
  expect(toEnvelope(once, 'envelope')).toBe(once)
  const invalid = await toEnvelope(json('{'), 'envelope')
  expect(toEnvelope(invalid, 'envelope')).toBe(invalid)
})
