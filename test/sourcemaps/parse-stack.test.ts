import { describe, expect, it } from 'vitest'
import { fileSuffixes, parseFrame, parseStack } from '../../src/sourcemaps/parse-stack.ts'

/** Written by Node 24, workerd, Deno, Bun, and browsers. */
const FRAMES: [raw: string, expected: Partial<ReturnType<typeof parseFrame>>][] = [
  [
    '    at capture (worker.js:3:37)',
    { kind: 'code', function: 'capture', file: 'worker.js', line: 3, column: 37 },
  ],
  [
    '    at async go (assets/chunk-Ab12.js:3:37)',
    { function: 'go', isAsync: true, file: 'assets/chunk-Ab12.js' },
  ],
  [
    '    at file:///app/out.mjs:1:70',
    { kind: 'code', function: null, file: 'file:///app/out.mjs', line: 1 },
  ],
  [
    '    at async file:///app/out.mjs:1:70',
    { function: null, isAsync: true, file: 'file:///app/out.mjs' },
  ],
  ['    at new Gateway (worker.js:1:2)', { function: 'Gateway', isConstructor: true }],
  ['    at #n (worker.js:108:14851)', { function: '#n', line: 108, column: 14851 }],
  ['    at Object.handler [as fetch] (worker.js:1:2)', { function: 'Object.handler [as fetch]' }],
  ['    at Array.<anonymous> (worker.js:1:2)', { function: 'Array.<anonymous>' }],
  ['    at get total (worker.js:1:2)', { function: 'get total' }],
  [
    '    at load (file:///app/(shop)/page (1).js:4:5)',
    { function: 'load', file: 'file:///app/(shop)/page (1).js' },
  ],
  ['    at load (C:\\app\\dist\\index.js:4:5)', { file: 'C:\\app\\dist\\index.js', line: 4 }],
  ['    at C:\\app\\dist\\index.js:4:5', { file: 'C:\\app\\dist\\index.js', function: null }],
  ['    at Array.map (<anonymous>)', { kind: 'native', function: 'Array.map', file: null }],
  ['    at processTicksAndRejections (native)', { kind: 'native' }],
  ['    at processTicksAndRejections (native:7:39)', { kind: 'runtime' }],
  [
    '    at async Promise.all (index 0)',
    { kind: 'promise', function: 'Promise.all (index 0)', isAsync: true },
  ],
  [
    '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
    { kind: 'runtime' },
  ],
  ['    at Socket.emit (cloudflare:sockets:1:2)', { kind: 'runtime' }],
  ['    at ext:core/01_core.js:1:2', { kind: 'runtime' }],
  ['    at add (wasm://wasm/a1b2c3:wasm-function[0]:0x1e)', { kind: 'wasm', function: 'add' }],
  ['    at wasm-function[3]:0x1a', { kind: 'wasm' }],
  [
    '    at eval (eval at render (file:///app/out.mjs:7:9), <anonymous>:1:8)',
    { kind: 'eval', function: 'eval', file: 'file:///app/out.mjs', line: 7, column: 9 },
  ],
  [
    '    at f (eval at g (eval at render (file:///app/(a)/out.mjs:7:9), <anonymous>:3:4), <anonymous>:1:8)',
    { kind: 'eval', file: 'file:///app/(a)/out.mjs', line: 7, column: 9 },
  ],
  ['    at webpack-internal:///./src/x.ts:1:2', { file: 'webpack-internal:///./src/x.ts' }],
  [
    '    at f (https://shop.dev:8080/a.js?v=3:1:2)',
    { file: 'https://shop.dev:8080/a.js?v=3', line: 1 },
  ],
  ['    at session.astro:[Filtered]', { kind: 'other', file: null }],
  [`    at f (${'x'.repeat(5_000)}:1:2)`, { kind: 'other', file: null }],
]

describe('a frame', () => {
  it.each(FRAMES)('is read from %j', (raw, expected) => {
    expect(parseFrame(raw)).toMatchObject({ ...expected, raw })
  })

  it('is one frame, whatever it holds', () => {
    for (const unit of [
      ' (',
      '(',
      ')',
      ':1:2',
      'eval at ',
      'at ',
      '@',
      ':1',
      ' (a:1:2',
      ' (:1:2)',
    ]) {
      const line = `    at ${unit.repeat(500).slice(0, 4_000)}`
      expect(parseStack(Array.from({ length: 200 }, () => line).join('\n'))).toHaveLength(200)
    }
  })
})

describe('a stack', () => {
  it('has the frames at its end, not those in its message', () => {
    const stack = [
      'Error: boom',
      '    at evil (worker.js:1:100)',
      'more of the message',
      '    at capture (worker.js:3:37)',
      '    at worker.js:4:1',
    ].join('\n')
    expect(parseStack(stack).map(({ line }) => line)).toEqual([3, 4])
  })

  it('has no frame of a message that is known, even next to its own', () => {
    const message = 'boom\n    at evil (worker.js:1:100)'
    const stack = `Error: ${message}\n    at capture (worker.js:3:37)`
    expect(parseStack(stack, `Error: ${message}`).map(({ line }) => line)).toEqual([3])
  })

  it('keeps its frames when something is written behind them', () => {
    const stack = 'E: x\n    at a (w.js:1:1)\n    at b (w.js:2:1)\nSee https://example.com'
    expect(parseStack(stack)).toHaveLength(2)
  })

  it('leaves out a frame that was cut in its position', () => {
    const stack = 'E: x\n    at a (w.js:1:1)\n    at b (w.js:2:1…[cut]'
    expect(parseStack(stack).map((frame) => frame.function)).toEqual(['a'])
  })

  it('is read as Safari and Firefox write it', () => {
    const stack = [
      'capture@https://shop.dev/assets/a.js:1:7412',
      'async*pay@https://shop.dev/node_modules/@shop/pay/b.js:2:1',
      '@https://shop.dev/assets/a.js:1:9',
      'module code@https://shop.dev/assets/a.js:3:9',
    ].join('\n')
    const frames = parseStack(stack)
    expect(frames.map((frame) => frame.function)).toEqual([
      'capture',
      'async*pay',
      null,
      'module code',
    ])
    expect(frames[1]).toMatchObject({
      file: 'https://shop.dev/node_modules/@shop/pay/b.js',
      isV8: false,
    })
  })

  it('of a value without one has no frames', () => {
    expect(parseStack('')).toEqual([])
    expect(parseStack('TypeError: no frames')).toEqual([])
  })
})

describe('the file of a frame', () => {
  it.each([
    ['worker.js', ['worker.js']],
    [
      'file:///app/dist/assets/x.js',
      ['app/dist/assets/x.js', 'dist/assets/x.js', 'assets/x.js', 'x.js'],
    ],
    ['https://shop.dev/assets/x.js?v=1#2', ['assets/x.js', 'x.js']],
    ['C:\\app\\dist\\x.js', ['C:/app/dist/x.js', 'app/dist/x.js', 'dist/x.js', 'x.js']],
    ['./x.js', ['x.js']],
    ['file:///my%20app/%E2%82%AC.js', ['my app/€.js', '€.js']],
    ['file:///50%/x.js', ['50%/x.js', 'x.js']],
  ])('%s may have been uploaded as any end of its path', (file, suffixes) => {
    expect(fileSuffixes(file)).toEqual(suffixes)
  })

  it('is found by eight parts at most', () => {
    expect(fileSuffixes('file:///a/b/c/d/e/f/g/h/i/j.js')).toHaveLength(8)
  })

  it('in an installed package is never taken for one of the app’s', () => {
    expect(fileSuffixes('file:///app/node_modules/pay/dist/index.js')).toEqual([
      'app/node_modules/pay/dist/index.js',
      'node_modules/pay/dist/index.js',
    ])
  })
})
