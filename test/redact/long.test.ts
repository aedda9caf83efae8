import { describe, expect, test, vi } from 'vitest'
import { createRedactor } from '../../src/redact/redactor.ts'

const redactor = createRedactor(undefined, [])
const F = '[Filtered]'

describe('a long text', () => {
  const token = `ghp_${'a1B2c3D4'.repeat(5)}`

  test('is looked at only a little beyond the cut', () => {
    let longest = 0
    const exec = Object.getOwnPropertyDescriptor(RegExp.prototype, 'exec')!.value as RegExp['exec']
    vi.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, s: string) {
      longest = Math.max(longest, s.length)
      return exec.call(this, s)
    })
    redactor.text('Bearer abcdefghijklm '.repeat(400_000), 2_048)
    vi.restoreAllMocks()
    expect(longest).toBeGreaterThan(2_048 + 4_000)
    expect(longest).toBeLessThanOrEqual(2_048 + 4_096)
  })

  test.each([' ', '&', ',', '\n'])(
    'ends in no half secret, though those before it were short: %j',
    (gap) => {
      for (let i = 0; i < 50; i++) {
        const out = redactor.text('x'.repeat(i) + (gap + token).repeat(500), 2_048)
        expect(out).not.toMatch(/ghp|a1B2/)
        expect(out).toMatch(/…\[cut]$/)
      }
    },
  )

  test('of one word keeps what is before the cut', () => {
    expect(redactor.text('x'.repeat(20_000), 2_048)).toBe(`${'x'.repeat(2_040)}…[cut]`)
  })

  test('is searched to its end, however long', () => {
    const out = redactor.text(`${'word '.repeat(12_000)}token=hunter2`, 100_000)
    expect(out).toMatch(/word token=\[Filtered]$/)
    expect(redactor.text(`${'단어 '.repeat(12_000)}token=hunter2`, 200_000)).toMatch(
      /단어 token=\[Filtered]$/,
    )
  })

  test('of frames is redacted like the message before it', () => {
    const frames =
      '\n    at run (file:///app/token.ts:10:5)\n    at token=hunter2 (file:///app/x.ts:1:2)'
    for (let i = 0; i < 3; i++) {
      expect(redactor.text(`Error: "pin": "1${frames}`, 16_384)).toBe(
        `Error: "pin": "${F}\n    at run (file:///app/token.ts:10:5)\n    at token=${F} (file:///app/x.ts:1:2)`,
      )
    }
  })

  test('that was clean is clean again, and cut again', () => {
    const long = 'harmless words '.repeat(100)
    for (const max of [4_000, 100, 1_500, 4_500]) {
      expect(redactor.text(long, max)).toHaveLength(max === 100 ? 98 : 1_500)
    }
  })
})

describe('memory', () => {
  const text = 'at least sixty-four characters of a harmless text, as those of frames'

  test('spares what was clean a second look', () => {
    const own = createRedactor(undefined, [])
    const first = { password: 'x', [`a-key-of-an-object`]: 1 }
    own.text(text, 2_048)
    own.value(first)
    const exec = vi.spyOn(RegExp.prototype, 'exec')
    const fold = vi.spyOn(String.prototype, 'normalize')
    expect(own.text(text, 2_048)).toBe(text)
    expect(exec).not.toHaveBeenCalled()
    own.value(first)
    expect(fold).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  test('is bounded, and holds nothing secret', () => {
    const own = createRedactor(undefined, [])
    const set = Object.getOwnPropertyDescriptor(Map.prototype, 'set')!.value as Map<
      unknown,
      unknown
    >['set']
    let most = 0
    let characters = 0
    const kept: unknown[] = []
    vi.spyOn(Map.prototype, 'set').mockImplementation(function (
      this: Map<unknown, unknown>,
      key,
      value,
    ) {
      const out = set.call(this, key, value)
      most = Math.max(most, this.size)
      characters = Math.max(characters, String(key).length)
      kept.push(key)
      return out
    })
    for (let i = 0; i < 1_000; i++) {
      own.text(`${text} ${i}`, 2_048)
      own.text(`${text} token=hunter2 ${i}`, 2_048)
      own.text(`${i} `.repeat(3_000), 16_384)
      own.value({ [`key${i}`]: 1, ['k'.repeat(1_000) + i]: 2 })
    }
    vi.restoreAllMocks()
    expect(most).toBe(128)
    expect(characters).toBeLessThanOrEqual(4_096)
    expect(kept.filter((key) => /hunter2/.test(String(key)))).toEqual([])
  })
})

test.each([
  ['parameters', 'Failed query: insert\nparams: alice\n    at hunter2,zzz'],
  ['parameters that begin so', 'Failed query: insert\nparams: \n    at hunter2,zzz'],
  ['a password in quotes', '{"password":"line1\n    at hunter2"}'],
  ['a password that begins so', '{"password":"\n    at hunter2"}'],
  ['a key', '-----BEGIN PRIVATE KEY-----\n    at hunter2\n-----END PRIVATE KEY-----'],
  [
    'a key of two lines',
    '-----BEGIN PRIVATE KEY-----\n    at MIIE\n    at hunter2\n-----END PRIVATE KEY-----',
  ],
])('what looks like a frame in %s is no frame', (_, secret) => {
  const frames = '\n    at pay (src/pay.ts:1:2)\n    at main (src/main.ts:3:4)'
  for (const whole of [secret, `Error: ${secret}`, `Error: ${secret}${frames}`]) {
    expect(redactor.text(whole, 16_384)).not.toContain('hunter2')
    const head = whole.slice(0, whole.indexOf('\n    at '))
    expect(redactor.stack(whole, 16_384, redactor.areClean([head, 'GET', '/x']))).not.toContain(
      'hunter2',
    )
  }
})

test.each([
  'run (file:///app/x.ts:1:2)',
  'file:///app/x.ts:1:23',
  'Array.map (<anonymous>)',
  'run (native)',
  'async Promise.all (index 10)',
])('a frame at %s is one', (place) => {
  const stack = `Error: "pin": "1\n    at ${place}`
  expect(redactor.text(stack, 16_384)).toBe(`Error: "pin": "${F}\n    at ${place}`)
})

test.each([
  ['that goes on behind its place', 'hunter2 (x:1:2) and more'],
  ['of a line that does not begin as one', 'b (x:1:2)\nhunter2    at c (x:1:2)'],
  ['of an index of something else', 'hunter2 index 1'],
  ['that goes on behind its index', 'async Promise.all (index 1) hunter2'],
  ['that has its index behind something else', 'hunter2 async Promise.all (index 1)'],
])('a frame %s is none', (_, line) => {
  const stack = `"password":"line1\n    at ${line}`
  expect(redactor.text(stack, 16_384)).not.toContain('hunter2')
})

describe('cuts look beyond no secret and take nothing else', () => {
  test('of a path', () => {
    const path = '/some-longer-segment'.repeat(95)
    expect(redactor.path(path)).toBe(path)
    expect(redactor.path(path, true)).toBe(path)
    const beyond = redactor.path(path + path + path)
    expect(beyond.length).toBeGreaterThan(2_000)
    expect(beyond.length).toBeLessThanOrEqual(2_048)
  })

  test('of a value that holds a parameter itself', () => {
    expect(redactor.query('?a=token=hunter2&b=1')).toBe(`a=${F}&b=1`)
  })

  test('of a path with a UUID, whose characters are not counted', () => {
    const uuid = '0a1B2c3D-4e5F-6a7B-8c9D-0e1F2a3B4c5D'
    const rest = 'k9Xq2Zp7Wm4Rt6Yv1Bn8Lc3Jd5'
    expect(redactor.path(`/files/${uuid}${rest.slice(0, 20)}`)).toContain(uuid)
    expect(redactor.path(`/files/${uuid}${rest}`)).toContain(rest)
    expect(redactor.path(`/files/${uuid}${rest}${rest}`)).toBe(`/files/${F}`)
  })
})

test('a stack and headers of which nothing is said are looked at', () => {
  const stack = 'Error: token=hunter2\n    at run (file:///app/x.ts:1:2)'
  expect(redactor.stack(stack, 16_384)).toContain(`token=${F}\n    at run`)
  expect(redactor.filterHeaders({ origin: 'http://x/?token=hunter2' })).toEqual({
    origin: `http://x/?token=${F}`,
  })
})
