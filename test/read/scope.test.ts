import { expect, test } from 'vitest'
import { valuesOf, withValue } from '../../src/read/query/scope.ts'

test.each([
  ['is:open', 'production', 'is:open env:production'],
  ['is:open env:production', 'staging', 'is:open env:staging'],
  ['is:open env:a env:b "out of stock"', 'c d', 'is:open "out of stock" env:"c d"'],
  ['-env:a token', 'b', '-env:a token env:b'],
  ['is:open env:production', null, 'is:open'],
  ['-env:a', null, '-env:a'],
  ['"env:a"', 'b', '"env:a" env:b'],
  ['', 'say "hi"', 'env:"say \\"hi\\""'],
] as const)('in %s the environment becomes %s', (query, value, expected) => {
  expect(withValue(query, 'env', value)).toBe(expected)
})

test('the values of a key are those that the query asks for', () => {
  expect(valuesOf('env:a -env:b env:"c d" service:e "env:f"', 'env')).toEqual(['a', 'c d'])
  expect(valuesOf('', 'env')).toEqual([])
})
