import { describe, expect, it } from 'vitest'
import { format, formatStack } from '../../src/sourcemaps/format.ts'
import type { Frame } from '../../src/sourcemaps/frame.ts'

const frame = (over: Partial<Frame>): Frame => ({
  raw: '    at n (worker.js:1:2)',
  state: 'mapped',
  function: null,
  isAsync: false,
  isConstructor: false,
  file: 'src/a.ts',
  line: 3,
  column: 5,
  inApp: true,
  ...over,
})
const library = frame({
  file: 'node_modules/hono/hono.js',
  column: null,
  inApp: false,
  function: '#n',
})

describe('frames as text', () => {
  it('mark the app’s own, with their lines', () => {
    const own = frame({
      function: 'Gateway.capture',
      file: 'src/pay/gateway.ts',
      line: 17,
      context: { first: 16, lines: ['\t// fails', '  throw x', '}'] },
    })
    expect(format([own, library])).toBe(
      [
        '  > Gateway.capture (src/pay/gateway.ts:17:5)',
        '        16 |   // fails',
        '    →   17 |   throw x',
        '        18 | }',
        '    #n (node_modules/hono/hono.js:3)',
      ].join('\n'),
    )
  })

  it('count the frames of libraries instead of showing them', () => {
    const frames = [frame({}), library, library, frame({ isAsync: true, function: 'f' }), library]
    expect(format(frames, { libraries: false })).toBe(
      [
        '  > src/a.ts:3:5',
        '    2 library frames',
        '  > async f (src/a.ts:3:5)',
        '    1 library frame',
      ].join('\n'),
    )
  })

  it('show what was not mapped as the engine wrote it', () => {
    const raw = '    at async Array.map (<anonymous>)'
    expect(format([frame({ state: 'native', raw, inApp: false })])).toBe(
      '    async Array.map (<anonymous>)',
    )
    expect(format([frame({ state: 'no map' })])).toBe('  > n (worker.js:1:2)')
  })

  it('look like an engine’s stack where one is expected', () => {
    expect(formatStack([frame({ isConstructor: true, function: 'Gateway' }), library])).toBe(
      '    at new Gateway (src/a.ts:3:5)\n    at #n (node_modules/hono/hono.js:3)',
    )
  })

  it('hold nothing that a terminal would act on', () => {
    const hostile = '\u001b[31m\u202e'
    const text = format([
      frame({ function: hostile, file: hostile, context: { first: 3, lines: [hostile] } }),
      frame({ state: 'no map', raw: hostile }),
    ])
    for (const character of hostile.slice(0, 1) + '\u202e') expect(text).not.toContain(character)
  })
})
