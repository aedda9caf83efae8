import { afterEach, expect, test } from 'vitest'
import { withoutStacks } from '../../src/util/without-stacks.ts'

const { stackTraceLimit } = Error
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit
})

test('errors within have no frames, and those after it have as many as before', () => {
  Error.stackTraceLimit = 3
  const within = withoutStacks(() => new Error('within'))
  expect(within.stack).toBe('Error: within')
  expect(new Error('after').stack!.split('\n    at ')).toHaveLength(4)
})

test('a throw passes, and the limit is as before', () => {
  const error = new Error('asked')
  const throws = (): never => {
    throw error
  }
  expect(() => withoutStacks(throws)).toThrow(error)
  expect(Error.stackTraceLimit).toBe(stackTraceLimit)
})

test('an engine without a limit gets none', () => {
  Reflect.deleteProperty(Error, 'stackTraceLimit')
  expect(withoutStacks(() => Object.hasOwn(Error, 'stackTraceLimit'))).toBe(false)
  expect(Object.hasOwn(Error, 'stackTraceLimit')).toBe(false)
})

test('a frozen Error is asked as well', () => {
  const { stackTraceLimit: limit } = Error
  Object.defineProperty(Error, 'stackTraceLimit', { value: limit, writable: false })
  try {
    expect(withoutStacks(() => 1)).toBe(1)
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', { value: limit, writable: true })
  }
})
