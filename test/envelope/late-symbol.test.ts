import { expect, test } from 'vitest'
import { knownText } from '../../src/envelope/rewrite/light.ts'

test('a light response is known after any number of plain ones', () => {
  for (let nth = 0; nth < 3_000; nth++) expect(knownText(Response.json({}))).toBeNull()
  class Light extends Response {}
  const light = Object.defineProperty(new Light('{}'), Symbol('cache'), { value: [200, '{}', {}] })
  expect(knownText(light)).toBe('{}')
})
