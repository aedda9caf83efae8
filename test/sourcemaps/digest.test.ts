import { AnyMap, TraceMap, originalPositionFor } from '@jridgewell/trace-mapping'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Digest, digest } from '../../src/sourcemaps/digest/digest.ts'
import { MapError, parseMap } from '../../src/sourcemaps/digest/raw-map.ts'
import { encodeNumber } from '../../src/sourcemaps/mappings.ts'
import { findSegment } from '../../src/sourcemaps/segment.ts'

/** column, and perhaps source, original line and column, and perhaps name */
type Segment = number[]

function encode(lines: readonly Segment[][]): string {
  const last = [0, 0, 0, 0, 0]
  return lines
    .map((line) => {
      last[0] = 0
      return line
        .map((segment) =>
          segment
            .map((value, field) => {
              const delta = value - last[field]!
              last[field] = value
              return encodeNumber(delta)
            })
            .join(''),
        )
        .join(',')
    })
    .join(';')
}

/** Looks up a position as the index of the table does. */
function lookup({ chunks }: Digest, line: number, column: number) {
  const chunk = chunks.findLast(
    (one) => one.line < line || (one.line === line && one.column <= column),
  )
  return chunk ? findSegment(chunk.text, chunk.line, { line, column }) : null
}

const SOURCES = ['src/a.ts', 'node_modules/b/index.js', 'src/c.ts', null, 'node_modules/d/d.js']
const NAMES = ['alpha', 'beta', 'gamma']
const small = (max: number) => fc.integer({ min: 0, max })
const segment: fc.Arbitrary<Segment> = fc.oneof(
  fc.tuple(small(60)),
  fc.tuple(small(60), small(SOURCES.length - 1), small(9), small(20)),
  fc.tuple(small(60), small(SOURCES.length - 1), small(9), small(20), small(NAMES.length - 1)),
)
const byColumn = (a: Segment, b: Segment): number => a[0]! - b[0]!
const lines = fc.array(
  fc.oneof(
    fc.array(segment, { maxLength: 12 }).map((list) => list.toSorted(byColumn)),
    fc.array(segment, { maxLength: 12 }),
    fc.constant<Segment[]>([]),
  ),
  { maxLength: 8 },
)

const mapOf = (list: Segment[][], ignoreList: number[] = []) => ({
  version: 3 as const,
  sources: SOURCES,
  names: NAMES,
  mappings: encode(list),
  ignoreList,
})

/** Every third position of a wide line is enough. */
function positions(lineCount: number, columns: number, step = 1): [line: number, column: number][] {
  return Array.from({ length: lineCount }, (_, line) =>
    Array.from({ length: Math.ceil(columns / step) }, (__, i): [number, number] => [
      line,
      i * step,
    ]),
  ).flat()
}

const rightOf = (trace: TraceMap, [line, column]: [number, number]) => {
  const right = originalPositionFor(trace, { line: line + 1, column })
  return right.source ? [right.source, right.line, right.column, right.name] : null
}
const ownOf = (made: Digest, [line, column]: [number, number]) => {
  const own = lookup(made, line, column)
  return own && [own.path, own.line + 1, own.column, own.name]
}

describe('the digest of a source map', () => {
  it('answers every position as trace-mapping does, whatever the size of its chunks', () => {
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 7 }), (list, segments) => {
        const map = mapOf(list)
        const trace = new TraceMap(map as never)
        const made = digest(parseMap(JSON.stringify(map)), { whole: true, segments })
        const all = positions(list.length + 1, 63)
        expect(all.map((at) => ownOf(made, at))).toEqual(all.map((at) => rightOf(trace, at)))
      }),
      { numRuns: 150 },
    )
  })

  it('keeps file and line of every position in a library, and all of the app’s own', () => {
    const ignored = fc.subarray([0, 2])
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 7 }), ignored, (list, segments, ignoreList) => {
        const map = mapOf(list, ignoreList)
        const trace = new TraceMap(map as never)
        const made = digest(parseMap(JSON.stringify(map)), { segments })
        const isOwn = new Set(made.sources.filter(({ inApp }) => inApp).map(({ path }) => path))
        const kept = (found: unknown[] | null) =>
          found && (isOwn.has(String(found[0])) ? found : found.slice(0, 2))
        const all = positions(list.length + 1, 63)
        expect(all.map((at) => kept(ownOf(made, at)))).toEqual(
          all.map((at) => kept(rightOf(trace, at))),
        )
      }),
      { numRuns: 150 },
    )
  })

  it('answers positions of an index map as trace-mapping does', () => {
    const offset = fc.record({ line: small(6), column: small(40) })
    const sections = fc.array(fc.tuple(offset, lines), { maxLength: 4 })
    fc.assert(
      fc.property(sections, fc.integer({ min: 1, max: 7 }), (parts, segments) => {
        const map = {
          version: 3,
          sections: parts
            .toSorted(([a], [b]) => a.line - b.line || a.column - b.column)
            .map(([at, list]) => ({
              offset: at,
              map: mapOf(list.map((line) => line.toSorted(byColumn))),
            })),
        }
        const trace = AnyMap(map as never)
        const made = digest(parseMap(JSON.stringify(map)), { whole: true, segments })
        const all = positions(17, 105, 3)
        expect(all.map((at) => ownOf(made, at))).toEqual(all.map((at) => rightOf(trace, at)))
      }),
      { numRuns: 150 },
    )
  })

  it('has the same id for the same build, and another for another', () => {
    const first = mapOf([[[0, 0, 1, 1]]])
    const idOf = (map: object): string => digest(parseMap(JSON.stringify(map))).id
    expect(idOf(first)).toBe(idOf({ ...first }))
    expect(idOf(first)).toMatch(/^[\da-f]{32}$/)
    const others = [
      mapOf([[[0, 0, 2, 1]]]),
      { ...first, debugId: '0F46F9F0-2D43-4C04-8BAD-9C3B4E3A0A5E' },
      { ...first, sourcesContent: ['const a = 1'] },
      { ...first, sources: ['src/b.ts'] },
    ]
    expect(new Set(others.map(idOf)).size).toBe(4)
    expect(others.map(idOf)).not.toContain(idOf(first))
  })

  it('has texts of the app’s own sources only', () => {
    const map = {
      ...mapOf([[[0, 0, 1, 1]]], [2]),
      sourcesContent: ['own', 'library', 'ignored', null, null],
    }
    expect([...digest(parseMap(JSON.stringify(map))).texts.values()]).toEqual(['own'])
    expect(digest(parseMap(JSON.stringify(map)), { texts: false }).texts.size).toBe(0)
  })

  it('is short whatever names and paths a map has', () => {
    const map = {
      version: 3,
      sources: Array.from({ length: 600 }, (_, i) => `src/${i}${'x'.repeat(5_000)}.ts`),
      names: Array.from({ length: 600 }, (_, i) => `${i}${'n'.repeat(5_000)}`),
      mappings: encode([Array.from({ length: 600 }, (_, i) => [i, i, 0, 0, i])]),
    }
    const { chunks } = digest(parseMap(JSON.stringify(map)))
    expect(chunks.length).toBeGreaterThan(5)
    for (const { text } of chunks) expect(text.length).toBeLessThan(70_000)
  })
})

describe('a source map that cannot be used', () => {
  const whole = { version: 3, sources: ['a.ts'], names: ['n'], mappings: 'AAAAA' }
  it.each([
    ['is not JSON', '<!doctype html>'],
    ['is not a source map', 'null'],
    ['is not a source map of version 3', { ...whole, version: 2 }],
    ['has no `mappings`', { ...whole, mappings: null }],
    ['has no list of `sources`', { ...whole, sources: {} }],
    ['has no list of `sourcesContent`', { ...whole, sourcesContent: 'x' }],
    ['has `names` that are no list', { ...whole, names: 'x' }],
    ['has broken mappings on line 1', { ...whole, mappings: 'A!' }],
    ['has broken mappings on line 2', { ...whole, mappings: ';ACAA' }],
    ['has broken mappings on line 1', { ...whole, mappings: 'AAAAC' }],
    ['has broken mappings on line 1', { ...whole, mappings: 'AA' }],
    ['has broken mappings on line 1', { ...whole, mappings: 'DAAA' }],
    ['has broken mappings on line 1', { ...whole, mappings: 'AADA' }],
    ['has broken mappings on line 1', { ...whole, mappings: 'BAAA' }],
    ['has broken mappings on line 1', { ...whole, mappings: `${'g'.repeat(12)}A` }],
    ['has broken mappings on line 1', { ...whole, mappings: 'AAAAAA' }],
    ['has `sections` that are no list', { version: 3, sections: {} }],
    ['has a section without a map or an offset', { version: 3, sections: [{ map: whole }] }],
    [
      'has a section without a map or an offset',
      {
        version: 3,
        sections: [{ offset: { line: 0, column: 0 }, map: { ...whole, sections: [] } }],
      },
    ],
    [
      'has a section at no position',
      { version: 3, sections: [{ offset: { line: -1, column: 0 }, map: whole }] },
    ],
    [
      'has sections that are out of order',
      {
        version: 3,
        sections: [
          { offset: { line: 1, column: 0 }, map: whole },
          { offset: { line: 0, column: 0 }, map: whole },
        ],
      },
    ],
  ])('%s: %j', (reason, map) => {
    const text = typeof map === 'string' ? map : JSON.stringify(map)
    expect(() => digest(parseMap(text))).toThrow(new MapError(reason))
  })

  it('never ends in anything but a MapError', () => {
    const bytes = fc.stringMatching(/^[A-Za-z0-9+/,;!]{0,40}$/)
    fc.assert(
      fc.property(fc.oneof(bytes, fc.jsonValue()), fc.jsonValue(), (mappings, sources) => {
        const text = JSON.stringify({ version: 3, sources, names: ['n'], mappings })
        try {
          digest(parseMap(text))
        } catch (error) {
          expect(error).toBeInstanceOf(MapError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('may begin with what keeps browsers from running it', () => {
    expect(parseMap(`)]}'\n${JSON.stringify(whole)}`).names).toEqual(['n'])
  })
})
