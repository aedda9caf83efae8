import { expect, test } from 'vitest'
import type { KlaxonOptions } from '../../src/config/options.ts'
import { createKlaxon } from '../../src/klaxon.ts'
import { memory } from '../../src/store/memory/memory.ts'

async function rowOf(options: KlaxonOptions, error: unknown, extra?: Record<string, unknown>) {
  const store = memory()
  const klaxon = createKlaxon({ store, log: false, ...options })
  klaxon.report(error, extra === undefined ? {} : { extra })
  await klaxon.flush()
  return (await store.occurrences())[0]!
}

test.each([
  'a-token-of-4711-for-the-fallback',
  'https://user.example.test/hooks/4711ABCDEFGHIJKLM',
])('a token of the fallback is filtered wherever it turns up: %s', async (token) => {
  const fallback = { name: 'own', secrets: [token], put: async () => {} }
  const row = await rowOf({ fallback }, new Error(`refused ${token} today`), { a: token })
  expect(row.errorMessage).toBe('refused [Filtered] today')
  expect(JSON.stringify(row)).not.toContain(token)
})

test('a token of a second store is filtered wherever it turns up', async () => {
  const fallback = { ...memory(), secrets: ['a-token-of-4711-for-the-second'] }
  const row = await rowOf({ fallback }, new Error('refused a-token-of-4711-for-the-second'))
  expect(row.errorMessage).toBe('refused [Filtered]')
})

test('lines of a message that look like frames are none in the stack, causes included', async () => {
  const cause = new Error('inner\n    at evil (worker.js:2:200)')
  const error = new Error('outer\n    at evil (worker.js:1:100)', { cause })
  const row = await rowOf({}, error)
  for (const stack of [row.errorStack!, row.causes![0]!.stack!]) {
    const frames = stack.split('\n').filter((line) => /^\s*at /.test(line))
    expect(frames.length).toBeGreaterThan(0)
    expect(frames.filter((line) => line.includes('evil'))).toEqual([])
    expect(stack).toMatch(/\n {4}\| at evil \(worker\.js:\d:\d00\)\n/)
  }
  expect(row.errorMessage).toBe('outer\n    at evil (worker.js:1:100)')
})

test('a secret among lines that look like frames is filtered', async () => {
  const message = 'x\n    at evil (worker.js:1:100)\n    at token=hunter2 (worker.js:1:100)'
  const row = await rowOf({}, new Error(message))
  expect(JSON.stringify(row)).not.toContain('hunter2')
})

test('a pattern of the user on digits leaves line and column of frames', async () => {
  const row = await rowOf({ redact: { patterns: [/\d+/] } }, new Error('order 4711'))
  expect(row.errorMessage).toBe('order [Filtered]')
  expect(row.errorStack).toMatch(/\n {4}at .*through-klaxon\.test\.ts:\d+:\d+\)?\n/)
})

test('every scalar in extra is kept', async () => {
  const extra = {
    bigint: 9_007_199_254_740_993n,
    boxed: [Object('text'), Object(5), Object(true), Object(10n)],
    symbol: Symbol('s'),
    huge: 1e300,
    infinite: Infinity,
    date: new Date(0),
  }
  const row = await rowOf({}, new Error('x'), extra)
  expect(row.extra).toEqual({
    bigint: '9007199254740993',
    boxed: ['text', 5, true, '10'],
    symbol: 'Symbol(s)',
    huge: 1e300,
    infinite: 'Infinity',
    date: '1970-01-01T00:00:00.000Z',
  })
})
