import { describe, expect, test } from 'vitest'
import { Scanner } from '../../src/envelope/json/scanner.ts'
import { isOnlyMessage, isValid, isWhole, shapeOf } from '../../src/envelope/rewrite/shape.ts'

test('a status has a whole body, or none that may change', () => {
  const all = [100, 101, 199, 200, 203, 204, 205, 206, 207, 299, 300, 304, 399, 400, 599]
  expect(all.filter(isWhole)).toEqual([200, 203, 207, 299, 400, 599])
})

test('the envelope is of a success, a client error or a server error', () => {
  const prefixes = [200, 399, 400, 499, 500].map((status) => shapeOf(status).prefix)
  const [success, client, server] = [200, 400, 500].map((status) => shapeOf(status).prefix)
  expect(prefixes).toEqual([success, success, client, client, server])
  expect(new Set([success, client, server]).size).toBe(3)
})

describe('the only member of an object', () => {
  function isOnly(text: string, limit = Infinity): boolean {
    const scan = new Scanner(limit)
    scan.push(new TextEncoder().encode(text))
    return isOnlyMessage(scan)
  }

  test('may be `message`, which may come twice', () => {
    expect(isOnly('{"message":1}')).toBe(true)
    expect(isOnly('{"message":1,"message":2}')).toBe(true)
  })

  test.each(['{}', '1', '[]', '{"a":1}', '{"message":1,"a":2}', '{"a":1,"message":2}'])(
    'is no `message` in %s',
    (text) => expect(isOnly(text)).toBe(false),
  )

  test('is not known before the object ends', () => {
    expect(isOnly('{"message":1,')).toBe(false)
  })

  test('counts up to the limit, without white space around the object', () => {
    expect(isOnly('   {"message":1}   ', 13)).toBe(true)
    expect(isOnly('{"message":1}', 12)).toBe(false)
  })
})

test('a removed member is valid if it is JSON in UTF-8, without a BOM', () => {
  const valid = (text: string): boolean => isValid(new TextEncoder().encode(text))
  expect(valid('{"a":"ü"}')).toBe(true)
  for (const text of ['', '01', '\ufeff1']) expect(valid(text)).toBe(false)
  expect(isValid(Uint8Array.of(0x22, 0xff, 0x22))).toBe(false)
})
