import { expect, test } from 'vitest'
import { withBody } from '../../src/envelope/rewrite/copy.ts'

/** A response as Deno makes it. Reading its headers would build more of it. */
class Deno extends Response {
  override get headers(): never {
    throw new Error('it is built')
  }
}

const TYPE = 'application/json'
const KEY = Symbol('response')
const deno = (init: ResponseInit, headerList: unknown = [['content-type', TYPE]]): Response =>
  Object.defineProperty(new Deno('{}', init), KEY, { value: { body: {}, headerList } })

test('the parts of a response of Deno make the new one', () => {
  const out = withBody(deno({ status: 418 }), '[]', TYPE)
  expect([out.status, [...out.headers]]).toEqual([418, [['content-type', TYPE]]])
})

test.each<[string, ResponseInit, unknown, string]>([
  ['a status text', { statusText: 'Hey' }, undefined, TYPE],
  ['another header', {}, [['content-type', TYPE], ['x-a', '1']], TYPE], // prettier-ignore
  ['another type', {}, undefined, 'application/problem+json'],
])('a response with %s is copied whole', (_, init, headerList, type) => {
  expect(() => withBody(deno(init, headerList), '[]', type)).toThrow('it is built')
})
