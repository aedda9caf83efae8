import { describe, expect, test } from 'vitest'
import { errorEnvelope } from '../../src/envelope/rewrite/respond.ts'
import { toEnvelope } from '../support/to-envelope.ts'
import { reasonPhrase } from '../../src/util/reason-phrase.ts'
import type { EnvelopeFormat } from '../../src/envelope/rewrite/respond.ts'

const ID = '019aa5f0-0000-7000-8000-000000000000'

function json(body: string | null, status = 200): Response {
  return new Response(body, {
    status,
    headers: body === null ? {} : { 'content-type': 'application/json' },
  })
}

async function parsed(response: Response, format: EnvelopeFormat, id?: string): Promise<unknown> {
  return JSON.parse(await (await toEnvelope(response, format, id)).text())
}

describe('problem', () => {
  const base = { type: 'about:blank', title: 'Not Found', status: 404 }

  test.each<[string, unknown]>([
    ['{"message":"no such user"}', { ...base, detail: 'no such user' }],
    ['"no such user"', { ...base, detail: 'no such user' }],
    [
      '{"message":"m","detail":"d","status":"s","code":7}',
      { ...base, message: 'm', detail: 'd', code: 7 },
    ],
    ['{"message":["a"],"title":"T","type":5}', { ...base, message: ['a'], title: 'T' }],
    ['[1]', { ...base, body: [1] }],
    ['null', base],
    [
      '{"__proto__":{"x":1}}',
      JSON.parse(`{"type":"about:blank","title":"Not Found","status":404,"__proto__":{"x":1}}`),
    ],
  ])('a client error %s', async (body, expected) => {
    const out = await toEnvelope(json(body, 404), 'problem')
    expect(out.headers.get('content-type')).toBe('application/problem+json')
    expect(await out.json()).toEqual(expected)
  })

  test('names the occurrence as instance', async () => {
    expect(await parsed(json(null, 404), 'problem', ID)).toEqual({
      ...base,
      instance: `urn:uuid:${ID}`,
    })
  })

  test('leaves successes and itself alone', async () => {
    const success = json('{"a":1}')
    expect(toEnvelope(success, 'problem')).toBe(success)
    const problem = await toEnvelope(json('{"a":1}', 500), 'problem')
    const copy = new Response(problem.body, problem)
    expect(toEnvelope(copy, 'problem')).toBe(copy)
  })
})

describe('a function', () => {
  const pair: EnvelopeFormat = ({ success, result, message }, { status }) => [
    success,
    result,
    message,
    status,
  ]

  test.each<[number, string | null, unknown]>([
    [200, '{"message":"m","a":1}', [true, { a: 1 }, 'm', 200]],
    [200, '[1]', [true, [1], null, 200]],
    [200, null, [true, {}, null, 200]],
    [400, '{"message":"m","a":1}', [false, null, { message: 'm', a: 1 }, 400]],
    [400, '{"message":"m"}', [false, null, 'm', 400]],
    [400, 'null', [false, null, null, 400]],
    [404, null, [false, null, 'Not Found', 404]],
    [500, '{"message":"m","a":1}', [false, { a: 1 }, 'm', 500]],
    [500, '"x"', [false, 'x', null, 500]],
  ])('gets the parts of a %i with %s', async (status, body, expected) => {
    expect(await parsed(json(body, status), pair)).toEqual(expected)
  })

  test.each<[string, EnvelopeFormat]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['returns a promise', async () => ({ late: true })],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['returns undefined', () => undefined],
    ['returns a BigInt', () => 1n],
    [
      'returns a cycle',
      () => {
        const a: unknown[] = []
        a.push(a)
        return a
      },
    ],
  ])('that %s lets the original out', async (_, format) => {
    const out = await toEnvelope(json('{"a": 1}', 400), format)
    expect(await out.text()).toBe('{"a": 1}')
    expect(out.status).toBe(400)
    const empty = json(null, 404)
    expect(toEnvelope(empty, format)).toBe(empty)
    expect(errorEnvelope(500, 'm', format).body).toBe(
      '{"success":false,"result":null,"message":"m"}',
    )
  })

  test('lets out what is no JSON, and what is an envelope already', async () => {
    for (const text of ['{"a":', '{"success":true,"result":1,"message":null}']) {
      expect(await (await toEnvelope(json(text), pair)).text()).toBe(text)
    }
  })
})

describe('errorEnvelope', () => {
  test('makes the body for a throw', () => {
    expect(errorEnvelope(500, 'a "b"', 'envelope', ID)).toEqual({
      body: '{"success":false,"result":null,"message":"a \\"b\\""}',
      contentType: 'application/json',
    })
    const { body, contentType } = errorEnvelope(404, 'no route', 'problem', ID)
    expect(contentType).toBe('application/problem+json')
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'no route',
      instance: `urn:uuid:${ID}`,
    })
    const own = errorEnvelope(500, 'm', (envelope, { status }) => ({ ...envelope, status }))
    expect(own.body).toBe('{"success":false,"result":null,"message":"m","status":500}')
  })
})

test('reasonPhrase knows every registered status and the class of the others', () => {
  expect(reasonPhrase(404)).toBe('Not Found')
  expect(reasonPhrase(511)).toBe('Network Authentication Required')
  expect(reasonPhrase(499)).toBe('Client Error')
  expect(reasonPhrase(520)).toBe('Server Error')
})
