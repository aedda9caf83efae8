import { expect, test } from 'vitest'
import { markFalseFrames } from '../../src/util/frames.ts'

const REAL = '\n    at run (file:///app/x.ts:1:2)\n    at main (file:///app/y.ts:3:4)'
const FALSE = 'no such order\n    at evil (worker.js:1:100)'

test('a stack whose message has one line is as it was', () => {
  for (const head of ['Error: no such order', 'Error', 'no such order', '']) {
    const stack = head + REAL
    expect(markFalseFrames(stack, 'no such order')).toBe(stack)
    expect(markFalseFrames(stack, '')).toBe(stack)
  }
})

test.each([
  ['after its name', `Error: ${FALSE}${REAL}`, FALSE],
  ['without a name', `${FALSE}${REAL}`, FALSE],
  ['that is another one now', `Error: ${FALSE}\nand more${REAL}`, 'another'],
  ['that the stack does not hold', `ZodError\n    at evil (worker.js:1:100)\n]${REAL}`, FALSE],
])('lines of a message %s that look like frames get a bar', (_, stack, message) => {
  const marked = markFalseFrames(stack, message)
  expect(marked).toContain('\n    | at evil (worker.js:1:100)')
  expect(marked.replace('| ', '')).toBe(stack)
  expect(marked).toContain(REAL)
})

test.each(['\n\tat evil (a:1:1)', '\n at evil (a:1:1)', '\nat evil (a:1:1)'])(
  'so do lines with another indent: %j',
  (line) => {
    const message = `x${line}`
    expect(markFalseFrames(`Error: ${message}${REAL}`, message)).toBe(
      `Error: x${line.replace('at', '| at')}${REAL}`,
    )
  },
)

test('a message that is a part of the name is not taken for the message', () => {
  const stack = `Error: old\n    at evil (a:1:1)\nmore${REAL}`
  expect(markFalseFrames(stack, 'E')).toContain('\n    | at evil')
})

test('frames before a text that follows them stay frames', () => {
  const stack = `Error: x${REAL}\n\nRequest id: 5`
  expect(markFalseFrames(stack, 'gone')).toBe(stack)
})

test('a message of megabytes is looked at to a bound', () => {
  const message = 'x\n    at evil (a:1:1)'.repeat(100_000)
  const marked = markFalseFrames(`Error: ${message}${REAL}`, message)
  expect(marked.length).toBeLessThan(100_000)
  expect(marked).not.toMatch(/\n\s*at /)
})
