import { afterEach, expect, test, vi } from 'vitest'
import {
  NODE,
  stubStreamLengths,
  stubUserAgent,
  withLength,
  WORKERD,
} from '../support/user-agent.ts'

afterEach(() => void vi.unstubAllGlobals())

function load(userAgent: string | undefined) {
  stubUserAgent(userAgent)
  return import('../../src/envelope/rewrite/runtime.ts')
}

test.each([
  [WORKERD, true],
  [NODE, false],
  ['', false],
  [undefined, false],
])('the user agent %s is workerd: %s', async (userAgent, expected) => {
  const { isWorkerd } = await load(userAgent)
  expect([isWorkerd(), isWorkerd()]).toEqual([expected, expected])
})

test('workerd shows the length of a body', async () => {
  stubStreamLengths()
  const { knownLength } = await load(WORKERD)
  expect(knownLength(withLength(new ReadableStream(), 12n))).toBe(12)
  expect(knownLength(withLength(new ReadableStream(), 0n))).toBe(0)
})

test('a stream of unknown length has none', async () => {
  stubStreamLengths()
  const { knownLength } = await load(WORKERD)
  expect(knownLength(withLength(new ReadableStream(), undefined))).toBeNull()
})

test('a workerd without the symbol shows no length', async () => {
  const { knownLength } = await load(WORKERD)
  expect(knownLength(withLength(new ReadableStream(), 12n))).toBeNull()
})

test('no other host is asked for a length', async () => {
  stubStreamLengths()
  const { knownLength } = await load(NODE)
  expect(knownLength(withLength(new ReadableStream(), 12n))).toBeNull()
})
