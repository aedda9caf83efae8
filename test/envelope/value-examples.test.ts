import { describe, expect, test } from 'vitest'
import { envelopeOfText, envelopeOfValue, hasMessage } from '../../src/envelope/rewrite/value.ts'

const MIB = 1_048_576

describe('a value that is printed for the first time', () => {
  test.each([
    [200, { message: 'm', a: 1 }, '{"success":true,"result":{"a":1},"message":"m"}'],
    [200, { a: 1, message: 'm' }, '{"success":true,"result":{"a":1},"message":"m"}'],
    [200, { a: 1, message: 'm', b: 2 }, '{"success":true,"result":{"a":1,"b":2},"message":"m"}'],
    [200, { message: 'm' }, '{"success":true,"result":{},"message":"m"}'],
    [200, { a: { message: 1 } }, '{"success":true,"result":{"a":{"message":1}},"message":null}'],
    [200, [{ message: 1 }], '{"success":true,"result":[{"message":1}],"message":null}'],
    [200, null, '{"success":true,"result":null,"message":null}'],
    [404, { message: 'm' }, '{"success":false,"result":null,"message":"m"}'],
    [
      404,
      { message: 'm', a: 1 },
      '{"success":false,"result":null,"message":{"message":"m","a":1}}',
    ],
    [
      404,
      { a: 1, message: 'm' },
      '{"success":false,"result":null,"message":{"a":1,"message":"m"}}',
    ],
    [500, { a: 1, message: 'm' }, '{"success":false,"result":{"a":1},"message":"m"}'],
    [500, 'down', '{"success":false,"result":"down","message":null}'],
  ])('%i with %j goes out as %s', (code, given, expected) => {
    expect(envelopeOfValue(code, given)).toBe(expected)
  })

  test('that is an envelope already stays as it is printed', () => {
    for (const given of [
      { success: true, result: [], message: null },
      { page: { a: ['}'] }, message: 'm', result: 'x', success: false, more: 1 },
    ]) {
      expect(envelopeOfValue(404, given)).toBe(JSON.stringify(given))
    }
  })

  test('is printed once', () => {
    let asked = 0
    const given = {
      get message() {
        return ++asked
      },
    }
    expect(envelopeOfValue(200, given)).toBe('{"success":true,"result":{},"message":1}')
  })

  test('may take its message away while it is printed', () => {
    const given: Record<string, unknown> = { message: 'm' }
    Object.defineProperty(given, 'a', { enumerable: true, get: () => delete given['message'] })
    expect(envelopeOfValue(200, given)).toBe('{"success":true,"result":{"a":true},"message":"m"}')
  })

  test('throws what JSON.stringify throws', () => {
    expect(() => envelopeOfValue(200, 1n)).toThrow(TypeError)
    const cycle: unknown[] = []
    cycle.push(cycle)
    expect(() => envelopeOfValue(200, cycle)).toThrow(TypeError)
  })

  test('has no envelope under a status that keeps its body', () => {
    for (const code of [100, 101, 204, 205, 206, 302, 304]) {
      expect(envelopeOfValue(code, { a: 1 })).toBe(null)
    }
  })

  test('that JSON lacks has no envelope', () => {
    for (const given of [undefined, () => 1, Symbol('s')])
      expect(envelopeOfValue(200, given)).toBe(null)
  })

  test.each([
    ['', '{"success":true,"result":"","message":null}'],
    [{ message: undefined, a: 1 }, '{"success":true,"result":{"a":1},"message":null}'],
    [{ toJSON: () => ({ message: 'm' }) }, '{"success":true,"result":{},"message":"m"}'],
    [
      Object.assign(() => {}, { toJSON: () => ({ message: 'm' }) }),
      '{"success":true,"result":{},"message":"m"}',
    ],
    [{ toJSON: 1, a: 1 }, '{"success":true,"result":{"toJSON":1,"a":1},"message":null}'],
  ])('like %j is enveloped as it prints', (given, expected) => {
    expect(envelopeOfValue(200, given)).toBe(expected)
  })
})

test('only what may print a message is searched for one', () => {
  for (const given of [{ message: 1 }, { toJSON: () => 1 }, 'text', null, () => {}])
    expect(hasMessage(given)).toBe(true)
  for (const given of [{}, { a: { message: 1 } }, [{ message: 1 }], { toJSON: 'a text' }])
    expect(hasMessage(given)).toBe(false)
})

test('a text is searched for a message only if it may have one', () => {
  const text = '{"message":"m"}'
  expect(envelopeOfText(200, text, true)).toBe('{"success":true,"result":{},"message":"m"}')
  expect(envelopeOfText(200, text, false)).toBe(
    '{"success":true,"result":{"message":"m"},"message":null}',
  )
})

describe('a value of more than 1 MB', () => {
  const long = 'x'.repeat(MIB)

  // Texts of megabytes are compared, not printed.
  test('keeps a message of that length in the result', () => {
    const is = `{"success":true,"result":{"message":"${long}","a":1},"message":null}`
    expect(envelopeOfValue(200, { message: long, a: 1 }) === is).toBe(true)
  })

  test('gives a short message away', () => {
    const is = `{"success":true,"result":{"rows":"${long}"},"message":"m"}`
    expect(envelopeOfValue(200, { rows: long, message: 'm' }) === is).toBe(true)
  })

  test('is an envelope by its first members', () => {
    const given = { success: true, result: long }
    expect(envelopeOfValue(200, given) === JSON.stringify(given)).toBe(true)
  })
})
