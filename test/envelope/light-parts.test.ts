import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type * as Light from '../../src/envelope/rewrite/light.ts'

/** The module remembers the first symbol that it sees, so each test has a module of its own. */
let light: typeof Light
beforeEach(async () => {
  vi.resetModules()
  light = await import('../../src/envelope/rewrite/light.ts')
})
afterEach(() => {
  vi.resetModules()
})

const JSON_TYPE = 'application/json'

/** A response that must not become a real one. */
class Kept extends Response {
  override get headers(): Headers {
    throw new Error('it becomes a real one')
  }
  override get body(): never {
    throw new Error('it becomes a real one')
  }
  override get bodyUsed(): never {
    throw new Error('it becomes a real one')
  }
}

function holding<R extends Response>(response: R, symbol: symbol, value: unknown): R {
  return Object.defineProperty(response, symbol, { value })
}

const CACHE = Symbol('cache')
const cached = (body: unknown, headers: unknown = {}): Response =>
  holding(new Kept(), CACHE, [200, body, headers])

describe('the parts that node-server keeps', () => {
  test('tell of the body without a real response', () => {
    expect(light.knownText(cached('text'))).toBe('text')
    expect(light.knownText(cached(new Uint8Array(1)))).toBe(null)
    expect([light.hasNullBody(cached(null)), light.hasNullBody(cached('text'))]).toEqual([
      true,
      false,
    ])
    expect(light.isUnread(cached('text'))).toBe(true)
  })

  test.each(['content-type', 'Content-Type'])('tell of the type that %s holds', (name) => {
    const response = cached('text', { [name]: JSON_TYPE })
    expect([light.onlyType(response), light.typeOf(response)]).toEqual([JSON_TYPE, JSON_TYPE])
    expect(light.soleType(response)).toBe(JSON_TYPE)
  })

  test.each<[string, unknown]>([
    ['no header', {}],
    ['nothing', null],
    ['undefined', undefined],
    ['a text', 'content-type'],
    ['another header', { 'x-a': '1' }],
    ['another header too', { 'content-type': JSON_TYPE, 'x-a': '1' }],
    ['two types', { 'content-type': JSON_TYPE, 'Content-Type': 'text/plain' }],
    ['no text as the type', { 'content-type': [JSON_TYPE] }],
    ['an object of a class', Object.create({ 'content-type': JSON_TYPE })],
  ])('tell of no only type with %s', (_, headers) => {
    expect(light.onlyType(holding(new Kept(), CACHE, [200, 'text', headers]))).toBe(undefined)
  })

  test.each<[string, unknown]>([
    ['no array', { length: 3, 1: 'text' }],
    ['two parts', [200, 'text']],
    ['nothing', undefined],
  ])('are unknown with %s', (_, value) => {
    expect(light.knownText(holding(new Response('real'), CACHE, value))).toBe(null)
  })

  test('are found by the name of their symbol', () => {
    const other = [200, 'other', {}]
    const response = holding(cached('text'), Symbol('other'), other)
    expect(light.knownText(response)).toBe('text')
  })

  test('are under one symbol, the first one', () => {
    light.knownText(cached('text'))
    const other = Symbol('cache')
    expect(light.knownText(holding(new Response('real'), other, [200, 'other', {}]))).toBe(null)
    expect(light.knownText(cached('text'))).toBe('text')
  })
})

describe('the parts that Deno keeps', () => {
  const INNER = Symbol('response')
  const body = { streamOrStatic: { body: 'text', consumed: false } }
  const inner = (value: unknown, response: Response = new Kept()): Response =>
    holding(response, INNER, value)

  test('tell the text of an unread body', () => {
    expect(light.knownText(inner({ body }))).toBe('text')
    for (const consumed of [true, undefined]) {
      const read = { streamOrStatic: { body: 'text', consumed } }
      expect(light.knownText(inner({ body: read }))).toBe(null)
    }
  })

  test('tell nothing when they are not there', () => {
    for (const value of [undefined, {}, { body: null }, { body: {} }, 1])
      expect(light.knownText(inner(value))).toBe(null)
  })

  test('tell of the headers, in any case', () => {
    const response = inner({ body, headerList: [['Content-Type', JSON_TYPE]] })
    expect(light.soleType(response)).toBe(JSON_TYPE)
  })

  test.each<[string, unknown]>([
    ['body', { body: null, headerList: [['x-a', '1']] }],
    ['list', { body, headerList: 'x-a' }],
  ])('leave the headers to the response without a %s', (_, value) => {
    const real = new Response('text', { headers: { 'content-type': JSON_TYPE } })
    expect(light.soleType(inner(value, real))).toBe(JSON_TYPE)
  })

  test.each<[string, [string, string][]]>([
    ['no header', []],
    ['another header', [['x-a', JSON_TYPE]]],
    [
      'two types',
      [
        ['content-type', JSON_TYPE],
        ['Content-Type', JSON_TYPE],
      ],
    ],
  ])('tell of no sole type with %s', (_, headerList) => {
    expect(light.soleType(inner({ body, headerList }))).toBe(null)
    expect(light.onlyTypeInDeno(inner({ body, headerList }))).toBe(undefined)
  })

  const [LAZY_BODY, LAZY_TYPE, SERVED] = [
    Symbol('lazy static body'),
    Symbol('lazy static content type'),
    Symbol('serve fast consumed'),
  ]
  /** A response as Deno has it until somebody looks into it. */
  const lazy = (
    {
      text = null,
      type = null,
      served = false,
    }: { text?: unknown; type?: unknown; served?: boolean },
    response: Response = inner({ body: null, headerList: [] }),
  ): Response => {
    holding(response, LAZY_BODY, text)
    holding(response, LAZY_TYPE, type)
    return holding(response, SERVED, served)
  }

  test('tell text and type of a Response.json that nobody has looked into', () => {
    const response = lazy({ text: '{}', type: JSON_TYPE })
    expect(light.knownText(response)).toBe('{}')
    expect(light.isUnread(response)).toBe(true)
    for (const typeOf of [light.onlyType, light.onlyTypeInDeno, light.soleType])
      expect(typeOf(response)).toBe(JSON_TYPE)
  })

  test('tell text and type of a response whose list of headers is not made yet', () => {
    const response = lazy({ type: JSON_TYPE }, inner({ body, headerList: [] }))
    expect([light.knownText(response), light.soleType(response)]).toEqual(['text', JSON_TYPE])
  })

  test('tell no text of a response that was sent, or that has none', () => {
    expect(light.knownText(lazy({ text: '{}', served: true }))).toBe(null)
    for (const text of [null, 1]) expect(light.knownText(lazy({ text }))).toBe(null)
  })

  test('tell no type where there is only a text', () => {
    expect(light.onlyTypeInDeno(lazy({ text: '{}' }))).toBe(undefined)
  })

  test('are found by the name of their symbol, the first one', () => {
    const response = holding(inner({ body }), Symbol('other'), {})
    expect(light.knownText(response)).toBe('text')
    expect(light.knownText(holding(new Response(''), Symbol('response'), { body }))).toBe(null)
    expect(light.knownText(inner({ body }))).toBe('text')
  })
})

describe('a plain response', () => {
  test('is asked for its body', async () => {
    const response = new Response('text')
    expect([light.hasNullBody(response), light.isUnread(response)]).toEqual([false, true])
    expect(light.knownText(response)).toBe(null)
    await response.text()
    expect(light.isUnread(response)).toBe(false)
    expect(light.hasNullBody(new Response(null))).toBe(true)
  })

  test.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ 'content-type': JSON_TYPE }, true],
    [{ 'x-a': '1' }, false],
    [{ 'content-type': JSON_TYPE, 'x-a': '1' }, false],
  ])('with the headers %j has the type alone: %s', (headers, is) => {
    const response = new Response(null, { headers })
    expect(light.soleType(response)).toBe(is ? JSON_TYPE : null)
    expect(light.typeOf(response)).toBe(headers['content-type'] ?? null)
    expect(light.onlyType(response)).toBe(undefined)
  })
})

test('a host without parts is asked a thousand times, and each prototype anew', () => {
  class Host extends Response {}
  class Other extends Response {}
  const plain = new Host()
  for (let nth = 0; nth < 1_000; nth++) light.knownText(plain)
  expect(light.knownText(holding(new Host(), CACHE, [200, 'text', {}]))).toBe(null)
  expect(light.knownText(holding(new Other(), CACHE, [200, 'text', {}]))).toBe('text')
})
