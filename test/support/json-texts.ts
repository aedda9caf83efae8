import fc from 'fast-check'

/**
 * Unusual JSON texts: odd whitespace, huge numbers, escapes, keys with a meaning for the envelope,
 * in any order.
 */

const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n', '  ')

const number = fc.constantFrom(
  '0',
  '-0',
  '1.0',
  '1e400',
  '-1.5E+10',
  '12345678901234567890',
  '2e-7',
)
const literal = fc.constantFrom('true', 'false', 'null')

const piece = fc.oneof(
  fc.constantFrom(
    '\\"',
    '\\\\',
    '\\/',
    '\\n',
    '\\u0041',
    '\\ud800',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'é',
    '😀',
  ),
  fc.constantFrom(
    'message',
    'x'.repeat(61),
    'y'.repeat(64),
    '\\\\\\"'.repeat(9),
    '\\\\'.repeat(33),
  ),
  fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text).slice(1, -1)),
)
const string = fc.array(piece, { maxLength: 5 }).map((pieces) => `"${pieces.join('')}"`)

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('"message"', '"success"', '"result"') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"\\u006dessage"', '"m\\u0065ss\\u0061g\\u0065"', '"\\u0072esult"'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"messages"',
      '"Message"',
      '"essage"',
      '"a"',
      '""',
      '"a"',
      '"__proto__"',
    ),
  },
  { weight: 1, arbitrary: string },
)

const { value, object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    number,
    literal,
    string,
    tie('object'),
    tie('array'),
  ),
  object: fc
    .tuple(
      space,
      fc.array(
        fc
          .tuple(space, key, space, space, tie('value'), space)
          .map(([a, name, b, c, own, d]) => `${a}${name}${b}:${c}${own}${d}`),
        { maxLength: 6, size: 'max' },
      ),
    )
    .map(([empty, members]) => `{${members.length === 0 ? empty : members.join(',')}}`),
  array: fc
    .tuple(
      space,
      fc.array(
        fc.tuple(space, tie('value'), space).map((all) => all.join('')),
        { maxLength: 4 },
      ),
    )
    .map(([empty, items]) => `[${items.length === 0 ? empty : items.join(',')}]`),
}))

const envelope = fc
  .tuple(
    fc.shuffledSubarray(['"success":true', '"result":[{}]', '"message":"m"'], { minLength: 2 }),
    space,
  )
  .map(([members, gap]) => `{${gap}${members.join(`${gap},${gap}`)}${gap}}`)

const nesting = fc.constantFrom(['[', ']'], ['{"message":', '}'], ['[{"a":[', ']}]'])
const deep = fc
  .tuple(fc.nat(200), nesting, value)
  .map(([depth, [open = '', close = ''], own]) => open.repeat(depth) + own + close.repeat(depth))

const body = fc.oneof(
  { weight: 6, arbitrary: object },
  { weight: 2, arbitrary: value },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: envelope },
)

export const jsonText = fc.tuple(space, body, space).map((all) => all.join(''))

const scrap = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    ' ',
    '\v',
    '\0',
    'x',
    '1',
    '-',
    'true',
    '{}',
    '""',
    '\ufeff',
  ],
  ...[
    '"message"',
    '"message":',
    '"message":1,',
    ',"message":2',
    '"message":[1,],',
    '"success":true,',
    '}}',
    ',"a":',
  ],
)

type Change = { at: number; cut: number; put: string }
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(3),
  put: fc.oneof(scrap, fc.constant('')),
})

/** A text with some parts removed or replaced. Most results are no JSON. */
export const brokenText = fc
  .tuple(jsonText, fc.array(change, { minLength: 1, maxLength: 3 }))
  .map(([text, changes]) =>
    changes.reduce((whole, { at, cut, put }) => {
      const from = Math.floor(at * (whole.length + 1))
      return whole.slice(0, from) + put + whole.slice(from + cut)
    }, text),
  )

/** Where a body is cut into chunks, as fractions of its length. */
export const cutPoints = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 })

export function chunksOf(bytes: Uint8Array, points: readonly number[]): Uint8Array[] {
  const at = points.map((point) => Math.floor(point * (bytes.length + 1))).sort((a, b) => a - b)
  return [0, ...at].map((from, i) => bytes.slice(from, at[i] ?? bytes.length))
}
